"""The answer in one sentence, in reports of every make: what is not known is not said."""

from __future__ import annotations

import pandas as pd

from steering.analysis.findings import MOVED, REVERSED, WRONG, published_findings
from steering.analysis.verdict.outcomes import CHANCE, MOVES, NO_ANSWER, STEERING
from steering.prose.answer import answer, checklist, cite_button
from steering.records.kinds import OURS, YOURS
from tests.support.found import row, table

THEIRS = published_findings()


def verdicts(*outcomes: str, model: str = "wren") -> pd.DataFrame:
    rows = [
        {"model": model, "concept": f"c{number}", "claim": STEERING, "outcome": outcome}
        for number, outcome in enumerate(outcomes)
    ]
    return pd.DataFrame(rows).assign(direction="contrastive", kind="public data sets")


def moved(count: int, of: int, **more: str) -> pd.DataFrame:
    return row(MOVED, count=count, of=of, value=count / of, **more)  # type: ignore[arg-type]


def wrong(count: int, **more: str) -> pd.DataFrame:
    return row(WRONG, count=count, of=600, value=count / 600, **more)  # type: ignore[arg-type]


BOTH = row(REVERSED, count=47, of=600, value=0.078, low=0.059, high=0.103, expected=5.64)


def test_the_answer_stands_beside_the_published_number() -> None:
    text = answer(table(moved(12, 12), wrong(20), BOTH), verdicts(MOVES), THEIRS)
    assert text.startswith(
        "**On average the vector moves the answer, on 12 of 12 public data sets;"
    )
    assert "moves some single questions the wrong way.**" in text
    assert "47 of 600 in wren (8\u202f%, 6 to 10\u202f%; 5.6 if the orders were" in text
    assert 'href="claims.html#reversed-wren-public"' in text
    assert "In Llama-2-7b-chat, [Tan et al.](https://arxiv.org/abs/2407.12404)" in text
    assert "21\u202f% of single inputs" in text


def test_what_is_built_in_does_not_answer_where_anything_else_does() -> None:
    mixed = table(moved(14, 15, kind=OURS), wrong(9, kind=OURS), moved(1, 2, kind=YOURS))
    text = answer(mixed, verdicts(MOVES), THEIRS)
    assert "on 1 of 2 concepts of yours" in text
    assert "concepts of ours" not in text
    alone = answer(mixed[mixed["kind"] == OURS], verdicts(MOVES), THEIRS)
    assert "on 14 of 15 concepts of ours" in alone


def test_no_reversal_is_claimed_without_a_verdict_on_a_question() -> None:
    text = answer(table(moved(12, 12), wrong(0), BOTH), verdicts(MOVES), THEIRS)
    assert "no single question was found that it moves the wrong way" in text
    assert "the same vector moves some" not in text
    untold = answer(table(moved(12, 12)), verdicts(MOVES), THEIRS)
    assert untold.startswith("**On average the vector moves the answer, on 12 of 12 public data")
    assert "single question" not in untold


def test_where_no_vector_moves_the_answer_it_says_so() -> None:
    text = answer(table(moved(0, 3)), verdicts(CHANCE), THEIRS)
    assert text.startswith("**On none of these public data sets does the vector move the answer.**")


def test_a_model_that_does_not_answer_is_told_by_itself() -> None:
    silent = verdicts(NO_ANSWER, NO_ANSWER)
    text = answer(table(moved(0, 2)), silent, THEIRS)
    assert text.startswith("**wren does not answer the questions of any of its 2 concepts")
    assert "On average" not in text
    two = table(moved(0, 2), moved(2, 2, model="finch"), wrong(3, model="finch"))
    both = answer(two, pd.concat([silent, verdicts(MOVES, model="finch")]), THEIRS)
    assert "2 of 2 public data sets;" in both
    assert "wren does not answer" in both


def test_models_that_differ_are_named() -> None:
    two = table(moved(1, 2), moved(2, 2, model="finch"), wrong(3))
    text = answer(two, pd.concat([verdicts(MOVES), verdicts(MOVES, model="finch")]), THEIRS)
    assert "public data sets: 1 of 2 in wren and 2 of 2 in finch" in text


def test_the_checklist_has_five_lines_and_the_button_its_entry() -> None:
    assert len(checklist().splitlines()) == 5
    assert "@@bibtex@@" in cite_button()
    assert 'href="claims.html"' in cite_button()
