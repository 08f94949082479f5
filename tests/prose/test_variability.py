"""Sentences about what a vector does say the verdict first, and then its numbers."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pytest

from steering.analysis.change import change_at
from steering.analysis.curves import select
from steering.analysis.variability import by_concept
from steering.analysis.verdict.outcomes import (
    CHANCE,
    MOVES,
    NO_ANSWER,
    OUTCOMES,
    STEERING,
    TOO_LITTLE,
    WRONG_WAY,
    is_moved,
    of_claim,
)
from steering.analysis.verdict.table import with_outcomes
from steering.prose.variability import (
    concept_sentences,
    concept_table,
    question_sentences,
    spread_sentences,
    variance_finding,
)
from steering.prose.words import number
from steering.records.kinds import OURS, PUBLIC
from tests.support.synthetic import DESIGNS, standard, standard_curves, standard_verdicts

# What was measured of a public set in a real chat model, where the page said "beyond chance".
ROW = {
    "model": "qwen",
    "concept": "subscribes-to-Christianity",
    "kind": PUBLIC,
    "form": "chosen",
    "direction": "contrastive",
    "claim": STEERING,
    "subject": "",
    "outcome": CHANCE,
    "estimate": 0.0017,
    "low": -0.004,
    "high": 0.011,
    "p": 0.4,
    "q": 0.6,
    "family": 27,
    "least": 0.0092,
    "reason": "",
}
NOTHING = pd.DataFrame(columns=["concept", "multiplier", "mean", "low", "high"])


def said(changes: pd.DataFrame = NOTHING, **row: Any) -> str:
    return concept_sentences(pd.DataFrame([ROW | row]), changes)


def test_what_is_not_told_from_chance_is_no_fact_about_the_vector() -> None:
    """It read "no more than chance: 0.00 logits (0.00 to 0.00)", as if nothing were there."""
    text = said()
    assert text.startswith("**What the vector does cannot be told apart from chance**")
    assert "0.0017 logits per unit of λ (95\u202f% interval −0.0040 to 0.011)" in text
    assert "a mean slope of at least 0.0092 would have been seen" in text
    assert "0.00 " not in text
    assert "no more than" not in text


def test_a_verdict_tells_its_p_its_family_and_what_would_have_been_seen() -> None:
    moved = {"outcome": MOVES, "estimate": 1.5, "low": 1.2, "high": 1.8, "p": 0.002, "q": 0.012}
    text = said(**moved, least=0.4)
    assert text.startswith("**The vector moves the answer**: the mean slope is 1.50")
    assert "p = 0.002; adjusted over the 27 concepts that are tested together, q = 0.012" in text
    assert "A mean slope of at least 0.40" in text
    assert "a family of one" in said(**moved, family=1)
    assert "the answer the wrong way**" in said(**moved | {"outcome": WRONG_WAY})


def test_a_concept_that_fails_the_gate_shows_its_slope_and_no_verdict() -> None:
    text = said(outcome=NO_ANSWER, p=float("nan"), q=float("nan"))
    assert "There is no verdict about steering" in text
    assert "the mean slope is 0.0017" in text
    assert "p =" not in text
    assert "chance" not in text
    few = said(outcome=TOO_LITTLE, reason="4 random vectors, and at least 10 are needed")
    assert "too little data for a verdict** (4 random vectors" in few


def test_every_outcome_has_its_sentence() -> None:
    texts = {said(outcome=outcome) for outcome in OUTCOMES[STEERING]}
    assert len(texts) == len(OUTCOMES[STEERING])


def test_adding_it_once_does_what_was_measured_there() -> None:
    """It was the slope that stood there; on 18 of 52 pages the measured change lay outside."""
    change = pd.DataFrame(
        [{"concept": ROW["concept"], "multiplier": 1.0, "mean": 0.79, "low": 0.7, "high": 0.9}]
    )
    text = said(change, outcome=MOVES, estimate=1.02, low=0.93, high=1.11)
    assert "the mean slope is 1.02" in text
    assert "Added once (λ = 1), it was measured to change the propensity by 0.79 logits" in text
    assert "(0.70 to 0.90)" in text
    assert "Added once" not in said(outcome=MOVES)


def test_the_numbers_are_those_of_the_verdict() -> None:
    changes = change_at(standard_curves(), standard())
    claims = standard_verdicts()
    for concept in DESIGNS:
        own = claims[claims["concept"] == concept]
        row = of_claim(own, STEERING).iloc[0]
        text = concept_sentences(own, changes)
        assert f"the mean slope is {number(row['estimate'])} " in text
        assert ("**The vector moves the answer**" in text) == (row["outcome"] == MOVES)


def one(concept: str, curves: pd.DataFrame | None = None) -> str:
    table = standard_curves() if curves is None else curves
    claims = standard_verdicts()
    own = by_concept(table[table["concept"] == concept])
    return question_sentences(own, claims[claims["concept"] == concept])


def test_shares_are_of_questions_and_that_of_curves_is_named_as_the_papers() -> None:
    """With a push towards A, half of the curves fall and no question does."""
    text = one("letter")
    assert text.startswith("Of 40 questions, **0\u202f% (")
    assert "The share of curves (as in the paper)" in text
    assert "is 50\u202f%" in text
    turned = one("reversed")
    assert "questions of 40 are moved the wrong way" in turned
    alone = standard_curves()
    assert "No question was measured in both orders" in one("strong", alone.query("order == 0"))
    bare = select(standard_curves())
    assert "of random vectors give" not in one("strong", bare)


def test_concepts_of_each_kind_are_summed_up_by_medians_and_only_where_moved() -> None:
    concepts = with_outcomes(by_concept(standard_curves()), standard_verdicts())
    kinds = concepts["concept"].map({"strong": OURS, "weak": OURS, "yes": OURS})
    mixed = concepts.assign(kind=kinds.fillna(PUBLIC))
    text = spread_sentences(mixed)
    moved = mixed[is_moved(mixed["outcome"]) & (mixed["kind"] == OURS)]
    assert f"**{OURS.capitalize()}**, over the 3 where" in text
    assert f"median {number(moved['mean'].median())}" in text
    assert f"**{PUBLIC.capitalize()}**, over the 1 where" in text, "letter alone is moved there"
    assert spread_sentences(mixed.assign(outcome=CHANCE)) == ""


@pytest.mark.parametrize("outcome", [MOVES, CHANCE, NO_ANSWER])
def test_the_table_shows_the_outcome_as_it_is(outcome: str) -> None:
    concepts = with_outcomes(by_concept(standard_curves()), standard_verdicts())
    text = concept_table(concepts.assign(outcome=outcome), page="concepts/{}.ipynb").data
    assert text.count(f"| {outcome} |") == len(DESIGNS)
    assert "[strong](concepts/strong.ipynb)" in text
    assert "Share of curves (as in the paper)" in text


def test_mean_and_variance_are_ranked_by_kind() -> None:
    columns = ["kind", "rho", "low", "high"]
    rows = pd.DataFrame([(OURS, 0.9, 0.8, 0.95)], columns=columns)
    assert variance_finding(rows) == (
        "Over concepts, the size of the mean slope and the variance between curves have a rank "
        "correlation of 0.90 (0.80\u00a0to\u00a00.95) for concepts of ours."
    )
    assert variance_finding(rows.assign(rho=math.nan)).startswith("There are too few concepts")
