"""Shares of variance are those of regressions, and their intervals hold what is known."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from statsmodels.api import OLS, add_constant

from steering.analysis.curves import select
from steering.analysis.decomposition import decomposition
from steering.records.kinds import YOURS
from tests.support.synthetic import standard_curves

INDEX = ["method", "factor"]


def biased(correlated: float, letter: float = 1.0, yes: float = 1.0, n: int = 400) -> pd.DataFrame:
    """Slopes with both biases, where A is Yes more often than chance would have it."""
    draw = np.random.default_rng(0)
    at_a = draw.random(n) < 0.5
    is_yes = np.where(draw.random(n) < correlated, at_a, draw.random(n) < 0.5)
    slope = letter * np.where(at_a, 1, -1) + yes * np.where(is_yes, 1, -1) + draw.normal(size=n)
    return pd.DataFrame(
        {
            "model": "wren",
            "concept": "mine",
            "kind": YOURS,
            "vector_setting": "BASE",
            "prompt_setting": "BASE",
            "direction": "contrastive",
            "number": 0,
            "group": range(n),
            "positive_letter": np.where(at_a, "A", "B"),
            "positive_is_yes": pd.array(is_yes.astype(bool), dtype="boolean"),
            "steerability": slope + 50,
        }
    )


def r_squared(table: pd.DataFrame, *factors: str) -> float:
    columns = {
        "A/B": (table["positive_letter"] == "A").astype(float),
        "Yes/No": table["positive_is_yes"].astype(float),
    }
    chosen = np.column_stack([columns[name] for name in factors])
    return float(OLS(table["steerability"], add_constant(chosen)).fit().rsquared)


@pytest.mark.parametrize("correlated", [0.0, 0.5, 0.9])
def test_the_papers_shares_are_those_of_nested_regressions(correlated: float) -> None:
    table = biased(correlated)
    found = decomposition(table).set_index(INDEX)["share"]
    letter, both = r_squared(table, "A/B"), r_squared(table, "A/B", "Yes/No")
    assert found["sequential", "A/B"] == pytest.approx(letter)
    assert found["sequential", "Yes/No"] == pytest.approx(both - letter)
    assert found["sequential", "explained"] == pytest.approx(both)
    assert found["sequential", "unexplained"] == pytest.approx(1 - both)


def test_shapleys_shares_do_not_depend_on_the_order() -> None:
    # Equal biases, correlated factors: the one that enters first gets far more than its half.
    table = biased(0.8)
    found = decomposition(table).set_index(INDEX)["share"]
    both, yes = r_squared(table, "A/B", "Yes/No"), r_squared(table, "Yes/No")
    letter = r_squared(table, "A/B")
    assert found["Shapley", "A/B"] == pytest.approx((letter + both - yes) / 2)
    assert found["Shapley", "Yes/No"] == pytest.approx((yes + both - letter) / 2)
    parts = found["Shapley", "A/B"] + found["Shapley", "Yes/No"]
    assert parts == pytest.approx(found["Shapley", "explained"])
    assert found["sequential", "A/B"] > 2 * found["Shapley", "A/B"] * 0.75
    assert found["Shapley", "A/B"] == pytest.approx(found["Shapley", "Yes/No"], abs=0.1)


def test_a_format_without_yes_and_no_says_so_rather_than_zero() -> None:
    table = biased(0.0)
    table["positive_is_yes"] = pd.array([pd.NA] * len(table), dtype="boolean")
    found = decomposition(table).set_index(INDEX)
    assert math.isnan(found.loc[("sequential", "Yes/No"), "share"])
    assert math.isnan(found.loc[("Shapley", "Yes/No"), "low"])
    letter = r_squared(table.assign(positive_is_yes=True), "A/B")
    for method in ("sequential", "Shapley"):
        assert found.loc[(method, "A/B"), "share"] == pytest.approx(letter)
        assert found.loc[(method, "explained"), "share"] == pytest.approx(letter)


def test_a_factor_that_never_changes_has_no_share() -> None:
    found = decomposition(biased(0.0).assign(positive_letter="A")).set_index(INDEX)["share"]
    assert math.isnan(found["sequential", "A/B"])
    assert found["sequential", "Yes/No"] == found["Shapley", "Yes/No"] > 0.2
    flat = decomposition(biased(0.0).assign(steerability=1.0))["share"]
    assert flat.isna().all()


def test_factors_that_say_the_same_share_what_they_explain() -> None:
    table = biased(1.0)
    found = decomposition(table).set_index(INDEX)["share"]
    assert found["sequential", "Yes/No"] == pytest.approx(0)
    assert found["Shapley", "A/B"] == pytest.approx(found["Shapley", "Yes/No"])


def test_variances_add_up_to_that_of_the_slopes() -> None:
    table = biased(0.5)
    found = decomposition(table).set_index(INDEX)["variance"]
    for method in ("sequential", "Shapley"):
        parts = [found[method, name] for name in ("A/B", "Yes/No", "unexplained")]
        assert sum(parts) == pytest.approx(np.var(table["steerability"]))


def test_the_interval_of_nothing_reaches_down_to_nothing() -> None:
    # Noise alone explains 1/n of the variance on average, and resampling adds as much again.
    reached, covered = 0, 0
    for seed in range(40):
        draw = np.random.default_rng(seed)
        table = biased(0.0).head(100).assign(steerability=draw.normal(size=100))
        row = decomposition(table, draws=300).set_index(INDEX).loc[("sequential", "A/B")]
        reached += row["low"] < 0.002
        covered += row["low"] <= row["share"] <= row["high"]
    assert reached >= 34
    assert covered >= 38


def test_an_interval_covers_a_share_that_is_known() -> None:
    hits = 0
    for seed in range(80):
        draw = np.random.default_rng(seed)
        at_a = np.arange(100) % 2 == 0
        slope = np.where(at_a, 0.8, -0.8) + draw.normal(size=100)
        table = biased(0.0, n=100).assign(
            positive_letter=np.where(at_a, "A", "B"), steerability=slope
        )
        row = decomposition(table, draws=300).set_index(INDEX).loc[("sequential", "A/B")]
        hits += row["low"] <= 0.64 / 1.64 <= row["high"]
    assert hits >= 71


def test_planted_biases_are_found_where_they_are() -> None:
    found = decomposition(select(standard_curves())).set_index(["concept", *INDEX])["share"]
    assert found["letter", "sequential", "A/B"] > 0.99
    assert found["yes", "sequential", "Yes/No"] > 0.99
    assert found["strong", "sequential", "explained"] < 0.4
