"""Intervals from resampled groups of items: bootstrap percentiles, Wilson's, correlations.

Items that share a statement, or the stem of a generator, are not independent, and neither are the
two orders of one item. They form a *group*, and groups are what is resampled: intervals that
resample items are too narrow.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

LEVEL = 0.95
DRAWS = 2000
FEWEST = 3  # groups that a success or a failure must be seen in before their spread is estimated
SEED = 20240717  # the day of the paper; another seed changes the intervals by noise only

Array = NDArray[np.float64]


def resampled(
    values: ArrayLike, groups: ArrayLike, *, draws: int = DRAWS, seed: int = SEED
) -> tuple[Array, int]:
    """Return sums over resampled groups (draws × columns), and the number of groups.

    `values` has one row per observation and one column per quantity to be summed. Each draw takes
    as many groups as there are, with replacement, and sums every column over all their rows; means,
    spreads, correlations and regressions are all functions of such sums. Two calls with the same
    groups and seed draw the same groups, so that differences between them are paired.
    """
    rows = np.asarray(values, dtype=np.float64)
    rows = rows[:, None] if rows.ndim == 1 else rows
    names, group = np.unique(np.asarray(groups).astype(str), return_inverse=True)
    count = len(names)
    if count == 0:
        return np.full((draws, rows.shape[1]), np.nan), 0
    sums = np.column_stack(
        [np.bincount(group, weights=column, minlength=count) for column in rows.T]
    )
    return times(count, draws, seed) @ sums, count


@lru_cache(maxsize=16)
def times(count: int, draws: int, seed: int) -> Array:
    """Return how often each of `count` groups is in each draw (draws × groups).

    As many groups as there are, with replacement; the same for the same numbers.
    """
    shares = np.full(count, 1 / count)
    drawn = np.random.default_rng(seed).multinomial(count, shares, size=draws).astype(np.float64)
    drawn.flags.writeable = False
    return drawn


def sums_of_draws(times: Array, of_groups: Array) -> Array:
    """Return the sums of every draw (draws × columns) from those of every group.

    `times` is what the function of that name returns, `of_groups` vector × group × column: the
    vector itself, then those of resampled training pairs. Draws go to the latter in turn, or all to
    the vector itself where it is alone.
    """
    vectors = len(of_groups) - 1
    if not vectors:
        return times @ of_groups[0]
    # All vectors at once, after empty draws that make up the last turn.
    full = np.pad(times, ((0, -len(times) % vectors), (0, 0)))
    in_turn = full.reshape(-1, vectors, times.shape[1]).swapaxes(0, 1)
    sums: Array = (in_turn @ of_groups[1:]).swapaxes(0, 1).reshape(len(full), -1)
    return sums[: len(times)]


def percentiles(
    drawn: ArrayLike, groups: int, *, estimate: float | None = None, level: float = LEVEL
) -> tuple[float, float]:
    """Return the interval that holds `level` of the drawn statistics, widened for few groups.

    The bootstrap's plain percentiles are too narrow when there are few groups, in the way in which
    the normal's quantiles are narrower than Student's. Hesterberg's expanded percentiles ("What
    teachers should know about the bootstrap", The American Statistician 69, 2015) put that right.
    Given the `estimate` itself, they are also corrected for the draws' lying to one side of it
    (Efron's bias-corrected percentiles), which those of shares of variance do: noise only adds. The
    interval then holds the estimate.
    NaN where there are fewer than two groups, or where most draws give no number.
    """
    statistics = np.asarray(drawn, dtype=np.float64)
    statistics = statistics[np.isfinite(statistics)]
    if groups < 2 or len(statistics) <= np.size(drawn) / 2:
        return math.nan, math.nan
    # Of scipy's two forms of the same distributions, these take no time, and this is called often.
    reach = math.sqrt(groups / (groups - 1)) * special.stdtrit(groups - 1, (1 + level) / 2)
    aside = 0.0
    if estimate is not None:
        below = np.mean(statistics < estimate) + np.mean(statistics == estimate) / 2
        aside = 2 * special.ndtri(np.clip(below, 0.5 / len(statistics), 1 - 0.5 / len(statistics)))
    low, high = np.quantile(statistics, special.ndtr([aside - reach, aside + reach]))
    if estimate is not None:
        # With nearly all draws to one side there is no percentile that would bring them back.
        low, high = min(low, estimate), max(high, estimate)
    return float(low), float(high)


def p_of_zero(drawn: ArrayLike, estimate: float, groups: int) -> float:
    """Return the two-sided p that a mean is zero, given its draws and itself.

    The draws give its standard error; the reference is Student's t with one less degree of freedom
    than there are groups. NaN where there are fewer than two groups or nothing varies.
    """
    spread = float(np.std(np.asarray(drawn, dtype=np.float64)))
    if groups < 2 or not spread > 0:
        return math.nan
    error = spread * math.sqrt(groups / (groups - 1))
    return float(2 * stats.t.sf(abs(estimate) / error, groups - 1))


def share_interval(successes: float, n: float, *, level: float = LEVEL) -> tuple[float, float]:
    """Return Wilson's interval of a share of independent observations; it never has width zero."""
    if n <= 0:
        return math.nan, math.nan
    z = float(stats.norm.ppf((1 + level) / 2))
    share, shrunk = successes / n, 1 + z * z / n
    middle = (share + z * z / (2 * n)) / shrunk
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / shrunk
    # At either end the formula gives 0 and 1 but for rounding.
    low = 0.0 if share == 0 else max(0.0, middle - half)
    return low, 1.0 if share == 1 else min(1.0, middle + half)


def effective_number(flags: ArrayLike, groups: ArrayLike) -> float:
    """Return how many independent observations tell as much about a share as these grouped ones.

    The number of observations over the design effect (variance of the share with groups, over its
    variance without), which counts as 1 where it is less. Where fewer than three groups hold any
    success, or any failure, their spread cannot be told, and no more than the groups count.
    """
    flag = np.asarray(flags, dtype=np.float64)
    names, group = np.unique(np.asarray(groups).astype(str), return_inverse=True)
    n, count = len(flag), len(names)
    if count < 2:
        return float(count)
    size = np.bincount(group).astype(np.float64)
    hits = np.bincount(group, weights=flag)
    share = hits.sum() / n
    if share in (0, 1):
        return float(count)
    spread = float(((hits - share * size) ** 2).sum()) * count / (count - 1)
    effect = max(1.0, spread / n**2 / (share * (1 - share) / n))
    if min((hits > 0).sum(), (hits < size).sum()) < FEWEST:
        effect = max(effect, n / count)
    return n / effect


def rank_correlation(
    x: ArrayLike, y: ArrayLike, *, units: int | None = None, level: float = LEVEL
) -> dict[str, float]:
    """Return Spearman's `rho` between few units (concepts, say), with `low`, `high` and `n`.

    The interval is Fisher's with Bonett and Wright's variance (1 + ρ²/2)/(n − 3) (Psychometrika 65,
    2000), so it depends on the number of units and on nothing measured within them. Where the ranks
    agree wholly, the far end is that of the next ρ that n units can have. NaN for fewer than four.
    `units` is the number of independent units where it is less than the number of points.
    """
    a, b = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    n = len(a) if units is None else min(units, len(a))
    missing = {"rho": math.nan, "low": math.nan, "high": math.nan, "n": n}
    if n < 4 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return missing
    rho = float(stats.spearmanr(a, b).statistic)
    nearest = 1 - 12 / (n * (n * n - 1))
    inner = float(np.clip(rho, -nearest, nearest))
    half = float(stats.norm.ppf((1 + level) / 2)) * math.sqrt((1 + inner**2 / 2) / (n - 3))
    low, high = math.tanh(math.atanh(inner) - half), math.tanh(math.atanh(inner) + half)
    return {"rho": rho, "low": min(low, rho), "high": max(high, rho), "n": n}


def each(table: pd.DataFrame, by: Sequence[str]) -> Iterator[tuple[tuple[Any, ...], pd.DataFrame]]:
    """Yield every combination of values of `by` with its rows; no `by` means the whole table."""
    if not by:
        if len(table):
            yield (), table
        return
    for key, part in table.groupby(list(by), sort=False, observed=True, dropna=False):
        yield (key if isinstance(key, tuple) else (key,)), part


def pearson(sums: Array) -> Array:
    """Return Pearson's correlation from the sums of 1, x, y, x², y² and xy (draws × 6).

    NaN where one of the two does not vary.
    """
    n, x, y, xx, yy, xy = sums.T
    within_x, within_y = xx - x * x / n, yy - y * y / n
    flat = (within_x <= 1e-12 * xx) | (within_y <= 1e-12 * yy)
    with np.errstate(divide="ignore", invalid="ignore"):
        r = (xy - x * y / n) / np.sqrt(within_x * within_y)
    return np.where(flat, np.nan, np.clip(r, -1, 1))
