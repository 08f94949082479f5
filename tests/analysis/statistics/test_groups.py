"""What intervals are made of, held against closed forms and the tables of others."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from steering.analysis.statistics.groups import (
    effective_number,
    percentiles,
    rank_correlation,
    resampled,
    share_interval,
    sums_of_draws,
    times,
)


def grouped(groups: int, per_group: int, within: float, seed: int = 0) -> pd.DataFrame:
    """Values that groups share but for noise of size `within`."""
    draw = np.random.default_rng(seed)
    group = np.repeat(np.arange(groups), per_group)
    value = draw.normal(size=groups)[group] + draw.normal(0, within, groups * per_group)
    return pd.DataFrame({"group": group, "value": value})


@given(st.integers(0, 60), st.integers(1, 60))
def test_the_interval_of_a_share_is_wilsons(successes: int, more: int) -> None:
    n = successes + more
    theirs = proportion_confint(successes, n, method="wilson")
    assert share_interval(successes, n) == pytest.approx(theirs, abs=1e-9)


def test_sums_of_resampled_groups_have_the_closed_forms_mean_and_spread() -> None:
    table = grouped(40, 3, 0.5)
    sums, groups = resampled(table["value"], table["group"], draws=20_000)
    of_groups = table.groupby("group")["value"].sum()
    assert groups == 40
    assert sums.mean() == pytest.approx(of_groups.sum(), abs=0.3)
    assert sums.std() == pytest.approx(of_groups.std(ddof=0) * math.sqrt(40), rel=0.02)


def test_whole_groups_are_drawn_never_parts_of_them() -> None:
    values = np.column_stack([np.ones(6), [1, 1, 0, 0, 0, 0], [0, 0, 1, 1, 1, 1]])
    sums, _ = resampled(values, ["a", "a", "b", "b", "b", "b"], draws=200)
    assert set(sums[:, 1]) <= {0, 2, 4}
    assert set(sums[:, 2]) <= {0, 4, 8}
    assert np.array_equal(sums[:, 1] / 2 + sums[:, 2] / 4, np.full(200, 2.0))


def test_the_same_groups_are_drawn_in_any_order_of_rows_and_for_any_values() -> None:
    table = grouped(10, 3, 1.0)
    turned = table.sample(frac=1, random_state=3)
    first, _ = resampled(table["value"], table["group"])
    second, _ = resampled(turned["value"], turned["group"])
    assert np.allclose(first, second)


def test_the_interval_of_a_share_counts_groups_where_they_agree() -> None:
    draw = np.random.default_rng(0)
    group = np.repeat(np.arange(50), 4)
    agreeing = (draw.random(50) < 0.3)[group]
    n = effective_number(agreeing, group)
    assert 40 < n < 55
    apart = draw.random(200) < 0.3
    assert 120 < effective_number(apart, group) <= 200
    # Singletons: nothing to correct.
    assert effective_number(apart, np.arange(200)) > 190


def test_the_design_effect_is_that_of_the_textbook() -> None:
    # Kish: 1 + (m − 1)·ρ, and groups that agree wholly have ρ = 1.
    agreeing = np.repeat(np.arange(20) % 4 == 0, 5)
    group = np.repeat(np.arange(20), 5)
    assert effective_number(agreeing, group) == pytest.approx(19)


def test_rank_correlation_is_spearmans_with_bonett_and_wrights_width() -> None:
    draw = np.random.default_rng(0)
    x = draw.normal(size=36)
    y = x + draw.normal(size=36)
    found = rank_correlation(x, y)
    rho = stats.spearmanr(x, y).statistic
    half = 1.959964 * math.sqrt((1 + rho**2 / 2) / 33)
    assert found["rho"] == pytest.approx(rho)
    assert found["low"] == pytest.approx(math.tanh(math.atanh(rho) - half), abs=1e-6)
    assert found["high"] == pytest.approx(math.tanh(math.atanh(rho) + half), abs=1e-6)


def test_six_concepts_that_agree_wholly_are_still_six() -> None:
    found = rank_correlation(range(6), range(6))
    assert found["rho"] == found["high"] == 1
    assert 0 < found["low"] < 0.6
    backwards = rank_correlation(range(6), range(0, -6, -1))
    assert backwards["low"] == -1
    assert backwards["high"] == pytest.approx(-found["low"])


@pytest.mark.parametrize("x", [[1, 2, 3], [], [5, 5, 5, 5]])
def test_fewer_than_four_or_equal_units_have_no_rank_correlation(x: list[float]) -> None:
    found = rank_correlation(x, range(len(x)))
    assert math.isnan(found["rho"])
    assert math.isnan(found["low"])


def test_percentiles_want_groups_and_numbers() -> None:
    assert all(map(math.isnan, percentiles(np.full(100, np.nan), 10)))
    assert all(map(math.isnan, percentiles(np.arange(100.0), 1)))


@pytest.mark.parametrize("vectors", [0, 1, 7, 60])
def test_draws_go_to_the_resampled_vectors_in_turn(vectors: int) -> None:
    of_groups = np.random.default_rng(1).normal(size=(1 + vectors, 12, 3))
    drawn = times(12, 50, 0)
    sums = sums_of_draws(drawn, of_groups)
    assert sums.shape == (50, 3)
    for at, draw in enumerate(drawn):
        vector = of_groups[1 + at % vectors] if vectors else of_groups[0]
        assert sums[at] == pytest.approx(draw @ vector, rel=1e-12)
