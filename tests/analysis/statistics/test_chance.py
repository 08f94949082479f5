"""Chance: the null of random vectors, and false discoveries."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from steering.analysis.statistics.chance import (
    beside_random,
    control_means,
    false_discovery,
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
    row = null(table).iloc[0]
    assert row["chance_sd"] == pytest.approx(1.0)  # a standard deviation about the mean would be 0


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


def test_quantiles_are_those_of_probplot_in_units_of_the_spread() -> None:
    table = measured([0.0] * 20)
    found = quantiles(table).sort_values("theoretical")
    means = control_means(table)["mean"].sort_values()
    assert found["observed"].to_list() == pytest.approx(list(means / math.sqrt((means**2).mean())))
    assert found["theoretical"].to_list() == pytest.approx(
        list(stats.norm.ppf((np.arange(40) + 0.5) / 40))
    )


def test_too_few_random_vectors_give_no_null() -> None:
    row = null(measured([2.0] * 5, vectors=4)).iloc[0]
    assert row["vectors"] == 4
    assert row[["chance_sd", "chance_low", "chance_high", "chance_anti_low"]].isna().all()


def test_each_prompt_setting_has_its_own_null() -> None:
    loud = measured([1.0] * 10, sd=3.0).assign(prompt_setting="USER_NEG")
    table = null(pd.concat([measured([1.0] * 10), loud])).set_index("prompt_setting")
    assert table.loc["USER_NEG", "chance_sd"] > 5 * table.loc["BASE", "chance_sd"]


def test_shuffled_labels_are_a_null_of_their_own() -> None:
    table = measured([0.6] * 10)
    drawn = measured([0.6] * 10, vectors=20, sd=0.1)
    drawn = drawn[drawn["direction"] != "contrastive"]
    both = pd.concat([table, drawn.assign(direction="shuffled")])
    wide, narrow = null(both).iloc[0], null(both, "shuffled").iloc[0]
    assert narrow["vectors"] == 20
    assert narrow["chance_sd"] == pytest.approx(
        math.sqrt((control_means(drawn)["mean"] ** 2).mean())
    )
    assert narrow["chance_sd"] < wide["chance_sd"]


def test_other_directions_are_no_random_vectors() -> None:
    table = measured([2.0] * 10)
    kinds = ("resampled", "shuffled", "perturbed", "other", "own_norm", "planted")
    made = table[table["direction"] == "contrastive"]
    crowd = pd.concat([table, *(made.assign(direction=kind) for kind in kinds)])
    assert null(crowd).equals(null(table))


def test_random_vectors_stand_beside_one_vector_of_one_pair_of_settings() -> None:
    table = measured([2.0] * 4)
    other = table[table["direction"] == "contrastive"].assign(vector_setting="SYS_POS")
    away = table.assign(prompt_setting="USER_NEG")
    both = beside_random(pd.concat([table, other, away]))
    pd.testing.assert_frame_equal(both, table)
    lent = beside_random(pd.concat([table, other, away]), vector_setting="SYS_POS")
    assert len(lent) == len(table), "random vectors have the norm of the BASE vector, as it has"
    assert set(lent.loc[lent["direction"] == "contrastive", "vector_setting"]) == {"SYS_POS"}
