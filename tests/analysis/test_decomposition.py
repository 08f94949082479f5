"""Shares of variance are those of regressions, and their intervals hold what is known."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from statsmodels.api import OLS, add_constant

from steering.analysis.curves import select
from steering.analysis.decomposition import decomposition, one_order
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


def with_neither(share: float, correlated: float = 0.5) -> pd.DataFrame:
    """Slopes of which some have neither Yes nor No, which pushes them down by 2."""
    table = biased(correlated)
    neither = np.random.default_rng(1).random(len(table)) < share
    return table.assign(
        positive_is_yes=table["positive_is_yes"].mask(neither),
        steerability=table["steerability"] - 2 * neither,
    )


@pytest.mark.parametrize("share", [0.02, 0.15, 0.9])
def test_yes_no_and_neither_are_three_levels_of_one_factor(share: float) -> None:
    table = with_neither(share)
    levels = table["positive_is_yes"].map({True: "Yes", False: "No"}).fillna("neither")
    words = pd.get_dummies(levels, drop_first=True, dtype=float)
    assert words.shape[1] == 2
    letter = (table["positive_letter"] == "A").astype(float)

    def explained(*columns: pd.Series | pd.DataFrame) -> float:
        model = OLS(table["steerability"], add_constant(np.column_stack(columns)))
        return float(model.fit().rsquared)

    found = decomposition(table).set_index(INDEX)["share"]
    alone, both = explained(letter), explained(letter, words)
    assert found["sequential", "A/B"] == pytest.approx(alone)
    assert found["sequential", "Yes/No"] == pytest.approx(both - alone)
    assert found["sequential", "explained"] == pytest.approx(both)
    word = explained(words)
    assert found["Shapley", "A/B"] == pytest.approx((alone + both - word) / 2)
    assert found["Shapley", "Yes/No"] == pytest.approx((word + both - alone) / 2)


def test_a_few_items_without_yes_or_no_do_not_take_the_share_of_the_others() -> None:
    # The old rule gave the word no share as soon as one item had neither, as in the risk sets.
    most = decomposition(with_neither(0.15, correlated=0.0)).set_index(INDEX)
    row = most.loc[("sequential", "Yes/No")]
    assert row["share"] > 0.2
    assert row["low"] > 0.1


@pytest.mark.parametrize("word", [True, False])
def test_a_word_that_is_always_the_same_has_no_share(word: bool) -> None:
    table = biased(0.0).assign(positive_is_yes=pd.array([word] * 400, dtype="boolean"))
    found = decomposition(table).set_index(INDEX)
    assert found.loc[(slice(None), "Yes/No"), ["share", "low", "high"]].isna().all(axis=None)


def test_one_word_against_neither_is_a_factor() -> None:
    table = biased(0.0)
    table["positive_is_yes"] = table["positive_is_yes"].mask(~table["positive_is_yes"])
    assert decomposition(table).set_index(INDEX)["share"]["sequential", "Yes/No"] > 0.2


def test_a_factor_that_never_changes_has_no_share() -> None:
    found = decomposition(biased(0.0).assign(positive_letter="A")).set_index(INDEX)["share"]
    assert math.isnan(found["sequential", "A/B"])
    assert found["sequential", "Yes/No"] == pytest.approx(found["Shapley", "Yes/No"])
    assert found["Shapley", "Yes/No"] > 0.2
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


def test_the_interval_of_nothing_holds_nothing() -> None:
    # Noise alone explains 1/n of the variance on average, and resampling adds as much again: the
    # percentiles of shares, even bias-corrected, were above zero in all of these.
    held = 0
    for seed in range(60):
        draw = np.random.default_rng(seed)
        table = biased(0.0).head(100).assign(steerability=draw.normal(size=100))
        row = decomposition(table, draws=300).set_index(INDEX).loc[("sequential", "A/B")]
        held += row["low"] == 0
        assert row["low"] <= row["share"] <= row["high"]
    assert 53 <= held < 60


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


@pytest.mark.parametrize("correlated", [0.0, 0.7])
def test_with_both_orders_it_does_not_matter_which_factor_enters_first(correlated: float) -> None:
    once = biased(correlated)
    turned = once["positive_letter"].map({"A": "B", "B": "A"})
    noise = np.random.default_rng(2).normal(size=len(once))
    again = once.assign(positive_letter=turned, steerability=once["steerability"] + noise)
    found = decomposition(pd.concat([once, again], ignore_index=True)).set_index(INDEX)["share"]
    assert found["sequential"].to_numpy() == pytest.approx(found["Shapley"].to_numpy(), abs=1e-12)


def in_both_orders(letters: list[str], words: list[bool | None]) -> pd.DataFrame:
    """Curves of items whose positive answer stands at these letters in order 0, in both orders."""
    orders = [letters, ["B" if letter == "A" else "A" for letter in letters]]
    tables = [
        pd.DataFrame(
            {
                "model": "wren",
                "concept": "mine",
                "kind": YOURS,
                "item": range(len(letters)),
                "order": order,
                "positive_letter": at,
                "positive_is_yes": pd.array(words, dtype="boolean"),
            }
        )
        for order, at in enumerate(orders)
    ]
    return pd.concat(tables, ignore_index=True)


def test_published_choices_are_taken_in_the_published_order() -> None:
    curves = in_both_orders(["A", "B", "A", "B"], [True, True, None, False])
    assert one_order(curves)["order"].to_list() == [0] * 4
    without = in_both_orders(["A", "B"], [None, None])
    assert one_order(without)["order"].to_list() == [0, 0]


@pytest.mark.parametrize("words", [[True, False] * 8, [True] * 8 + [False] * 8])
def test_where_the_choices_are_ours_the_one_order_alternates(words: list[bool]) -> None:
    curves = in_both_orders(["A" if word else "B" for word in words], words)
    kept = one_order(curves)
    assert sorted(kept["item"]) == list(range(16))
    # Letter and word stand in all four combinations equally often.
    assert set(kept.groupby(["positive_letter", "positive_is_yes"]).size()) == {4}


def test_every_vector_is_taken_in_the_same_order_of_an_item() -> None:
    curves = in_both_orders(["A", "B"] * 4, [True, False] * 4)
    both = pd.concat([curves.assign(direction="a"), curves.iloc[::-1].assign(direction="b")])
    kept = one_order(both.reset_index(drop=True)).sort_values("item")
    first, second = (kept.query("direction == @name")["order"].to_list() for name in "ab")
    assert first == second
    assert len(first) == 8


def test_planted_biases_are_found_in_one_order_too() -> None:
    found = decomposition(one_order(standard_curves())).set_index(["concept", *INDEX])
    assert (found["n"] == 40).all()
    share = found["share"]
    assert share["letter", "sequential", "A/B"] > 0.95
    assert share["yes", "sequential", "Yes/No"] > 0.95


def test_planted_biases_are_found_where_they_are() -> None:
    found = decomposition(select(standard_curves())).set_index(["concept", *INDEX])["share"]
    assert found["letter", "sequential", "A/B"] > 0.99
    assert found["yes", "sequential", "Yes/No"] > 0.99
    assert found["strong", "sequential", "explained"] < 0.4
