"""Captions say what was looked at and what was resampled as the table says it, and nothing more."""

from __future__ import annotations

import pandas as pd
import pytest

from steering.analysis import brittleness, controls, examples
from steering.analysis.across import concept_means
from steering.analysis.layers import layer_slopes
from steering.analysis.letters import by_answer, position_bias
from steering.analysis.statistics import training_pairs
from steering.analysis.variability import by_concept
from steering.clone import measured_folder
from steering.prose import scope
from steering.records.run_card import read_card
from tests.support.many import MANY, MIXED, verdicts
from tests.support.synthetic import standard, standard_curves

BOTH = "95 %, by resampling groups of test items and of training pairs"
ALONE = "95 %, by resampling groups of test items alone"


@pytest.fixture(scope="module")
def curves() -> pd.DataFrame:
    table = standard_curves()
    return table[table["concept"].isin(["strong", "letter"])]


def test_in_distribution_training_pairs_are_named(curves: pd.DataFrame) -> None:
    for rows in (
        by_concept(curves),
        by_answer(curves),
        position_bias(curves),
        brittleness.in_and_out(curves),
    ):
        assert scope.resampling(rows) == BOTH
    # Resampled vectors have slopes, but are measured at other λ than the curves that are drawn.
    drawn = examples.example_curves(curves, standard())
    assert scope.resampling(drawn) == ALONE
    assert "and the spread between training pairs" in scope.shares_resampling(by_concept(curves))


def test_of_few_groups_the_intervals_of_spreads_are_said_to_be_narrow() -> None:
    rows = pd.DataFrame({"vectors_resampled": [20, 20], "groups": [50, 20]})
    assert scope.spread_resampling(rows) == BOTH
    few = scope.spread_resampling(rows.assign(groups=[50, 19]))
    assert few.startswith(f"{BOTH}; of fewer than 20 groups")


def test_without_resampled_vectors_they_are_not(curves: pd.DataFrame) -> None:
    few = curves[~training_pairs.is_resampled(curves["direction"])]
    found = by_concept(few)
    assert scope.resampling(found) == scope.ITEMS_ALONE == ALONE
    assert "training" not in scope.shares_resampling(found)
    away = brittleness.shift_matrix(curves).query("prompt_setting == 'USER_NEG'")
    assert scope.resampling(away) == ALONE


def test_where_some_rows_know_of_them_it_says_which(curves: pd.DataFrame) -> None:
    in_distribution = "; in distribution, of training pairs as well"
    for rows in (brittleness.shift_matrix(curves), concept_means(curves)):
        assert scope.resampling(rows).endswith(in_distribution)
    shifted = brittleness.shift_matrix(curves)
    shifted.loc[shifted["prompt_setting"] == "USER_NEG", "vectors_resampled"] = 20
    assert scope.resampling(shifted).endswith(
        "; in distribution and in the paper's shifts, of training pairs as well"
    )
    assert "of the contrastive vector" in scope.resampling(controls.controls(curves))
    lacking = (curves["concept"] == "strong") & training_pairs.is_resampled(curves["direction"])
    some = curves[~lacking]
    told = scope.resampling(concept_means(some))
    assert told.endswith(f"{in_distribution} where they were resampled")
    assert "where vectors of resampled training pairs were measured" in scope.resampling(
        by_concept(some)
    )


def test_captions_say_how_many_concepts_are_told_apart() -> None:
    few, many = verdicts(MIXED, 0), verdicts(MIXED | MANY, 0)
    assert scope.marks(few, "furthest") == ""
    assert scope.marks(many, "furthest") == (
        " Full: concepts of ours; hollow: public data sets and concepts of yours."
        " Named are some of those furthest."
    )
    assert scope.marks(many, "furthest", mixed=False) == " Named are some of those furthest."
    layers = layer_slopes(standard())
    assert scope.layers_marked(layers).startswith("Rings")
    assert scope.layer_bands(layers).startswith("bands")
    again = pd.concat([layers, layers.assign(concept=layers["concept"] + "2")])
    assert scope.layers_marked(again).startswith("Frames")
    assert scope.layer_bands(again).startswith("none")


def test_how_a_run_was_measured_is_told_from_its_card() -> None:
    card = read_card(next(iter(sorted(measured_folder().glob("runs/wren/*/card.json")))).parent)
    told = scope.measured(card)
    assert told.startswith(f"The vector comes from {card['items']['train']} training items")
    assert f"decoder block {card['layer']} (counted from 0, of {card['model']['layers']}" in told
    assert f"tested on {card['items']['test']} items" in told


def test_it_is_said_how_much_was_looked_at() -> None:
    table = standard_curves()
    assert "40 items in both orders, of 10 groups" in scope.observed(table)
    assert scope.observed(table).startswith("6 concepts, each with ")
    one = table[(table["concept"] == "weak") & (table["order"] == 0)]
    assert scope.observed(one) == "40 items in one order, of 10 groups"
    fewer = table[(table["concept"] != "weak") | (table["item"] > table["item"].median())]
    assert " to 40 items in both orders" in scope.observed(fewer)
    assert scope.observed_on(standard(), "validation").startswith("8 validation items")
