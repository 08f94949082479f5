"""What vectors of some of the training groups keep of the effect of the vector of all groups.

Such vectors have the norm of the vector of all groups, so that each is as large a dose. A mean of
n of G groups is the mean of all plus noise at right angles to it, whose square is on average
s² (1/n − 1/G), where s² is what single groups differ by. Of its norm so much less lies along the
vector of all, and so much less does it move the answer, as a share of what the vector of all does:

    kept(n) = (1 + k (1/n − 1/G))^(−1/2),  k = s² / ‖v‖²

One number, k, says how much each size keeps; all vectors of all sizes are used to estimate it.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from steering.analysis.statistics import groups as intervals
from steering.analysis.statistics.groups import DRAWS, SEED, Array, percentiles

Codes = NDArray[np.int64]
# A vector of some of the groups suffices where it keeps so much of the effect of all.
ENOUGH = 0.95
FEWEST = 3  # vectors of some of the groups from which k is estimated


def kept(groups: ArrayLike, of: int, lost: float) -> Array:
    """Return what vectors of so many groups keep of the effect of that of all, given k (`lost`)."""
    inner = 1 + lost * (1 / np.asarray(groups, dtype=np.float64) - 1 / of)
    return np.asarray(inner**-0.5)


def least(lost: float, of: int) -> float:
    """Return the least number of groups that keep `ENOUGH` at this k; NaN where it is not known."""
    if math.isnan(lost):
        return math.nan
    if lost == 0:
        return 1.0
    return float(min(of, math.ceil(1 / (1 / of + (ENOUGH**-2 - 1) / lost))))


def lost_share(values: Array, group: Codes, sizes: Array, of: int) -> tuple[float, float, float]:
    """Return k and its interval; the first vector is that of all groups."""
    count = int(group.max()) + 1
    sums = np.stack([np.bincount(group, weights=one, minlength=count) for one in values])
    some = sizes < of
    x = 1 / sizes[some] - 1 / of
    ratio = sums[some].sum(axis=1) / sums[0].sum()
    # The noise of a vector's slope goes with x, and with the square of what its length leaves.
    weight = 1 / x
    weight = (1 + _fitted(ratio[None], x, weight, of)[0] * x) / x
    lost = float(_fitted(ratio[None], x, weight, of)[0])
    times = intervals.times(count, DRAWS, SEED)
    drawn = times @ sums.T
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = drawn[:, some] / drawn[:, :1]
    off = (ratio - (1 + lost * x) ** -0.5) * np.sqrt(weight)
    off = off * math.sqrt(len(off) / (len(off) - 1))
    which = np.random.default_rng(SEED).integers(len(off), size=ratios.shape)
    around = ratios - ratio + (1 + lost * x) ** -0.5 + off[which] / np.sqrt(weight)
    fits = _fitted(around, x, weight, of)
    low, high = percentiles(fits, min(count, len(off)), estimate=None)
    return lost, min(low, lost), max(high, lost)


def _fitted(ratios: Array, x: Array, weight: Array, of: int) -> Array:
    """Return the k that fits each row of ratios best, by weighted least squares over a grid."""
    grid = np.concatenate([[0.0], np.geomspace(0.01, 0.999 * max(of, 2), 400)])
    curves = (1 + grid[:, None] * x) ** -0.5
    errors = -2 * (ratios * weight) @ curves.T + (curves**2 @ weight)
    return grid[np.argmin(np.where(np.isfinite(errors), errors, np.inf), axis=1)]


def spread_of_sizes(means: Array, sizes: Array, of: int, of_all: float) -> tuple[float, float, int]:
    """Return a and b of the variance a/n + b/n² between vectors of n groups; degrees of freedom.

    a is what the noise does along the slope's own gradient, b what its varying length does to
    vectors of one norm. `of_all` is the variance between vectors of as many groups as there are,
    which resampled vectors show; where it is NaN, all of the spread counts as a.
    """
    squares, first, second, freedom = 0.0, 0.0, 0.0, 0
    for size in {*sizes.tolist()} - {of}:
        some = means[sizes == size]
        apart = 1 / size - 1 / of
        squares += float(((some - some.mean()) ** 2).sum()) / apart
        first, second = first + len(some) - 1, second + (len(some) - 1) * apart
        freedom += len(some) - 1
    if not freedom:
        return math.nan, math.nan, 0
    if math.isnan(of_all):
        return squares / first, 0.0, freedom
    a = of * of_all
    return a, max(0.0, (squares - a * first) / second), freedom


def variance_of_mean(values: Array, group: Codes) -> float:
    """Return the variance of a mean over curves whose groups are drawn."""
    sums = np.bincount(group, weights=values - values.mean())
    count = len(sums)
    if count < 2:
        return math.nan
    return float((sums**2).sum() * count / (count - 1) / len(values) ** 2)


def half_width(of_tests: float, free_tests: int, of_pairs: float, free_pairs: int) -> float:
    """Return half of a 95 % interval of two variances (Welch and Satterthwaite's freedom)."""
    total = of_tests + of_pairs
    if not (math.isfinite(total) and free_tests and free_pairs):
        return math.nan
    if total == 0:
        return 0.0
    freedom = total**2 / (of_tests**2 / free_tests + of_pairs**2 / free_pairs)
    return float(stats.t.ppf((1 + intervals.LEVEL) / 2, freedom) * math.sqrt(total))
