"""Sentences about slopes and chance follow the numbers of their rows."""

from __future__ import annotations

import re

import pandas as pd

from steering.analysis.variability import by_concept
from steering.prose.variability import concept_sentences, spread_sentences, steerable_sentences
from steering.records.kinds import OURS, YOURS
from tests.support.many import MANY, MIXED, verdicts
from tests.support.synthetic import standard_curves

ROW = {
    "concept": "tidy",
    "kind": OURS,
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


def test_a_slope_beyond_chance_and_one_within_it() -> None:
    said = concept_sentences(ROW)
    assert "**1.50 logits** on average" in said
    assert "1.20 to 1.80" in said
    assert "**beyond chance**" in said
    assert "wrong way" not in said
    assert "no more than chance" in concept_sentences(ROW | {"beyond_chance": False})
    assert "goes the wrong way" in concept_sentences(ROW | {"mean": -1.5})
    assert "too few random vectors" in concept_sentences(ROW | {"beyond_chance": pd.NA})


def test_how_many_concepts_are_steerable() -> None:
    rows = pd.DataFrame(
        [
            ROW,
            ROW | {"concept": "odd", "kind": YOURS, "mean": -1.0},
            ROW | {"concept": "inert", "kind": YOURS, "beyond_chance": False},
        ]
    )
    said = steerable_sentences(rows)
    assert "beyond chance on 1 of 3 concepts (tidy): 1 of 1 concepts of ours and 0 of 2" in said
    assert "wrong way, beyond chance, on odd." in said
    assert "On inert the vector does no more than a random one." in said


def test_how_many_of_each_kind_are_steered() -> None:
    said = steerable_sentences(verdicts(MIXED, 3))
    assert (
        ": 1 of 2 concepts of ours, 1 of 2 public data sets and 1 of 1 concepts of yours." in said
    )


def test_what_was_planted_is_told() -> None:
    found = by_concept(standard_curves())
    steerable = steerable_sentences(found)
    assert "beyond chance on 4 of 6 concepts (letter, strong, weak and yes)." in steerable
    assert "On inert and reversed the vector does no more than a random one." in steerable
    assert "Among the concepts steered beyond chance, " in spread_sentences(found)


def test_of_many_concepts_a_sentence_names_the_ends() -> None:
    said = steerable_sentences(verdicts(MANY, 10))
    assert "beyond chance on 10 of 27 concepts." in said
    assert "On 17 concepts, from c26 (mean slope 1.00) to c10 (17.00), the vector does no" in said
    assert len(re.findall(r"\bc\d\d\b", said)) == 2
    wrong = verdicts(MANY, 10).assign(mean=lambda table: -table["mean"])
    assert "wrong way, beyond chance, on 10 concepts, from c00" in steerable_sentences(wrong)
