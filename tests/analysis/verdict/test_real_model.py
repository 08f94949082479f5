"""A real chat model that does not answer through letters: SmolLM2-135M-Instruct."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from steering.analysis.answering import answering
from steering.analysis.verdict import outcomes
from steering.analysis.verdict.table import verdicts
from steering.records.results import Results, read_results

RUNS = Path(__file__).resolve().parents[2] / "fixtures" / "smollm2"
CONCEPTS = ("interest-in-music", "politically-liberal")


@pytest.fixture(scope="module")
def measured() -> Results:
    return read_results([RUNS / name for name in CONCEPTS])


@pytest.fixture(scope="module")
def answers(measured: Results) -> pd.DataFrame:
    return answering(measured)


def test_its_probability_is_on_the_letters_but_it_always_names_the_same(
    answers: pd.DataFrame,
) -> None:
    assert (answers["letter_mass"] > 0.9).all()
    assert (answers["alike"] == 0).all(), "no question gets the same choice in both orders"
    assert (answers["position"] > 10 * answers["content"].abs()).all()
    assert answers["prefilled"].between(0.03, 0.06).all(), "of itself it would not begin with ("


def test_the_verdict_is_that_it_does_not_answer_and_not_that_it_cannot_be_steered(
    measured: Results,
) -> None:
    """The rule of before: "the vector does no more than a random one", on all 39 public sets."""
    steering = outcomes.of_claim(verdicts(measured), outcomes.STEERING)
    assert steering["concept"].to_list() == list(CONCEPTS)
    assert set(steering["outcome"]) == {outcomes.NO_ANSWER}
    assert steering["reason"].str.startswith("what the choices say does not move").all()
    assert steering["estimate"].notna().all(), "the slopes are told all the same"
    assert steering["p"].isna().all(), "and no claim about steering is tested"


def test_its_letter_push_is_not_told_from_chance_and_its_questions_are_not_judged(
    measured: Results,
) -> None:
    """Against an interval alone, the push was claimed on 20 of 32 sets of such a model."""
    table = verdicts(measured)
    assert set(outcomes.of_claim(table, outcomes.LETTER)["outcome"]) == {outcomes.CHANCE}
    questions = outcomes.of_claim(table, outcomes.QUESTION)
    assert set(questions["outcome"]) == {outcomes.NO_ANSWER}
    assert questions["p"].isna().all(), "what is not answered cannot be moved either way"
