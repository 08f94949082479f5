"""The card of a concept says what the rules say, and its numbers are those of the tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from steering.analysis.concept_run import ConceptRun, concept_runs
from steering.analysis.verdict.outcomes import (
    BRITTLE,
    KEPT,
    NO_ANSWER,
    PROMPTING,
    QUESTION,
    REVERSED,
    SHIFT,
    STEERING,
    STRONGER,
    TOO_LITTLE,
    UNDECIDED,
    of_claim,
)
from steering.prose.verdict_card import verdict_card
from steering.prose.words import number
from steering.records.verdicts import write_verdicts
from tests.support.concept_runs import runs


def cells(some: list[ConceptRun]) -> dict[str, dict[str, str]]:
    header, _, *lines = verdict_card(some).data.splitlines()
    names = [name.strip() for name in header.strip("|").split("|")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {row[0]: dict(zip(names, row, strict=True)) for row in rows}


def judged_as(run: ConceptRun, claim: str, outcome: str, folder: Path) -> ConceptRun:
    table = run.claims.copy()
    table.loc[table["claim"] == claim, "outcome"] = outcome
    file = folder / f"{claim}.parquet"
    write_verdicts(table, file)
    return concept_runs([run.results], [run.folder], [str(file)])[0]


def test_each_model_has_a_row_with_its_verdict_and_slope() -> None:
    card = cells(runs())
    assert list(card) == ["wren", "linnet"]
    for run in runs():
        row = card[run.model]
        assert row["The vector"] == of_claim(run.claims, STEERING)["outcome"].iloc[0]
        assert row["Mean slope (95\u202f%)"].startswith(number(run.concepts["mean"].iloc[0]))


def test_each_model_leads_to_a_card_of_its_own_where_there_is_one() -> None:
    assert "On one sheet" not in cells(runs())["wren"]
    header, _, first, second = verdict_card(runs(), ["../cards/wren/a%20b.html", ""]).data.split(
        "\n"
    )
    assert header.endswith("| On one sheet |")
    links = (
        '<a href="../cards/wren/a%20b.html">reliability card of wren</a> '
        '(<a href="../cards/wren/a%20b.json">JSON of it</a>)'
    )
    assert first.endswith(f"| {links} |")
    assert second.endswith("| – |")


def test_questions_are_counted_by_their_own_verdicts(tmp_path: Path) -> None:
    run = runs()[0]
    wrong = judged_as(run, QUESTION, REVERSED, tmp_path)
    count = len(run.questions)
    told = cells([wrong])["wren"]["Judged one by one"]
    assert told == f"{count} of {count} moved the wrong way"
    for none in (TOO_LITTLE, NO_ANSWER):
        other = judged_as(run, QUESTION, none, tmp_path)
        assert cells([other])["wren"]["Judged one by one"] == "not judged"


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        (KEPT, "keeps its effect in 4 of 4"),
        (BRITTLE, "loses effect in 4 of 4"),
        (STRONGER, "gains effect in 4 of 4"),
        (UNDECIDED, "cannot be decided"),
    ],
)
def test_shifts_are_counted_by_their_outcome(outcome: str, told: str, tmp_path: Path) -> None:
    run = judged_as(runs()[0], SHIFT, outcome, tmp_path)
    assert cells([run])["wren"]["Under other prompts"] == told


def test_prompts_are_counted_by_their_verdicts() -> None:
    run = runs()[0]
    judged = of_claim(run.claims, PROMPTING)
    told = cells([run])["wren"]["Against a persona in the prompt"]
    assert told.endswith(f"of {judged['estimate'].notna().sum()}")
