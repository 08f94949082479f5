"""A spread between few vectors is less sure than one between many groups."""

from __future__ import annotations

import numpy as np
import pytest

from steering.analysis.statistics.few_vectors import effective_groups

GROUPS, VECTORS, DRAWS = 50, 20, 2000


def draws(between: float, within: float, seed: int = 0) -> np.ndarray:
    random = np.random.default_rng(seed)
    of_vector = random.standard_normal(VECTORS)
    of_vector = (of_vector - of_vector.mean()) / of_vector.std(ddof=1)
    return between * np.resize(of_vector, DRAWS) + within * random.standard_normal(DRAWS)


def test_it_lies_between_the_number_of_vectors_and_of_groups() -> None:
    assert effective_groups(draws(1.0, 0.001), GROUPS, VECTORS) == VECTORS
    assert effective_groups(draws(0.0, 1.0), GROUPS, VECTORS) == pytest.approx(GROUPS, abs=1)


def test_both_together_are_satterthwaites() -> None:
    # Equal parts: (1 + 1)² / (1/19 + 1/49) degrees of freedom, and one.
    expected = 1 + 4 / (1 / (VECTORS - 1) + 1 / (GROUPS - 1))
    assert effective_groups(draws(1.0, 1.0), GROUPS, VECTORS) == pytest.approx(expected, rel=0.06)


def test_without_resampled_vectors_it_is_the_number_of_groups() -> None:
    assert effective_groups(draws(0.0, 1.0), GROUPS, 0) == GROUPS
    assert effective_groups(np.zeros(DRAWS), GROUPS, VECTORS) == GROUPS
    assert effective_groups(np.full(DRAWS, np.inf), GROUPS, VECTORS) == GROUPS
