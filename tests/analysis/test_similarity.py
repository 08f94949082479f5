"""Cosines of vectors, and what steering keeps between prompts."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from scipy import stats

from steering.analysis.answering import unsteered
from steering.analysis.curves import curve_table
from steering.analysis.similarity import (
    cosines,
    relative_steerability,
    similarity_agreement,
)
from steering.records.kinds import OURS, PUBLIC
from steering.records.tables import SETTINGS
from tests.support.synthetic import standard, standard_curves

CARD = {
    "model": {"name": "wren"},
    "concept": {"name": "tidy"},
    "layer": 4,
    "cosines": {"BASE": 1.0, "USER_NEG": 0.9},
    "cosine_planted": None,
}


def test_cosines_are_those_of_the_card() -> None:
    found = cosines([CARD])
    assert found["vector_setting"].to_list() == ["BASE", "USER_NEG"]
    assert found["cosine"].to_list() == [1.0, 0.9]
    assert all(map(math.isnan, found["cosine_planted"]))
    whole = cosines(standard().cards)
    assert set(whole["vector_setting"]) == set(SETTINGS)
    assert whole["cosine_planted"].eq(0.8).all()


def test_unsteered_propensities_are_those_at_zero_once_a_prompt() -> None:
    found = unsteered(standard())
    assert not found.duplicated(["concept", "prompt_setting", "item", "order"]).any()
    assert found["propensity"].eq(0.5).all()


def test_relative_steerability_is_that_of_the_prompts_own_vector() -> None:
    table = standard_curves()
    key = ["vector_setting", "prompt_setting", "direction"]
    worse = (table[key] == ["BASE", "USER_NEG", "contrastive"]).all(axis=1)
    table = table.assign(steerability=table["steerability"].mask(worse, table["steerability"] / 4))
    found = relative_steerability(table, standard()).set_index(
        ["concept", "vector_setting", "prompt_setting"]
    )
    row = found.loc[("strong", "BASE", "USER_NEG")]
    assert row["relative"] == pytest.approx(0.25, abs=0.01)
    assert row["low"] < row["relative"] < row["high"] < 0.3
    assert found.loc[("strong", "BASE", "SYS_POS"), "relative"] == pytest.approx(1, abs=0.02)
    assert not (
        found.index.get_level_values("vector_setting")
        == found.index.get_level_values("prompt_setting")
    ).any()


def test_vectors_of_one_setting_in_prompts_of_others_have_none_beside_them() -> None:
    """As they are read: the two columns of settings are categories, and not the same ones."""
    results = standard()
    made = results.steerability["vector_setting"] == "BASE"
    words = dict.fromkeys(("vector_setting", "prompt_setting"), "category")
    slopes = results.steerability[made].astype(words)
    assert slopes["vector_setting"].cat.categories.size == 1
    assert slopes["prompt_setting"].cat.categories.size == len(SETTINGS)
    own = dataclasses.replace(results, steerability=slopes)
    assert relative_steerability(curve_table(own), own).empty


def test_nothing_is_divided_by_a_slope_below_the_threshold() -> None:
    found = relative_steerability(standard_curves(), standard())
    assert "inert" not in set(found["concept"])
    assert "strong" in set(found["concept"])
    none = relative_steerability(standard_curves(), standard(), threshold=10)
    assert none.empty
    assert similarity_agreement(none).empty


def test_the_change_of_propensity_is_per_item_and_has_a_direction() -> None:
    results = standard()
    moved = results.sweep["propensity"] + np.where(
        results.sweep["prompt_setting"] == "USER_POS",
        np.where(results.sweep["item"] % 2 == 0, 3.0, -1.0),
        0.0,
    )
    other = dataclasses.replace(results, sweep=results.sweep.assign(propensity=moved))
    found = relative_steerability(standard_curves(), other).set_index(
        ["concept", "vector_setting", "prompt_setting"]
    )
    there = found.loc[("strong", "BASE", "USER_POS")]
    assert there["propensity_change"] == pytest.approx(1.0)
    assert there["propensity_distance"] == pytest.approx(2.0)
    back = found.loc[("strong", "USER_POS", "BASE")]
    assert back["propensity_change"] == pytest.approx(-1.0)
    assert back["propensity_distance"] == pytest.approx(2.0)


def test_agreement_counts_concepts_and_not_pairs() -> None:
    found = relative_steerability(standard_curves(), standard())
    draw = np.random.default_rng(0)
    found = found.assign(propensity_distance=draw.normal(size=len(found)))
    row = similarity_agreement(found).iloc[0]
    rho = stats.spearmanr(found["propensity_distance"], found["relative"]).statistic
    assert row["rho"] == pytest.approx(rho)
    assert row["pairs"] == len(found)
    assert row["concepts"] == found["concept"].nunique() < 6
    assert row["high"] - row["low"] > 1


def test_kinds_are_not_ranked_together() -> None:
    made = relative_steerability(standard_curves(), standard())
    ours = made["concept"].isin(["strong", "weak"])
    mixed = made.assign(kind=ours.map({True: OURS, False: PUBLIC}))
    found = similarity_agreement(mixed).set_index("kind")
    assert found["pairs"].sum() == len(made)
    assert found.loc[OURS, "concepts"] == 2
    assert math.isnan(found.loc[OURS, "low"])
