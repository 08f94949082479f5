"""The rule on other words: each outcome where it was planted, and none where it was not."""

from __future__ import annotations

import pandas as pd
import pytest

from steering.analysis.verdict.outcomes import (
    BRITTLE,
    CHANCE,
    KEPT,
    NO_ANSWER,
    NOT_STEERED,
    TOO_LITTLE,
    TURNED,
    UNDECIDED,
)
from steering.analysis.verdict.wording import of_moved, wording_verdicts
from steering.records.verdicts import CONTRACT
from tests.support.worded import slopes_in_words, steered_in_words

SHARES = {"labels": 1.0, "typos": 0.4, "context": -0.6, "order": 0.8}


def outcomes(table: pd.DataFrame, steering: pd.DataFrame | None = None) -> dict[str, str]:
    found = wording_verdicts(table, steered_in_words() if steering is None else steering)
    CONTRACT.validate(found)
    return dict(zip(found["subject"], found["outcome"], strict=True))


def test_what_was_planted_is_found() -> None:
    table = slopes_in_words(SHARES, wordings=5)
    assert outcomes(table) == {
        "labels": KEPT, "typos": BRITTLE, "context": TURNED, "order": UNDECIDED
    }  # fmt: skip


def test_where_wordings_differ_much_nothing_is_told_of_few() -> None:
    table = slopes_in_words({"labels": 1.0, "typos": 0.6}, of_wordings=0.8, seed=2)
    assert set(outcomes(table).values()) == {UNDECIDED}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [({"wordings": 3}, TOO_LITTLE), ({"questions": 9}, TOO_LITTLE), ({}, KEPT)],
)
def test_too_few_wordings_or_questions(changes: dict[str, int], expected: str) -> None:
    assert outcomes(slopes_in_words({"labels": 1.0}, **changes)) == {"labels": expected}


def test_a_family_in_which_the_model_does_not_answer_is_not_judged() -> None:
    table = slopes_in_words({"labels": 0.0, "typos": 0.4}, wordings=5)
    silent = table["wording_family"] == "labels"
    table = table.assign(letter_mass=table["letter_mass"].mask(silent, 1e-6))
    assert outcomes(table) == {"labels": NO_ANSWER, "typos": BRITTLE}
    judged = wording_verdicts(table, steered_in_words()).set_index("subject")
    assert judged.loc["labels", ["estimate", "p", "q", "least"]].isna().all()
    assert judged.loc["typos", "family"] == 1, "it is no test of the family either"


def test_a_vector_that_does_not_move_the_answer_is_not_judged() -> None:
    table = slopes_in_words({"labels": 1.0})
    assert outcomes(table, steered_in_words(outcome=CHANCE)) == {"labels": NOT_STEERED}
    assert outcomes(table, steered_in_words("x")) == {}


def test_all_concepts_of_a_model_are_one_family_of_tests() -> None:
    tables = [slopes_in_words(SHARES, concept=name, seed=at) for at, name in enumerate("cd")]
    found = wording_verdicts(pd.concat(tables), steered_in_words("cd"))
    assert (found["family"] == 8).all()
    assert len(found) == 8


def test_shares_and_spreads_are_of_vectors_that_move_the_answer() -> None:
    table = pd.concat([slopes_in_words(concept=name) for name in "cd"])
    steering = pd.concat([steered_in_words("c"), steered_in_words("d", CHANCE)])
    assert set(of_moved(table, steering)["concept"]) == {"c"}
