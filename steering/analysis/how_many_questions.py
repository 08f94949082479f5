"""How many test questions does a verdict need? Fewer of those that are there, without measuring.

The rule of `verdict.movement` is applied to random choices of so many groups of the test questions.
It is one concept's own: p is not adjusted for other concepts. Choices of most groups are nearly all
of them, so that they agree with all more often than new questions would.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from steering.analysis.curves import CURVE_KEY, RUN_KEY, is_given, select
from steering.analysis.statistics import training_pairs
from steering.analysis.statistics.chance import FEWEST, RATE
from steering.analysis.statistics.groups import LEVEL, SEED, Array, each
from steering.analysis.verdict.nulls import FEWEST_GROUPS, tail
from steering.analysis.verdict.outcomes import CHANCE, MOVES, TOO_LITTLE, WRONG_WAY
from steering.records.directions import CONTRASTIVE, RANDOM, RESAMPLED, SHUFFLED

CHOICES = 60  # random choices of so many groups
SIZES = 5  # numbers of groups, less that of all
# A number of groups suffices where the verdict comes out the same in so many choices.
ENOUGH = 0.95
_BY = [*RUN_KEY, "form"]
_COLUMNS = ["groups", "of", "questions", "mean", "half", "same", "choices", "outcome", "pairs_half"]


class _Told(NamedTuple):
    """What some questions tell: whether the interval leaves out zero, and the nulls' spreads."""

    mean: float
    half: float
    clear: bool
    enough: bool
    spreads: list[float]


class _Measured(NamedTuple):
    """Slopes, vector × curve: of the vector and its resampled ones, and of each null."""

    own: Array
    nulls: tuple[Array, ...]
    group: training_pairs.Codes


def by_test_groups(table: pd.DataFrame, *, choices: int = CHOICES) -> pd.DataFrame:
    """Return what fewer groups of test questions would have told, BASE→BASE.

    `table` is `curve_table(...)`. One row per run, form and `groups`, from ten (fewer are too
    little data for a verdict) to all of them (`of`):

    - `questions`: how many items so many groups hold on average
    - `mean`, `half`: mean slope over all questions, and half of the width of its 95 % interval with
      so many groups (mean over the choices)
    - `pairs_half`: what is left of that with any number of questions, since other training pairs
      would give another vector; NaN where no resampled vectors were measured
    - `same`: the share of choices in which the verdict is that of all questions, `outcome`; NaN
      where that is *too little data*. `choices`: how many there were
    """
    rows = []
    random = np.random.default_rng(SEED)
    for key, part in each(select(table, direction=None), _BY):
        measured, items = _measured(part)
        if measured is None:
            continue
        of = int(measured.group.max()) + 1
        whole = _told(measured)
        (outcome,) = _outcomes([whole], measured)
        spread = measured.own[1:].mean(axis=1)
        left = math.nan if len(spread) < 2 else float(stats.norm.ppf((1 + LEVEL) / 2))
        left *= float(spread.std(ddof=1)) if len(spread) > 1 else math.nan
        for groups in _ladder(of):
            drawn = [whole]
            if groups < of:
                some = [random.choice(of, groups, replace=False) for _ in range(choices)]
                drawn = [_told(_of_groups(measured, one)) for one in some]
            half = float(np.mean([one.half for one in drawn]))
            same = float(np.mean([one == outcome for one in _outcomes(drawn, measured)]))
            same = math.nan if outcome == TOO_LITTLE else same
            told = (groups, of, items * groups / of, whole.mean, half, same, len(drawn), outcome)
            rows.append((*key, *told, left))
    return pd.DataFrame(rows, columns=[*_BY, *_COLUMNS])


def half_width(half: float, pairs_half: float, times: float) -> float:
    """Return half of the interval's width with so many times as many questions.

    What differs between questions falls with their number; what differs between training pairs
    stays. NaN for `pairs_half` counts as nothing.
    """
    stays = min(0.0 if math.isnan(pairs_half) else pairs_half, half)
    return math.sqrt(stays**2 + (half**2 - stays**2) / times)


def _ladder(of: int) -> Iterator[int]:
    """Yield numbers of groups, evenly on a logarithmic scale; the last is all of them."""
    if of > FEWEST_GROUPS:
        steps = np.geomspace(FEWEST_GROUPS, of, SIZES + 1)
        yield from sorted({round(step) for step in steps} - {of})
    yield of


def _measured(part: pd.DataFrame) -> tuple[_Measured | None, int]:
    kinds = [CONTRASTIVE, RESAMPLED, RANDOM, SHUFFLED]
    rows = part[part["direction"].isin(kinds)]
    wide = rows.pivot_table(
        index=["group", *CURVE_KEY],
        columns=["direction", "number"],
        values="steerability",
        observed=True,
    )
    if CONTRASTIVE not in wide:
        return None, 0
    wide = wide[wide[CONTRASTIVE, 0].notna()].dropna(axis="columns")
    codes = np.unique(wide.index.get_level_values("group").astype(str), return_inverse=True)[1]

    def of_kind(kind: str) -> Array:
        known = kind in wide.columns.get_level_values(0)
        return wide[kind].to_numpy(dtype=np.float64).T if known else np.empty((0, len(wide)))

    given = bool(is_given(part.iloc[:1], part).iloc[0])
    nulls = [of_kind(kind) for kind in ((RANDOM,) if given else (RANDOM, SHUFFLED))]
    own = np.concatenate([of_kind(CONTRASTIVE), of_kind(RESAMPLED)])
    items = wide.index.get_level_values("item").nunique()
    few = not given and len(own) <= FEWEST
    return _Measured(own, () if few else tuple(nulls), codes), items


def _of_groups(measured: _Measured, groups: training_pairs.Codes) -> _Measured:
    there = np.isin(measured.group, groups)
    codes = np.unique(measured.group[there], return_inverse=True)[1]
    return _Measured(measured.own[:, there], tuple(one[:, there] for one in measured.nulls), codes)


def _told(measured: _Measured) -> _Told:
    mean, low, high = training_pairs.mean_alone(measured.own, measured.group)
    spreads = [float(np.sqrt((null.mean(axis=1) ** 2).mean())) for null in measured.nulls]
    enough = bool(measured.nulls) and min(map(len, measured.nulls)) >= FEWEST
    enough = enough and measured.group.max() + 1 >= FEWEST_GROUPS
    return _Told(mean, (high - low) / 2, low > 0 or high < 0, enough, spreads)


def _outcomes(told: list[_Told], measured: _Measured) -> list[str]:
    """Return the verdict on each mean: the larger p of the nulls, and the interval, decide."""
    if not all(one.enough for one in told):
        return [TOO_LITTLE] * len(told)
    means = pd.Series([one.mean for one in told])
    tails = [
        tail(
            means, pd.Series([one.spreads[at] for one in told]), pd.Series([len(null)] * len(told))
        )
        for at, null in enumerate(measured.nulls)
    ]
    clear = (pd.concat(tails, axis=1).max(axis=1, skipna=False) <= RATE) & pd.Series(
        [one.clear for one in told]
    )
    return list(np.select([clear & (means > 0), clear], [MOVES, WRONG_WAY], CHANCE))
