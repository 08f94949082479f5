"""Whether the vector moves the answer."""

from __future__ import annotations

import pandas as pd
import pytest

from steering.analysis.answering import answering
from steering.analysis.curves import curve_table
from steering.analysis.verdict import outcomes
from steering.analysis.verdict.movement import steering_verdicts
from tests.support.synthetic import Design, results, standard_answers, standard_curves


def outcome_of(table: pd.DataFrame, direction: str = "contrastive") -> dict[str, str]:
    return table[table["direction"] == direction].set_index("concept")["outcome"].to_dict()


def test_planted_effects_are_found_and_an_inert_vector_is_not() -> None:
    table = steering_verdicts(standard_curves(), standard_answers())
    assert outcome_of(table) == {
        "strong": outcomes.MOVES,
        "weak": outcomes.MOVES,
        "inert": outcomes.CHANCE,
        "reversed": outcomes.CHANCE,  # its questions cancel: the interval of the mean holds zero
        "letter": outcomes.MOVES,
        "yes": outcomes.MOVES,
    }
    assert outcome_of(table, "planted")["strong"] == outcomes.MOVES
    inert = table[table["concept"] == "inert"].iloc[0]
    assert inert["least"] > abs(inert["estimate"]), "more would have been told from chance"


def test_an_effect_to_the_other_side_is_the_wrong_way() -> None:
    turned = results({"turned": Design(-2.0, group_sd=0.1)})
    table = steering_verdicts(curve_table(turned), answering(turned))
    assert outcome_of(table) == {"turned": outcomes.WRONG_WAY}
    assert table["family"].to_list() == [1, 1], "a run alone is a family of one, for each vector"


def test_a_model_that_does_not_answer_gets_no_verdict_about_steering() -> None:
    """The rule of before said of such a model that it cannot be steered."""
    answers = standard_answers()
    silent = answers.assign(
        answers=answers["concept"] != "strong",
        reason=answers["reason"].mask(answers["concept"] == "strong", "it names one letter"),
    )
    table = steering_verdicts(standard_curves(), silent)
    row = table[(table["concept"] == "strong") & (table["direction"] == "contrastive")].iloc[0]
    assert row["outcome"] == outcomes.NO_ANSWER
    assert row["reason"] == "it names one letter"
    assert pd.isna(row["p"])
    assert row["estimate"] == pytest.approx(2.2, abs=0.2), "its slope is told all the same"
    others = table[(table["concept"] != "strong") & (table["direction"] == "contrastive")]
    assert set(others["family"]) == {5}, "it is not in the family of those that are tested"


def test_what_random_vectors_exceed_but_shuffled_labels_do_not_is_not_claimed() -> None:
    """A public set of a real chat model was called steerable, beyond chance, on such a slope."""
    curves = standard_curves()
    weak = curves[curves["concept"] == "weak"]
    is_random = weak["direction"] == "random"
    is_shuffled = weak["direction"] == "shuffled"
    slope = weak["steerability"].mask(is_random, weak["steerability"] * 0.01)
    slope = slope.mask(is_shuffled, weak["steerability"] * 10)
    table = steering_verdicts(weak.assign(steerability=slope), standard_answers())
    assert outcome_of(table) == {"weak": outcomes.CHANCE}


def test_too_little_data_comes_before_all_else() -> None:
    curves = standard_curves()
    groups = curves.groupby("concept")["group"].unique().map(lambda names: set(names[:9]))
    few = curves[[g in groups[c] for g, c in zip(curves["group"], curves["concept"], strict=True)]]
    table = steering_verdicts(few, standard_answers().assign(answers=False))
    assert set(table["outcome"]) == {outcomes.TOO_LITTLE}
    assert table["reason"].str.startswith("9 groups of test items").all()
