"""Intervals from few vectors of resampled training pairs: how sure their spread is."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def effective_groups(drawn: ArrayLike, groups: int, vectors: int) -> int:
    """Return the number of groups whose interval is as wide as that of a two-way bootstrap is.

    `drawn` are the values of a statistic in the draws of `training_pairs.drawn`, which go round the
    resampled vectors in turn. The spread between vectors is known from few of them, that between
    groups of test items from more; the two together are as sure as a spread of this number less
    one degrees of freedom (Satterthwaite, 1946). Give it to `groups.percentiles`, which widens an
    interval of few. Without resampled vectors it is the number of groups.
    """
    values = np.asarray(drawn, dtype=np.float64)
    if vectors < 2 or groups < 2 or not np.isfinite(values).all():
        return groups
    rounds = values[: len(values) // vectors * vectors].reshape(-1, vectors)
    within = float(rounds.var(axis=0, ddof=1).mean())
    between = max(0.0, float(rounds.mean(axis=0).var(ddof=1)) - within / len(rounds))
    if not within + between > 0:
        return groups
    unsure = between**2 / (vectors - 1) + within**2 / (groups - 1)
    return max(2, int(1 + (within + between) ** 2 / unsure))
