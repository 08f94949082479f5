"""Crossed random effects: mean squares by hand, and intervals that hold planted variances."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from steering.analysis.statistics.crossed_effects import (
    component,
    error_of_mean,
    mean_squares,
    spreads,
)


def test_mean_squares_of_a_table_that_one_can_do_by_hand() -> None:
    values = np.array([[1.0, 2.0, 3.0], [3.0, 4.0, 8.0]])
    found = mean_squares(values)
    # Means of rows 2 and 5, of columns 2, 3 and 5.5, of all 3.5.
    assert found.of_rows == pytest.approx(3 * (1.5**2 + 1.5**2) / 1)
    assert found.of_columns == pytest.approx(2 * (1.5**2 + 0.5**2 + 2**2) / 2)
    assert found.left == pytest.approx(2 * (0.5**2 + 0.5**2 + 1**2) / 2)
    assert found.freedom == (1, 2, 2)


def test_the_error_counts_rows_and_columns() -> None:
    random = np.random.default_rng(3)
    rows, columns, left = 0.5, 0.3, 0.2
    shape = (5, 20)
    truth = np.sqrt(rows**2 / 5 + columns**2 / 20 + left**2 / 100)
    within, errors = [], []
    for _ in range(2000):
        values = rows * random.standard_normal((5, 1)) + columns * random.standard_normal((1, 20))
        values = values + left * random.standard_normal(shape)
        error, freedom = error_of_mean(values)
        errors.append(error**2)
        within.append(abs(values.mean()) <= stats.t.ppf(0.975, freedom) * error)
    assert np.sqrt(np.mean(errors)) == pytest.approx(truth, rel=0.05)
    assert np.mean(within) == pytest.approx(0.95, abs=0.015)
    alone = values.mean(axis=0).std(ddof=1) / np.sqrt(20)
    assert alone < 0.4 * truth, "questions alone would make it far too small"


def test_the_error_is_no_smaller_than_that_of_one_kind_alone() -> None:
    values = np.random.default_rng(0).standard_normal((4, 15))
    found = mean_squares(values)
    error, freedom = error_of_mean(values)
    assert error**2 * values.size >= max(found.of_rows, found.of_columns) * (1 - 1e-12)
    assert freedom >= 1


@pytest.mark.parametrize("ratio", [1.0, 3.0, 20.0])
def test_an_interval_of_a_variance_holds_it(ratio: float) -> None:
    random = np.random.default_rng(5)
    first, second, size = 12, 60, 10.0
    truth = (ratio - 1) / size
    held = []
    for _ in range(2000):
        larger = ratio * random.chisquare(first) / first
        smaller = random.chisquare(second) / second
        value, low, high = component((larger, first), (smaller, second), size)
        assert low <= value <= high
        held.append(low <= truth <= high)
    assert np.mean(held) >= 0.935


def test_the_three_variances_are_those_that_were_planted() -> None:
    random = np.random.default_rng(7)
    truth = {"family": 0.5**2, "wording": 0.2**2, "question": 0.3**2}
    sizes = [5, 4, 5, 5, 4, 4, 5, 4]
    found: dict[str, list[float]] = {name: [] for name in truth}
    held: dict[str, list[bool]] = {name: [] for name in truth}
    for _ in range(400):
        families = np.repeat(0.5 * random.standard_normal(len(sizes)), sizes)[:, None]
        values = families + 0.2 * random.standard_normal((sum(sizes), 1))
        values = values + 0.3 * random.standard_normal((1, 20))
        values = values + 0.25 * random.standard_normal((sum(sizes), 20))
        for name, (value, low, high) in spreads(values, sizes).items():
            found[name].append(value)
            held[name].append(low <= truth[name] <= high)
    for name, planted in truth.items():
        assert np.mean(found[name]) == pytest.approx(planted, rel=0.1), name
        assert np.mean(held[name]) >= 0.92, name


def test_one_family_alone_has_no_variance_of_families() -> None:
    values = np.random.default_rng(0).standard_normal((4, 12))
    assert set(spreads(values, [4])) == {"wording", "question"}
