"""Intervals of squares: they hold zero where there is nothing, and the truth where there is."""

from __future__ import annotations

import math

import numpy as np
import pytest

from steering.analysis.statistics.groups import percentiles
from steering.analysis.statistics.squares import squared_length

N, DRAWS = 60, 500


def drawn(truth: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Effects that were estimated with a standard error of 1/√N, and draws about them."""
    random = np.random.default_rng(seed)
    own = truth + random.standard_normal(len(truth)) / math.sqrt(N)
    return own, own + random.standard_normal((DRAWS, len(truth))) / math.sqrt(N)


def coverage(truth: list[float], tries: int = 400) -> float:
    held = 0
    effects = np.array(truth)
    for seed in range(tries):
        own, draws = drawn(effects, seed)
        low, high = squared_length(draws, own, N)
        assert low <= (own**2).sum() <= high
        held += low <= (effects**2).sum() <= high
    return held / tries


@pytest.mark.parametrize("truth", [[0.0], [0.14], [0.5], [0.0, 0.0, 0.0], [0.2, 0.0, 0.2]])
def test_the_truth_is_inside_for_95_in_100_or_more(truth: list[float]) -> None:
    # Near zero, where either sign of an effect gives the same square, it is inside more often.
    assert 0.92 <= coverage(truth) <= (0.98 if 0.14 not in truth else 1)


def test_percentiles_of_squares_never_hold_zero() -> None:
    # The former rule: whatever is drawn, a square is above zero.
    for seed in range(50):
        own, draws = drawn(np.zeros(2), seed)
        length = float((own**2).sum())
        assert percentiles((draws**2).sum(axis=1), N, estimate=length)[0] > 0


def test_what_is_unknown_has_no_interval() -> None:
    assert np.isnan(squared_length(np.full((9, 1), np.nan), [0.3], N)).all()
    assert np.isnan(squared_length(np.ones((9, 1)), [np.nan], N)).all()
    assert np.isnan(squared_length(np.ones((9, 1)), [1.0], 1)).all()
    assert squared_length(np.zeros((9, 2)), [0.0, 0.0], N) == (0.0, 0.0)
