"""Intervals of squares: shares of variance, which noise alone makes larger than zero."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from steering.analysis.statistics.groups import LEVEL, percentiles


def squared_length(
    drawn: ArrayLike, estimate: ArrayLike, groups: int, *, level: float = LEVEL
) -> tuple[float, float]:
    """Return the interval of the squared length of a vector of effects, such as a share explained.

    `drawn` holds the effects of each draw (draws × effects), `estimate` the effects themselves. A
    square is never below zero and noise only adds to it, so that percentiles of the squares cannot
    hold zero. The interval is therefore that of the length along the effects' own direction, which
    can change its sign, by bias-corrected percentiles; its lower end is zero where the effects are
    no further from zero than draws are from the effects in 95 %. NaN where there are fewer than two
    groups, or most draws give no number.
    """
    own, draws = np.asarray(estimate, dtype=np.float64), np.asarray(drawn, dtype=np.float64)
    draws = draws[np.isfinite(draws).all(axis=1)]
    if groups < 2 or not np.isfinite(own).all() or len(draws) <= len(np.asarray(drawn)) / 2:
        return math.nan, math.nan
    length = float(np.sqrt((own**2).sum()))
    along = draws @ (own / length) if length > 0 else np.sqrt((draws**2).sum(axis=1))
    low, high = percentiles(along, groups, estimate=length, level=level)
    reach = math.sqrt(groups / (groups - 1)) * stats.t.ppf((1 + level) / 2, groups - 1)
    far = np.quantile(np.sqrt(((draws - own) ** 2).sum(axis=1)), level)
    if length <= far * reach / stats.norm.ppf((1 + level) / 2):
        low = 0.0
    return max(0.0, low) ** 2, max(length, high) ** 2
