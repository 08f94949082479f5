"""What the page of one concept says of free text: verdicts in words, and a figure of its pairs."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from steering.analysis.concept_run import said_runs
from steering.analysis.curves import curve_table, select
from steering.analysis.verdict import outcomes
from steering.analysis.verdict.outcomes import CHANCE, MOVES, NO_ANSWER, WRONG_WAY, verdict_table
from steering.figures.caption import Captioned
from steering.prose.concept_findings import over_models
from steering.prose.said_of_concept import (
    CROSSED,
    REPLIES,
    moved_in_words,
    pairs_of_texts,
    said_sentences,
    why_not_asked,
)
from steering.prose.words import number
from steering.records.kinds import YOURS
from steering.records.replies import write_replies
from steering.records.tables import CONTRACTS, write
from steering.records.verdicts import write_verdicts
from steering.storage import write_json
from tests.support.spoken import replies_of, spoken_results
from tests.support.synthetic import standard_verdicts


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """The folder of a run of one concept, said, with replies whose score rises."""
    results = spoken_results()
    folder = tmp_path / "said" / "wren" / "strong"
    for name in CONTRACTS:
        table = getattr(results, name)
        write(table[table["concept"] == "strong"].reset_index(drop=True), folder, name)
    (card,) = (one for one in results.cards if one["concept"]["name"] == "strong")
    write_json(dict(card), folder / "card.json")
    write_replies(replies_of("strong", 0.3), folder)
    return folder


def told(run: Path, *verdicts: str) -> str:
    (asked,) = said_runs([str(run)], verdicts)
    assert asked is not None
    return said_sentences(asked)


def test_a_concept_that_was_not_asked_says_why() -> None:
    assert why_not_asked("all of its statements are positive.") == (
        "This concept was not asked in free text. all of its statements are positive&#46;"
    )
    assert why_not_asked("") == "This concept was not asked in free text."


def test_sentences_and_the_pairs_stand_where_it_was_asked(run: Path) -> None:
    text = told(run)
    assert "mean slope" in text
    assert REPLIES[MOVES] in text
    assert "Measured by the authors" not in text
    assert "nats a token per unit of λ" in text
    (asked,) = said_runs([str(run)])
    assert asked is not None
    figure = pairs_of_texts([asked])
    assert isinstance(figure, Captioned)
    curves = select(curve_table(spoken_results()))
    pairs = curves[curves["concept"] == "strong"]["item"].nunique()
    assert figure.n == f"{pairs} pairs of texts, of 12 requests"
    assert figure.finding == over_models([asked], moved_in_words)


def claim(name: str, outcome: str, estimate: float) -> pd.DataFrame:
    row = {"model": "wren", "concept": "strong", "kind": YOURS, "form": "said"}
    row |= {"direction": "contrastive", "outcome": outcome, "reason": ""}
    numbers = {"estimate": estimate, "low": estimate - 0.1, "high": estimate + 0.1}
    table = pd.DataFrame([row | numbers | {"p": 0.01, "q": 0.02, "family": 3, "least": 0.2}])
    return verdict_table(table, name)


def test_questions_that_do_not_fit_are_named(run: Path) -> None:
    card = json.loads((run / "card.json").read_text())
    before = told(run)
    write_json(card | {"left_out": "2 of them are left out: rows 3, 5."}, run / "card.json")
    after = told(run)
    assert after == f"{before}\n\n2 of them are left out: rows 3, 5&#46;"


@pytest.mark.parametrize("outcome", [MOVES, WRONG_WAY, CHANCE, NO_ANSWER])
def test_verdicts_of_the_report_are_told(outcome: str, run: Path, tmp_path: Path) -> None:
    steering = standard_verdicts()
    steering = steering[(steering["concept"] == "strong") & (steering["claim"] == "steering")]
    replies = CHANCE if outcome == NO_ANSWER else outcome
    table = pd.concat(
        [
            steering.assign(form="said"),
            claim(outcomes.CROSSED, outcome, 1.25),
            claim(outcomes.CROSSED, MOVES, 7.75).assign(form="chosen"),
            claim(outcomes.REPLIES, replies, -0.375),
        ],
        ignore_index=True,
    )
    file = tmp_path / "verdicts.parquet"
    write_verdicts(table, file)
    text = told(run, str(file))
    for name, sentence in CROSSED.items():
        assert (f"**{sentence}**: its mean slope is" in text) == (name == outcome)
    assert ("1.25 (1.15" in text) == (outcome != NO_ANSWER)
    assert "7.75" not in text, "what the other vector does to letters is told elsewhere"
    assert f"**{REPLIES[replies]}**: the score's slope is {number(-0.375)} nats a token" in text
    assert "(adjusted p 0.020)" in text
