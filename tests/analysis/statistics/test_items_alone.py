"""Without vectors of other training pairs: intervals over groups of test items alone."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from steering.analysis.statistics.groups import effective_number, share_interval
from steering.analysis.statistics.training_pairs import correlations, means, shares

MADE = {"concept": "tidy", "direction": "contrastive", "number": 0}


def grouped(groups: int, per_group: int, within: float, seed: int = 0) -> pd.DataFrame:
    """Values that groups share but for noise of size `within`."""
    draw = np.random.default_rng(seed)
    group = np.repeat(np.arange(groups), per_group)
    value = draw.normal(size=groups)[group] + draw.normal(0, within, groups * per_group)
    return pd.DataFrame({**MADE, "group": group, "value": value})


def test_none_of_a_hundred_still_has_an_interval() -> None:
    low, high = share_interval(0, 100)
    assert low == 0
    assert high == pytest.approx(0.037, abs=0.001)
    table = pd.DataFrame({**MADE, "group": range(100), "flag": False})
    row = shares(table, "flag", ["concept"]).iloc[0]
    assert row["share"] == row["low"] == 0
    assert 0.03 < row["high"] < 0.05


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


def test_each_value_of_by_has_its_row_and_none_gives_one() -> None:
    table = pd.concat([grouped(5, 2, 1.0), grouped(7, 2, 1.0).assign(concept="frugal")])
    found = means(table, "value", ["concept"])
    assert found.set_index("concept")["groups"].to_dict() == {"tidy": 5, "frugal": 7}
    assert len(means(table, "value", [])) == 1
    assert means(table.iloc[:0], "value", ["concept"]).empty
    assert means(table.iloc[:0], "value", []).empty
