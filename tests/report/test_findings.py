"""Sentences follow the numbers: each is held against rows in which the answer is known."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from synthetic import standard, standard_curves

from steering.analysis import brittleness, validation, variability
from steering.report import findings, listings, scope, words

ROW = {
    "concept": "tidy",
    "mean": 1.5,
    "low": 1.2,
    "high": 1.8,
    "chance_high": 0.1,
    "beyond_chance": True,
    "anti_steerable": 0.12,
    "anti_steerable_low": 0.08,
    "anti_steerable_high": 0.2,
    "anti_steerable_beyond_chance": 0.1,
    "anti_steerable_beyond_chance_low": 0.06,
    "anti_steerable_beyond_chance_high": 0.17,
    "chance_anti_low": 0.4,
    "chance_anti_high": 0.6,
}


@pytest.mark.parametrize(
    ("value", "shown"),
    [(1.005, "1.00"), (-1.234, "−1.23"), (-0.001, "0.00"), (math.nan, "–")],
)
def test_numbers_as_the_pages_print_them(value: float, shown: str) -> None:
    assert words.number(value) == shown


def test_a_number_without_an_interval_stands_alone() -> None:
    names = ("mean", "low", "high")
    assert words.within({"mean": 1.0, "low": math.nan, "high": math.nan}, names) == "1.00"
    assert words.within(dict.fromkeys(names, math.nan), names) == "–"
    assert words.share(-0.001) == "0\u202f%"
    assert words.share(-0.02) == "−2\u202f%"


def test_a_number_and_its_percent_stand_together() -> None:
    shown = words.table(pd.DataFrame({"a": ["5 %"]}), {"Of it (95 %)": "a"}).data
    assert " %" not in shown
    assert shown.count("\u202f%") == 2


def test_both_ends_of_an_interval_share_their_percent() -> None:
    assert words.interval(0.01, 0.2, words.share) == "1 to 20\u202f%"
    assert words.interval(0.01, math.nan, words.share) == "1\u202f% to –"
    assert words.interval(-1, 2) == "−1.00 to 2.00"


def test_a_long_table_is_folded_and_whole() -> None:
    columns: dict[str, words.Column] = {"Concept": "concept"}
    most = pd.DataFrame({"concept": [f"c{k}" for k in range(words.LONG)]})
    assert words.table(most, columns).data.startswith("| Concept |")
    longer = pd.concat([most, most.head(1)])
    folded = words.table(longer, columns).data
    assert folded.startswith("<details")
    assert f"({words.LONG + 1} rows)" in folded
    assert words.table(most, columns).data in folded
    assert folded.endswith("\n\n</details>")


def test_names_in_a_sentence() -> None:
    assert words.listed(["a"]) == "a"
    assert words.listed(["a", "b", "c"]) == "a, b and c"
    assert words.counted(["a"], 3, "concept") == "1 of 3 concepts (a)"
    assert words.counted(["a"], 1, "concept") == "1 of 1 concept"


def test_words_of_others_are_only_words() -> None:
    shown = words.escaped("<b>|x|</b> [a](b)\n`c` &amp;")
    assert not set("<>|[]`\n") & set(shown)
    assert words.escaped(math.nan) == "–"


def test_a_slope_beyond_chance_and_one_within_it() -> None:
    said = findings.concept_found(ROW)
    assert "**1.50 logits** on average" in said
    assert "1.20 to 1.80" in said
    assert "**beyond chance**" in said
    assert "wrong way" not in said
    assert "no more than chance" in findings.concept_found(ROW | {"beyond_chance": False})
    assert "goes the wrong way" in findings.concept_found(ROW | {"mean": -1.5})
    assert "too few random vectors" in findings.concept_found(ROW | {"beyond_chance": pd.NA})


def test_a_push_towards_a_letter() -> None:
    bias = {"mean": -0.4, "low": -0.6, "high": -0.2}
    assert "also pushes towards the letter B" in findings.answer_found(bias, 1.5)
    none = findings.answer_found(bias | {"high": 0.1}, 1.5)
    assert "does not push towards either letter" in none
    assert "The mean slope is 1.50." in none


def test_how_many_concepts_are_steerable() -> None:
    rows = pd.DataFrame(
        [
            ROW,
            ROW | {"concept": "odd", "mean": -1.0},
            ROW | {"concept": "inert", "beyond_chance": False},
        ]
    )
    said = findings.steerable_found(rows)
    assert "beyond chance on 1 of 3 concepts (tidy): 1 of 1 concepts of ours and 0 of 2" in said
    assert "wrong way, beyond chance, on odd." in said
    assert "On inert the vector does no more than a random one." in said


def test_sentences_about_planted_results_say_what_was_planted() -> None:
    curves, results = standard_curves(), standard()
    found = variability.by_concept(curves)
    steerable = findings.steerable_found(found)
    assert "beyond chance on 4 of 6 concepts (letter, strong, weak and yes)." in steerable
    assert "On inert and reversed the vector does no more than a random one." in steerable
    assert "Among the concepts steered beyond chance, " in findings.spread_found(found)
    assert "most on letter: 2.5" in findings.letters_found(variability.position_bias(curves))
    shifted = brittleness.in_and_out(curves)
    found = variability.by_concept(standard_curves())
    assert "lower in" in findings.brittle_found(shifted, found)
    assert "least for strong under" in findings.brittle_found(shifted, found)
    assert "6 concepts)" in findings.agreement_found(brittleness.rank_agreement(shifted))
    pooled = validation.recovery(curves, pooled=True)
    assert "correlate with planted ones at **1.000**" in findings.recovery_found(pooled)
    bias = variability.position_bias(curves)
    said = findings.headlines(found, shifted, bias, pooled)
    assert said.count("\n- ") == 3
    assert "](models/wren/validation.ipynb)" in said
    assert "40 items in both orders, of 10 groups" in scope.observed(curves)
    assert scope.observed_on(results, "validation").startswith("8 validation items")


def test_one_model_and_two() -> None:
    found = variability.by_concept(standard_curves())
    assert "This report has one model" in findings.models_found(found)
    two = pd.concat([found, found.assign(model="finch")])
    assert "This report has one model" not in findings.models_found(two)
    assert "| Concept | wren | finch |" in listings.model_table(two).data


def test_without_shifts_or_truth_the_pages_say_so() -> None:
    curves = standard_curves()
    base = curves[curves["prompt_setting"] == "BASE"]
    found = variability.by_concept(base)
    assert findings.brittle_found(brittleness.in_and_out(base), found).startswith("No shift")
    unknown = validation.recovery(curves.assign(planted_steerability=math.nan), pooled=True)
    assert findings.recovery_found(unknown) == "Nothing is planted for these concepts."


def test_nothing_is_left_of_a_slope_that_may_be_chance() -> None:
    """The interval of a slope can leave out zero where random vectors do as much."""
    shifted = brittleness.in_and_out(standard_curves())
    found = variability.by_concept(standard_curves())
    assert (shifted["in_low"] > 0).any()
    none = found.assign(beyond_chance=pd.array([False] * len(found), dtype="boolean"))
    said = findings.brittle_found(shifted, none)
    assert said.endswith("In distribution no vector steers beyond chance here.")
    weak = found.assign(beyond_chance=found["concept"] == "weak")
    assert "least for weak under" in findings.brittle_found(shifted, weak)


def test_replies_stand_side_by_side() -> None:
    reply = {"item": 1, "statement": "I sort.", "multiplier": 1.0, "text": "I | do."}
    card = {"generations": [reply, reply | {"multiplier": -1.0, "text": "<no>"}]}
    lines = listings.replies(card).data.splitlines()
    assert lines[0] == "| λ | “I sort&#46;” |"
    assert lines[2:] == ["| −1.00 | &#60;no&#62; |", "| 1.00 | I &#124; do&#46; |"]
    assert "No replies" in listings.replies({}).data
    ours = listings.replies({"generations": [], "committed": {"machine": {}}}).data
    assert ours.startswith("Replies are left out: these results come with the project")
