"""Intervals that count the training pairs too: other pairs would give another vector.

A steering vector is made from a sample of training pairs, as its slopes are measured on a sample of
test items. Vectors of training groups drawn with replacement are measured on the same curves as the
vector itself (direction `resampled`, numbered). A draw of the two-way bootstrap takes one of them
*and* as many groups of test items as there are, with replacement, and computes the statistic on
that vector's curves of these groups: one vector for all items, since a vector's error is shared by
all of them, and whole groups, as in `groups`. How often such intervals hold what the true vector
does is simulated in experiments/coverage.py.

Of such vectors the slopes are compared, not whole curves: they are measured at fewer λ. Where the
table holds none, as in shifts that are not the paper's, the intervals are those of `groups`, over
test items alone: `vectors_resampled` is then 0, and captions say so.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from steering.analysis.curves import CURVE_KEY, select
from steering.analysis.statistics import groups as intervals
from steering.analysis.statistics.groups import DRAWS, LEVEL, SEED, Array, each, percentiles
from steering.records.directions import RESAMPLED

Codes = NDArray[np.int64]
COUNTS = ("n", "groups", "vectors_resampled")


class Drawn(NamedTuple):
    """Sums over curves: of all (1 × columns), of each draw; how many were drawn from."""

    own: Array
    sums: Array
    n: int
    groups: int
    vectors: int


def is_resampled(direction: pd.Series) -> pd.Series:
    """Return where a direction is a vector of resampled training pairs."""
    return direction == RESAMPLED


def beside_resampled(
    table: pd.DataFrame,
    *,
    vector_setting: str | None = "BASE",
    prompt_setting: str | None = "BASE",
    direction: str = "contrastive",
) -> pd.DataFrame:
    """Return the rows of one direction, and those of its vectors of resampled training pairs.

    There are such vectors of the contrastive direction alone, BASE→BASE and in the shifts of the
    paper. None stands for all settings, as in `curves.select`.
    """
    there = select(
        table, direction=None, vector_setting=vector_setting, prompt_setting=prompt_setting
    )
    wanted = there["direction"] == direction
    if direction == "contrastive":
        wanted |= is_resampled(there["direction"])
    return there[wanted]


def drawn(part: pd.DataFrame, columns: Array, *, draws: int = DRAWS) -> Drawn:
    """Return sums of `columns` over the curves of two-way draws.

    `part` holds the curves of one vector and of its resampled ones (`beside_resampled`); `columns`
    has a row for each of its rows. A resampled vector that was not measured on all curves of the
    vector itself is left out.
    """
    return _drawn(*_stacked(part, columns), draws)


def means(
    table: pd.DataFrame, value: str, by: Sequence[str], *, draws: int = DRAWS
) -> pd.DataFrame:
    """Return `mean`, `low`, `high` for each `by`, and the spread between rows, `sd`.

    Also `sd_low`, `sd_high` (bias-corrected: noise in the vector only adds to a spread), `n` (rows
    of the vector itself), `groups`, `vectors_resampled`.
    """
    rows = []
    for key, part in each(table, by):
        values, group = _stacked(part, part[[value]].to_numpy(dtype=np.float64))
        rows.append((*key, *mean_of(values[..., 0], group, draws=draws), *_counts(values, group)))
    names = ["mean", "low", "high", "sd", "sd_low", "sd_high"]
    return pd.DataFrame(rows, columns=[*by, *names, *COUNTS])


def mean_of(values: Array, group: Codes, *, draws: int = DRAWS) -> tuple[float, ...]:
    """Return the mean and its interval, then the standard deviation and its interval.

    `values` is vector × curve, the vector itself first; `group` numbers the curves' groups from 0
    up, in ascending order.
    """
    middle, apart = _centred(values)
    sums = _drawn(np.stack([np.ones_like(apart), apart, apart**2], axis=-1), group, draws)
    with np.errstate(divide="ignore", invalid="ignore"):
        unbiased = np.float64(sums.n) / (sums.n - 1)
        mean, square = (sums.sums[:, at] / sums.sums[:, 0] for at in (1, 2))
        sds = np.sqrt(np.clip(square - mean**2, 0, None) * unbiased)
    sd = float(values[0].std(ddof=1)) if sums.n > 1 else math.nan
    ends = percentiles(middle + mean, sums.groups)
    return middle, *ends, sd, *percentiles(sds, sums.groups, estimate=sd)


def mean_alone(values: Array, group: Codes, *, draws: int = DRAWS) -> tuple[float, float, float]:
    """Return the mean and its interval, as `mean_of` does, without the standard deviation."""
    middle, apart = _centred(values)
    sums = _drawn(np.stack([np.ones_like(apart), apart], axis=-1), group, draws)
    return middle, *percentiles(middle + sums.sums[:, 1] / sums.sums[:, 0], sums.groups)


def _centred(values: Array) -> tuple[float, Array]:
    """Return the mean, and values less it: sums of squares far from zero lose their digits."""
    middle = float(values[0].mean())
    return middle, values - middle


def medians(table: pd.DataFrame, value: str, by: Sequence[str]) -> pd.DataFrame:
    """Return `median`, `median_low`, `median_high` for each `by`."""
    rows = []
    for key, part in each(table, by):
        values, group = _stacked(part, part[[value]].to_numpy(dtype=np.float64))
        groups = int(group[-1]) + 1
        times = intervals.times(groups, DRAWS, SEED)
        middles = np.empty(DRAWS)
        for number, one in _vectors_of_draws(values):
            order = np.argsort(one[:, 0])
            below = np.cumsum(times[number][:, group[order]], axis=1)
            half = below[:, -1:] / 2
            ends = (below >= half).argmax(axis=1), (below > half).argmax(axis=1)
            middles[number] = one[order, 0][np.array(ends)].mean(axis=0)
        rows.append((*key, float(np.median(values[0])), *percentiles(middles, groups)))
    return pd.DataFrame(rows, columns=[*by, "median", "median_low", "median_high"])


def shares(table: pd.DataFrame, flag: str, by: Sequence[str]) -> pd.DataFrame:
    """Return `share`, `low`, `high`, `n`, `groups`, `vectors_resampled` for each `by`.

    NaN where a flag is missing.
    """
    rows = []
    for key, part in each(table, by):
        values, group = _stacked(part, part[[flag]].to_numpy(dtype=np.float64, na_value=math.nan))
        rows.append((*key, *share_of(values[..., 0], group), *_counts(values, group)))
    return pd.DataFrame(rows, columns=[*by, "share", "low", "high", *COUNTS])


def share_of(flags: Array, group: Codes) -> tuple[float, float, float]:
    """Return the share of flags and its interval; `flags` is vector × curve, as in `mean_of`.

    Wilson's interval on the effective number of observations: that of the grouped items, less what
    the spread between the shares of the resampled vectors takes away. It never has width zero.
    """
    share = float(flags[0].mean())
    if not math.isfinite(share):
        return math.nan, math.nan, math.nan
    number = _fewer(share, intervals.effective_number(flags[0], group), flags[1:])
    return share, *intervals.share_interval(share * number, number)


def correlations(table: pd.DataFrame, x: str, y: str, by: Sequence[str]) -> pd.DataFrame:
    """Return Pearson's `correlation`, `low`, `high`, `n`, `groups`, `vectors_resampled` by `by`.

    Bias-corrected, since noise in the vector only takes from a correlation. NaN where one of the
    two does not vary.
    """
    rows = []
    for key, part in each(table, by):
        # Centred first: sums of squares of numbers far from zero lose their digits.
        a = part[x].to_numpy(dtype=np.float64) - part[x].mean()
        b = part[y].to_numpy(dtype=np.float64) - part[y].mean()
        sums = drawn(part, np.column_stack([np.ones_like(a), a, b, a * a, b * b, a * b]))
        r = float(intervals.pearson(sums.own)[0])
        ends = percentiles(intervals.pearson(sums.sums), sums.groups, estimate=r)
        rows.append((*key, r, *ends, sums.n, sums.groups, sums.vectors))
    return pd.DataFrame(rows, columns=[*by, "correlation", "low", "high", *COUNTS])


def _fewer(share: float, number: float, resampled: Array) -> float:
    """Return the effective number once the spread between vectors is counted too."""
    vectors = len(resampled)
    if vectors < 2:
        return number
    # A spread estimated from few vectors is uncertain: Student's t is wider than the normal.
    wider = stats.t.ppf((1 + LEVEL) / 2, vectors - 1) / stats.norm.ppf((1 + LEVEL) / 2)
    spread = resampled.mean(axis=1).var(ddof=1) * vectors / (vectors - 1) * wider**2
    # At 0 and 1 the middle of Wilson's interval stands for the share, which would hide any spread.
    inner = (share * number + 2) / (number + 4) if share in (0, 1) else share
    return float(1 / (1 / number + spread / (inner * (1 - inner))))


def _stacked(part: pd.DataFrame, columns: Array) -> tuple[Array, Codes]:
    """Return the columns as vector × curve × column, the vector itself first; and the groups.

    Curves stand in the same order for every vector, those of a group together.
    """
    vector = np.where(is_resampled(part["direction"]), part["number"] + 1, 0)
    counts = np.bincount(vector)
    group = _sorted_codes(part["group"])
    within = [part[name].to_numpy() for name in reversed(CURVE_KEY) if name in part]
    order = np.lexsort([*within, group, vector])
    order = order[counts[vector[order]] == counts[0]]
    shape = (-1, counts[0], columns.shape[1])
    own = np.unique(group[order][: counts[0]], return_inverse=True)[1]
    return columns[order].reshape(shape), own


def _sorted_codes(group: pd.Series) -> Codes:
    """Return a number for each group, in the order of their names as in `groups.resampled`."""
    codes, names = pd.factorize(group)
    rank = np.argsort(np.argsort(np.asarray(names).astype(str)))
    return rank[codes]


def _drawn(values: Array, group: Codes, draws: int) -> Drawn:
    starts = np.flatnonzero(np.diff(group, prepend=-1))
    of_groups = np.add.reduceat(values, starts, axis=1)
    # The same groups are drawn with and without vectors.
    times = intervals.times(len(starts), draws, SEED)
    sums = intervals.sums_of_draws(times, of_groups)
    own = of_groups[0].sum(axis=0, keepdims=True)
    return Drawn(own, sums, len(group), len(starts), len(values) - 1)


def _counts(values: Array, group: Codes) -> tuple[int, int, int]:
    return values.shape[1], int(group[-1]) + 1, len(values) - 1


def _vectors_of_draws(stacked: Array) -> list[tuple[slice, Array]]:
    """Return which draws go to which vector's values: in turn, or all to the vector itself.

    So every resampled vector is in as many draws as any other.
    """
    resampled = stacked[1:]
    if not len(resampled):
        return [(slice(None), stacked[0])]
    return [(slice(at, None, len(resampled)), one) for at, one in enumerate(resampled)]
