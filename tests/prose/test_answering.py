"""Sentences about whether the model answers, with the numbers of the gate."""

from __future__ import annotations

import dataclasses
import math

import pandas as pd
import pytest

from steering.analysis.answering import answering
from steering.prose.answering import (
    answering_sentences,
    answering_sentences_over,
    answering_table,
)
from steering.prose.words import share
from steering.records.kinds import OURS, PUBLIC
from tests.support.synthetic import DESIGNS, standard, standard_answers


@pytest.fixture(scope="module")
def answers() -> pd.DataFrame:
    return standard_answers()


def test_a_concept_has_a_line_with_the_finding_first(answers: pd.DataFrame) -> None:
    one = answers[answers["concept"] == "strong"].assign(
        letter_mass=0.93, letter_mass_low=0.92, letter_mass_high=0.95, answers=True
    )
    text = answering_sentences(one)
    assert text.startswith("**The model answers these questions.** Without any vector, ")
    assert "the two letters hold 93\u202f% (92\u00a0to\u00a095\u202f%) of the probability" in text
    assert "same choice in both orders" in text
    assert "between the positive persona (SYS_POS) and the negative one (SYS_NEG)" in text
    assert "\n" not in text


def test_a_model_that_names_one_letter_whatever_it_says_does_not_answer() -> None:
    """SmolLM2 gave "A" on 60 of 60 prompts, and the page said that it cannot be steered."""
    run = standard()
    at_a = run.prompts.set_index(["concept", "item", "prompt_setting", "order"])["positive_letter"]
    keys = pd.MultiIndex.from_frame(run.sweep[["concept", "item", "prompt_setting", "order"]])
    letter = at_a.reindex(keys).to_numpy()
    named = run.sweep.assign(propensity=[2.0 if one == "A" else -2.0 for one in letter])
    silent = answering(dataclasses.replace(run, sweep=named))
    text = answering_sentences(silent[silent["concept"] == "strong"])
    assert text.startswith(
        "**The model does not answer these questions**: neither what the choices"
    )
    assert "0\u202f% (" in text, "no question gets the same choice in both orders"


def test_what_was_not_measured_is_not_told(answers: pd.DataFrame) -> None:
    one = answers[answers["concept"] == "strong"]
    assert "letters hold" not in answering_sentences(one.assign(letter_mass=math.nan))
    assert "no persona was tried" in answering_sentences(one.assign(personas=""))


def test_kinds_stand_apart_and_those_without_an_answer_are_named(answers: pd.DataFrame) -> None:
    table = answers.assign(
        kind=[OURS if name in ("strong", "inert") else PUBLIC for name in answers["concept"]],
        answers=answers["concept"] != "inert",
        reason=answers["concept"].map({"inert": "it names one letter"}).fillna(""),
    )
    text = answering_sentences_over(table)
    assert "the model answers 1 of 2 (not inert: it names one letter)" in text
    assert "the model answers 4 of 4. Over" in text
    alike = table.loc[table["kind"] == PUBLIC, "alike"]
    assert share(alike.median()) in text
    rows = answering_table(table).data.splitlines()
    assert sum("| no: it names one letter |" in row for row in rows) == 1
    assert sum(row.split(" | ")[1] == "yes" for row in rows if " | " in row) == len(DESIGNS) - 1
    assert sum("Content part" in row for row in rows) == 1, "a second table says of what it is made"
