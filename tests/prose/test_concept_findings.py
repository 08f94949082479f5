"""The first sentences of captions count the outcomes of verdicts."""

from __future__ import annotations

from pathlib import Path

import pytest

from steering.analysis.concept_run import concept_runs
from steering.analysis.verdict.outcomes import (
    CHANCE,
    KEPT,
    LETTER,
    MOVES,
    NO_ANSWER,
    NOT_STEERED,
    OUTCOMES,
    PROMPT_FIRST,
    PROMPTING,
    QUESTION,
    REVERSED,
    SHIFT,
    STEERING,
    TOO_LITTLE,
    TOWARDS_A,
    UNDECIDED,
    WRONG_WAY,
)
from steering.prose import concept_findings as found
from steering.records.verdicts import write_verdicts
from tests.prose.test_verdict_card import judged_as
from tests.support.concept_runs import runs


def test_models_of_which_the_same_is_told_are_named_together() -> None:
    assert found.over_models(runs(), lambda run: "it moves") == "In wren and linnet it moves."
    texts = {"wren": "it moves", "linnet": "it does not"}
    told = found.over_models(runs(), lambda run: texts[run.model])
    assert told == "In wren it moves; in linnet it does not."
    assert found.over_models(runs()[:1], lambda run: "it moves") == "It moves."


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (MOVES, "the vector moves the answer, by "),
        (WRONG_WAY, "the vector moves the answer the wrong way, by "),
        (CHANCE, "the vector cannot be told apart from chance, by "),
        (NO_ANSWER, "there is no verdict on the vector (the model does not answer)"),
        (TOO_LITTLE, "there is no verdict on the vector (too little data)"),
    ],
)
def test_movement(outcome: str, words: str, tmp_path: Path) -> None:
    assert found.moves(judged_as(runs()[0], STEERING, outcome, tmp_path)).startswith(words)


def test_questions(tmp_path: Path) -> None:
    run = runs()[0]
    count = len(run.questions)
    wrong = judged_as(run, QUESTION, REVERSED, tmp_path)
    assert found.questions(wrong) == f"{count} of {count} questions are moved the wrong way"
    silent = judged_as(run, QUESTION, NO_ANSWER, tmp_path)
    assert found.questions(silent) == "no single question can be judged"


def test_letters(tmp_path: Path) -> None:
    told = {
        outcome: found.letters(judged_as(runs()[0], LETTER, outcome, tmp_path))
        for outcome in OUTCOMES[LETTER]
    }
    assert told[TOWARDS_A] == "the vector also pushes towards A"
    assert told[CHANCE].startswith("a push towards a letter cannot be told apart")
    assert told[TOO_LITTLE].startswith("there is too little data")


@pytest.mark.parametrize("outcome", OUTCOMES[SHIFT])
def test_shifts(outcome: str, tmp_path: Path) -> None:
    told = found.shifts(judged_as(runs()[0], SHIFT, outcome, tmp_path))
    if outcome == NOT_STEERED:
        assert told.startswith("nothing can be kept")
        return
    if outcome == UNDECIDED:
        assert told == (
            "under other prompts it cannot be decided whether the vector keeps its effect (4 of 4)"
        )
        return
    assert told.startswith("under other prompts the vector ")
    assert told.endswith("in 4 of 4")
    assert (f"{KEPT} in" in told) == (outcome == KEPT)
    assert "cannot be decided" not in told


def test_shifts_that_cannot_be_decided_are_told_behind_the_others(tmp_path: Path) -> None:
    run = judged_as(runs()[0], SHIFT, KEPT, tmp_path)
    table = run.claims.copy()
    first = table.index[table["claim"] == SHIFT][0]
    table.loc[first, "outcome"] = UNDECIDED
    write_verdicts(table, file := tmp_path / "mixed.parquet")
    mixed = concept_runs([run.results], [run.folder], [str(file)])[0]
    assert found.shifts(mixed) == (
        "under other prompts the vector keeps its effect in 3 of 4, and in 1 of 4 this cannot be "
        "decided"
    )


def test_prompting(tmp_path: Path) -> None:
    run = judged_as(runs()[0], PROMPTING, PROMPT_FIRST, tmp_path)
    assert found.prompting(run) == (
        "a persona in the prompt does more than the vector in 4 of 4 cases"
    )
