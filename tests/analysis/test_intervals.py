import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from steering.analysis.intervals import (
    effective_number,
    percentiles,
    rank_correlation,
    resampled,
    share_interval,
)
from steering.analysis.training import correlations, means, shares

MADE = {"concept": "tidy", "direction": "contrastive"}


def grouped(groups: int, per_group: int, within: float, seed: int = 0) -> pd.DataFrame:
    """Values that groups share but for noise of size `within`."""
    draw = np.random.default_rng(seed)
    group = np.repeat(np.arange(groups), per_group)
    value = draw.normal(size=groups)[group] + draw.normal(0, within, groups * per_group)
    return pd.DataFrame({**MADE, "group": group, "value": value})


@given(st.integers(0, 60), st.integers(1, 60))
def test_the_interval_of_a_share_is_wilsons(successes: int, more: int) -> None:
    n = successes + more
    theirs = proportion_confint(successes, n, method="wilson")
    assert share_interval(successes, n) == pytest.approx(theirs, abs=1e-9)


def test_none_of_a_hundred_still_has_an_interval() -> None:
    low, high = share_interval(0, 100)
    assert low == 0
    assert high == pytest.approx(0.037, abs=0.001)
    table = pd.DataFrame({**MADE, "group": range(100), "flag": False})
    row = shares(table, "flag", ["concept"]).iloc[0]
    assert row["share"] == row["low"] == 0
    assert 0.03 < row["high"] < 0.05


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


def test_the_interval_of_a_mean_is_as_wide_as_its_groups_make_it() -> None:
    # Eight rows of a group say the same: an interval that resamples rows is √8 times too narrow.
    table = grouped(60, 8, 0.01)
    row = means(table, "value", ["concept"]).iloc[0]
    of_groups = table.groupby("group")["value"].mean()
    t = stats.t.interval(0.95, 59, loc=of_groups.mean(), scale=of_groups.sem())
    assert (row["low"], row["high"]) == pytest.approx(t, abs=0.03)
    by_rows = means(table.assign(group=range(len(table))), "value", ["concept"]).iloc[0]
    ratio = (row["high"] - row["low"]) / (by_rows["high"] - by_rows["low"])
    assert ratio == pytest.approx(math.sqrt(8), rel=0.1)
    assert (row["n"], row["groups"]) == (480, 60)
    assert row["sd"] == pytest.approx(table["value"].std())


def test_few_groups_get_students_width_and_one_group_none() -> None:
    table = grouped(6, 1, 0.0)
    row = means(table, "value", ["concept"], draws=20_000).iloc[0]
    values = table["value"]
    plain = 2 * 1.96 * values.std(ddof=0) / math.sqrt(6)
    assert row["high"] - row["low"] > 1.15 * plain
    one = means(table.assign(group=0), "value", ["concept"]).iloc[0]
    assert math.isnan(one["low"])
    assert math.isnan(one["high"])


def test_the_interval_of_a_mean_covers_nineteen_times_in_twenty() -> None:
    hits = 0
    for seed in range(300):
        table = grouped(50, 2, 0.5, seed=1000 + seed)
        row = means(table, "value", ["concept"], draws=500).iloc[0]
        hits += row["low"] <= 0 <= row["high"]
    # Four standard errors of 300 draws about 95 %; resampling rows would cover 85 %.
    assert 0.90 <= hits / 300 <= 0.995


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


def test_a_share_that_no_group_has_counts_groups_not_rows() -> None:
    group = np.repeat(np.arange(25), 4)
    assert effective_number(np.zeros(100), group) == pytest.approx(25, rel=0.15)
    table = pd.DataFrame({**MADE, "group": group, "flag": np.arange(100) == 7})
    once, never = (
        shares(table.assign(flag=flag), "flag", []).iloc[0]["high"]
        for flag in (table["flag"], False)
    )
    # One success in one group can't tell much that none did not: counting rows would give 0.055.
    assert once > 0.95 * never


def test_a_correlation_is_pearsons_with_fishers_width() -> None:
    draw = np.random.default_rng(1)
    x = draw.normal(1e6, 1, 200)
    table = pd.DataFrame(
        {**MADE, "group": range(200), "x": x, "y": x - 1e6 + draw.normal(size=200)}
    )
    row = correlations(table, "x", "y", []).iloc[0]
    theirs = stats.pearsonr(table["x"], table["y"])
    fisher = theirs.confidence_interval()
    assert row["correlation"] == pytest.approx(theirs.statistic, abs=1e-9)
    assert (row["low"], row["high"]) == pytest.approx((fisher.low, fisher.high), abs=0.03)


def test_a_correlation_of_groups_is_less_sure_than_one_of_rows() -> None:
    x, y = grouped(30, 6, 0.05, seed=1), grouped(30, 6, 0.05, seed=2)
    table = x.assign(x=x["value"], y=x["value"] + y["value"])
    by_group = correlations(table, "x", "y", []).iloc[0]
    by_row = correlations(table.assign(group=range(180)), "x", "y", []).iloc[0]
    assert by_group["high"] - by_group["low"] > 1.7 * (by_row["high"] - by_row["low"])


def test_what_does_not_vary_has_no_correlation() -> None:
    table = pd.DataFrame({**MADE, "group": range(20), "x": 0.1 + 0.2, "y": np.arange(20.0)})
    row = correlations(table, "x", "y", []).iloc[0]
    assert row[["correlation", "low", "high"]].isna().all()


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


def test_each_value_of_by_has_its_row_and_none_gives_one() -> None:
    table = pd.concat([grouped(5, 2, 1.0), grouped(7, 2, 1.0).assign(concept="frugal")])
    found = means(table, "value", ["concept"])
    assert found.set_index("concept")["groups"].to_dict() == {"tidy": 5, "frugal": 7}
    assert len(means(table, "value", [])) == 1
    assert means(table.iloc[:0], "value", ["concept"]).empty
    assert means(table.iloc[:0], "value", []).empty
