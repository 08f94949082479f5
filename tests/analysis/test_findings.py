"""The table of findings: each number is that of the table or the verdicts that it is made from."""

from __future__ import annotations

import pytest

from steering.analysis import published
from steering.analysis.findings import (
    BY_LETTER,
    COLUMNS,
    LEFT,
    MOVED,
    PROMPTED,
    PUBLISHED,
    REVERSED,
    WRONG,
    findings,
    moving_concepts,
    published_findings,
)
from steering.analysis.reversed import in_both_orders, where_moved
from steering.analysis.variability import by_concept
from steering.analysis.verdict import outcomes
from steering.analysis.verdict.outcomes import CHANCE, MOVES, NO_ANSWER, STEERING, of_claim
from steering.analysis.verdict.table import with_outcomes
from tests.support.synthetic import standard_curves, standard_verdicts

CURVES, VERDICTS = standard_curves(), standard_verdicts()
FOUND = findings(CURVES, VERDICTS)


def row(finding: str) -> dict[str, float]:
    (found,) = FOUND[FOUND["finding"] == finding].to_dict("records")
    return {str(name): value for name, value in found.items()}


def test_counts_are_those_of_the_verdicts() -> None:
    steering = of_claim(VERDICTS, STEERING)
    assert row(MOVED)["count"] == (steering["outcome"] == MOVES).sum()
    assert row(MOVED)["of"] == len(steering)
    questions = of_claim(VERDICTS, outcomes.QUESTION)
    moved = set(steering.loc[steering["outcome"] == MOVES, "concept"])
    told = questions[questions["concept"].isin(moved)]
    assert row(WRONG)["count"] == (told["outcome"] == outcomes.REVERSED).sum() > 0
    assert row(WRONG)["of"] == len(told)


def test_reversed_questions_are_those_of_the_moved_concepts_in_both_orders() -> None:
    (both,) = in_both_orders(where_moved(CURVES, VERDICTS), by=("model", "kind")).to_dict("records")
    found = row(REVERSED)
    assert found["value"] == pytest.approx(both["both"])
    assert (found["count"], found["of"]) == (both["count"], both["questions"])
    assert found["low"] < found["value"] < found["high"]
    assert found["expected"] < found["count"], "a planted reversal is one in both orders"


def test_medians_lie_between_their_quartiles() -> None:
    assert list(FOUND.columns) == COLUMNS
    for finding in (PROMPTED, LEFT, BY_LETTER):
        if finding in set(FOUND["finding"]):
            found = row(finding)
            assert found["low"] <= found["value"] <= found["high"]


def test_where_nothing_moves_only_that_is_told() -> None:
    for outcome in (CHANCE, NO_ANSWER):
        none = VERDICTS.assign(
            outcome=VERDICTS["outcome"].mask(VERDICTS["claim"] == STEERING, outcome)
        )
        found = findings(CURVES, none)
        assert set(found["finding"]) == {MOVED}
        assert found["count"].tolist() == [0]


def test_without_verdicts_there_is_no_finding() -> None:
    assert findings(CURVES, VERDICTS[:0]).empty


def test_the_papers_numbers_come_from_its_figures() -> None:
    theirs = published_findings()
    assert set(theirs["kind"]) == {PUBLISHED}
    (llama,) = theirs[theirs["finding"] == REVERSED].to_dict("records")
    assert llama["value"] == pytest.approx(published.items()["anti_steerable"].mean())
    assert llama["model"] == published.LLAMA
    assert set(theirs.loc[theirs["finding"] == LEFT, "model"]) == {published.LLAMA, published.QWEN}


def test_moving_concepts_are_those_with_the_verdict() -> None:
    concepts = with_outcomes(by_concept(CURVES), VERDICTS)
    moving = moving_concepts(concepts)
    assert set(moving["outcome"]) == {MOVES}
    assert "inert" not in set(moving["concept"])
