"""Chance: the null of random vectors, tests against it, and false discoveries."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from steering.analysis.statistics.chance import (
    against_chance,
    control_means,
    false_discovery,
    items_against_chance,
    null,
    quantiles,
)
from steering.records.kinds import YOURS

PLACE = {"model": "wren", "concept": "mine", "kind": YOURS, "prompt_setting": "BASE", "layer": 4}


def measured(contrastive: list[float], vectors: int = 40, sd: float = 0.3) -> pd.DataFrame:
    """Curves under a contrastive vector, and under random ones whose slopes items share."""
    items = range(len(contrastive))
    draw = np.random.default_rng(0)
    rows = [("contrastive", 0, item, slope) for item, slope in enumerate(contrastive)]
    for number in range(vectors):
        shared = draw.normal(0, sd)
        rows += [("random", number, item, shared + draw.normal(0, 0.1)) for item in items]
    table = pd.DataFrame(rows, columns=["direction", "number", "item", "steerability"])
    return table.assign(**PLACE, vector_setting="BASE", order=0)


def test_the_null_has_mean_zero_and_the_spread_of_the_vectors_means() -> None:
    table = measured([0.0] * 20)
    means = control_means(table)["mean"]
    row = null(table).iloc[0]
    assert row["vectors"] == 40
    assert row["chance_sd"] == pytest.approx(math.sqrt((means**2).mean()))
    assert row["chance_high"] == pytest.approx(row["chance_sd"] * stats.t.ppf(0.975, 40))
    assert row["chance_low"] == -row["chance_high"]
    # The items of a vector move together: the spread over items would be far too small.
    assert row["chance_sd"] > 0.2


def test_all_random_vectors_to_one_side_are_still_chance_about_zero() -> None:
    table = measured([1.0] * 5)
    random = table["direction"] == "random"
    table.loc[random, "steerability"] = 1.0
    row = against_chance(table).iloc[0]
    assert row["chance_sd"] == pytest.approx(1.0)  # a standard deviation about the mean would be 0
    assert row["p"] == pytest.approx(2 * stats.t.sf(1, 40))


@pytest.mark.parametrize(("slope", "beyond"), [(2.0, True), (-2.0, True), (0.1, False)])
def test_the_test_is_two_sided(slope: float, beyond: bool) -> None:
    row = against_chance(measured([slope] * 10)).iloc[0]
    assert row["mean"] == pytest.approx(slope)
    assert row["p"] == pytest.approx(2 * stats.t.sf(2 * abs(slope) / 2 / row["chance_sd"], 40))
    assert row["beyond_chance"] == beyond


def test_false_discoveries_are_benjamini_and_hochbergs() -> None:
    p = pd.Series([0.001, 0.04, np.nan, 0.03, 0.5], index=[5, 3, 8, 1, 0])
    q = false_discovery(p)
    theirs = multipletests(p.dropna(), method="fdr_bh")[1]
    assert q.dropna().to_list() == pytest.approx(list(theirs))
    assert math.isnan(q[8])
    group = pd.Series(["a", "a", "a", "b", "b"], index=p.index)
    within = false_discovery(p, within=[group])
    assert within[3] == pytest.approx(0.04)
    assert within[0] == pytest.approx(0.5)
    assert within[1] == pytest.approx(0.06)


def test_what_is_shown_together_is_tested_together() -> None:
    one = measured([0.6] * 10)
    many = pd.concat([one] + [measured([0.0] * 10).assign(concept=f"c{n}") for n in range(9)])
    alone = against_chance(one).iloc[0]
    among = against_chance(many).set_index("concept").loc["mine"]
    assert among["p"] == alone["p"]
    assert among["q"] == pytest.approx(10 * alone["p"])


def test_too_few_random_vectors_give_no_verdict() -> None:
    table = measured([2.0] * 5, vectors=4)
    row = against_chance(table).iloc[0]
    assert row["vectors"] == 4
    assert math.isnan(row["p"])
    assert row["beyond_chance"] is pd.NA
    none = against_chance(table[table["direction"] == "contrastive"]).iloc[0]
    assert none["beyond_chance"] is pd.NA
    items = items_against_chance(table)
    assert items["anti_steerable_beyond_chance"].isna().all()


def test_an_item_is_beyond_chance_by_its_own_random_slopes() -> None:
    table = measured([3.0, -3.0, 0.1, -0.1])
    quiet = (table["item"] == 3) & (table["direction"] != "contrastive")
    table.loc[quiet, "steerability"] *= 0.01  # random vectors hardly move this item
    items = items_against_chance(table).set_index("item")
    assert items["steerable_beyond_chance"].to_list() == [True, False, False, False]
    assert items["anti_steerable_beyond_chance"].to_list() == [False, True, False, True]
    pooled = items_against_chance(table, pooled=True).set_index("item")
    assert pooled["anti_steerable_beyond_chance"].to_list() == [False, True, False, False]
    assert pooled["chance_sd"].nunique() == 1


def test_an_inert_concept_has_no_items_beyond_chance_though_half_are_below_zero() -> None:
    draw = np.random.default_rng(1)
    table = measured(list(draw.normal(0, 0.3, 100)))
    items = items_against_chance(table)
    assert 0.3 < (items["steerability"] < 0).mean() < 0.7
    assert items["anti_steerable_beyond_chance"].mean() <= 0.02


def test_quantiles_are_those_of_probplot_in_units_of_the_spread() -> None:
    table = measured([0.0] * 20)
    found = quantiles(table).sort_values("theoretical")
    means = control_means(table)["mean"].sort_values()
    assert found["observed"].to_list() == pytest.approx(list(means / math.sqrt((means**2).mean())))
    assert found["theoretical"].to_list() == pytest.approx(
        list(stats.norm.ppf((np.arange(40) + 0.5) / 40))
    )


def test_each_prompt_setting_has_its_own_null() -> None:
    table = pd.concat(
        [
            measured([1.0] * 10),
            measured([1.0] * 10, sd=3.0).assign(prompt_setting="USER_NEG"),
            measured([1.0] * 10, vectors=0).assign(vector_setting="SYS_POS"),
        ]
    )
    found = against_chance(table).set_index(["vector_setting", "prompt_setting"])
    assert found.loc[("BASE", "BASE"), "beyond_chance"]
    assert not found.loc[("BASE", "USER_NEG"), "beyond_chance"]
    # The vector of another setting has the norm of the BASE vector: the null is the same.
    assert found.loc[("SYS_POS", "BASE"), "p"] == found.loc[("BASE", "BASE"), "p"]


def test_a_direction_planted_at_another_layer_is_not_tested_against_this_one() -> None:
    table = measured([2.0] * 10)
    planted = table[table["direction"] == "contrastive"].assign(direction="planted", layer=6)
    found = against_chance(pd.concat([table, planted])).set_index("direction")
    assert found.loc["planted", "beyond_chance"] is pd.NA
    assert found.loc["contrastive", "beyond_chance"]


def test_the_verdict_on_a_vector_does_not_hang_on_what_stands_beside_it() -> None:
    table = measured([0.6] * 10)
    planted = table[table["direction"] == "contrastive"].assign(
        direction="planted", steerability=0.0
    )
    beside = against_chance(pd.concat([table, planted])).set_index("direction")
    assert beside.loc["contrastive", "q"] == against_chance(table)["q"].iloc[0]


def test_controls_are_not_tested_as_effects() -> None:
    table = measured([2.0] * 10)
    kinds = ("resampled", "shuffled", "perturbed", "other", "own_norm")
    made = table[table["direction"] == "contrastive"]
    crowd = pd.concat([table, *(made.assign(direction=kind) for kind in kinds)])
    assert against_chance(crowd).equals(against_chance(table))
    assert items_against_chance(crowd).equals(items_against_chance(table))


def test_shuffled_labels_are_a_null_of_their_own() -> None:
    table = measured([0.6] * 10)
    drawn = measured([0.6] * 10, vectors=20, sd=0.1)
    drawn = drawn[drawn["direction"] != "contrastive"]
    both = pd.concat([table, drawn.assign(direction="shuffled")])
    wide, narrow = against_chance(both).iloc[0], against_chance(both, "shuffled").iloc[0]
    assert narrow["vectors"] == 20
    assert narrow["chance_sd"] == pytest.approx(
        math.sqrt((control_means(drawn)["mean"] ** 2).mean())
    )
    assert narrow["p"] == pytest.approx(2 * stats.t.sf(0.6 / narrow["chance_sd"], 20))
    assert narrow["p"] < wide["p"]
