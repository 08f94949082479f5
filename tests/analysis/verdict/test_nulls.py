"""A vector's mean beside random vectors and vectors of shuffled labels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from steering.analysis.curves import RUN_KEY, select
from steering.analysis.verdict.nulls import beside_nulls, lacking, tail
from tests.support.synthetic import standard_curves

BY = [*RUN_KEY, "form"]


def effects(curves: pd.DataFrame, direction: str = "contrastive") -> pd.DataFrame:
    table = beside_nulls(select(curves, direction=None), "steerability", BY, direction=direction)
    return table.set_index("concept")


def test_the_spread_of_a_null_is_that_of_its_vectors_means_about_zero() -> None:
    curves = select(standard_curves(), direction=None)
    table = effects(standard_curves())
    for kind, count in (("random", 20), ("shuffled", 12)):
        drawn = curves[(curves["direction"] == kind) & (curves["concept"] == "weak")]
        means = drawn.groupby("number")["steerability"].mean()
        assert table.loc["weak", kind] == count
        assert table.loc["weak", f"{kind}_spread"] == pytest.approx(np.sqrt((means**2).mean()))
        distance = abs(table.loc["weak", "estimate"]) / table.loc["weak", f"{kind}_spread"]
        assert table.loc["weak", f"p_{kind}"] == pytest.approx(2 * stats.t.sf(distance, count))


def test_the_larger_p_counts() -> None:
    table = effects(standard_curves())
    assert (table["p"] == table[["p_random", "p_shuffled"]].max(axis=1)).all()
    # Random vectors do more here than shuffled labels, so that they decide.
    assert (table["p"] == table["p_random"]).all()


def test_the_least_effect_is_what_would_just_have_been_told_from_chance() -> None:
    table = effects(standard_curves())
    row = table.loc["inert"]
    at_random = row["random_spread"] * stats.t.ppf(0.975, 20)
    assert row["least"] == pytest.approx(max(at_random, (row["high"] - row["low"]) / 2))
    p = tail(pd.Series([at_random]), pd.Series([row["random_spread"]]), pd.Series([20]))
    assert p[0] == pytest.approx(0.05)


def test_the_planted_direction_is_held_to_random_vectors_alone() -> None:
    table = effects(standard_curves(), "planted")
    assert "shuffled" not in table
    assert (table["vectors_resampled"] == 0).all()
    assert table["p"].notna().all()


@pytest.mark.parametrize(
    ("direction", "number", "words"),
    [
        ("random", 9, "9 random vectors, and at least 10 are needed"),
        ("shuffled", 5, "5 vectors of shuffled labels, and at least 10 are needed"),
        ("resampled", 0, "0 vectors of resampled training pairs, and at least 10 are needed"),
    ],
)
def test_with_too_few_vectors_nothing_is_tested(direction: str, number: int, words: str) -> None:
    curves = standard_curves()
    few = curves[(curves["direction"] != direction) | (curves["number"] < number)]
    table = effects(few)
    assert set(table["reason"]) == {words}
    assert table["p"].isna().all()


def test_with_too_few_groups_nothing_is_tested() -> None:
    enough = {"groups": 10, "random": 10, "shuffled": 10, "vectors_resampled": 10}
    assert lacking(enough) == ""
    assert lacking(enough | {"groups": 9}) == ("9 groups of test items, and at least 10 are needed")


def test_an_effect_without_any_spread_of_chance_has_no_p() -> None:
    p = tail(pd.Series([1.0]), pd.Series([0.0]), pd.Series([20]))
    assert p.isna().all()
