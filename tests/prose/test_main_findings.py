"""The four findings: what a report has nothing of is left out, and every number has its claim."""

from __future__ import annotations

import pandas as pd
import pytest
from IPython.display import Markdown

from steering.analysis.findings import BY_LETTER, BY_WORD, LEFT, REVERSED, published_findings
from steering.figures.beside import Columns
from steering.prose import main_findings
from steering.prose.claims import claims_of
from steering.prose.main_findings import (
    FOUR,
    lead,
    published_sentence,
    sentences,
    show_findings,
)
from steering.records.kinds import OURS
from tests.support.found import row, table

ROWS = table(
    row(REVERSED, count=47, of=600, value=0.078, low=0.059, high=0.103, expected=5.64),
    row(REVERSED, count=9, of=642, value=0.014, low=0.007, high=0.027, expected=1.4, kind=OURS),
    row(LEFT, count=0, of=48, value=1.157, low=0.96, high=1.27),
    row(BY_LETTER, count=0, of=12, value=0.003, low=0.001, high=0.007),
    row(BY_WORD, of=12, value=0.059, low=0.024, high=0.171),
)
THEIRS = published_findings()


def shown(rows: pd.DataFrame, monkeypatch: pytest.MonkeyPatch, *, beside: bool) -> list[object]:
    told: list[object] = []
    monkeypatch.setattr(main_findings, "display", told.append)
    show_findings(rows, THEIRS, claims_of(rows), beside=beside)
    return told


def test_each_finding_has_a_title_sentences_and_a_named_figure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = shown(ROWS, monkeypatch, beside=True)
    columns, words = told
    assert isinstance(columns, Columns)
    assert isinstance(words, Markdown)
    assert [one.name for one in columns.figures] == [REVERSED, LEFT, BY_LETTER]
    assert len(columns.titles) == 3, "nothing of prompting is known"
    assert all(f"**{title}**" in words.data for title in columns.titles)
    assert words.data.count("Published medians") == 2
    assert "600 questions" in columns.figures[0].n
    assert "Llama-2-7b-chat" in columns.figures[1].alt


def test_a_figure_says_first_what_was_found_with_its_interval_and_without_the_paper(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    columns, _ = shown(ROWS, monkeypatch, beside=True)
    assert isinstance(columns, Columns)
    finding = columns.figures[0].finding.replace("\u202f", " ").replace("\u00a0", " ")
    assert finding.startswith("Questions that reverse in both orders: 8 % (6 to 10 %) in wren on")
    assert "1 % (1 to 3 %) in wren on concepts of ours" in finding
    assert columns.figures[0].n == "600 questions (public) and 642 (ours)"
    assert all(figure.brief for figure in columns.figures)
    letter = columns.figures[2].finding
    assert "0.3" in letter
    assert "Llama" not in letter
    assert "5.9" not in letter, "the word's share is another number"


def test_of_many_models_the_range_is_told() -> None:
    many = table(
        *(row(REVERSED, model=f"m{at}", value=0.1 * at, low=0, high=1, of=9) for at in range(5))
    )
    text = lead(FOUR[0], many).replace("\u202f", " ").replace("\u00a0", " ")
    assert "0 to 40 % in 5 models" in text


def test_the_papers_numbers_stay_away_where_no_set_of_it_was_measured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = shown(ROWS, monkeypatch, beside=False)
    assert not any("Llama" in repr(one) for one in told if not isinstance(one, Markdown))
    assert not any("Published" in one.data for one in told if isinstance(one, Markdown))


def test_a_report_without_any_shows_none(monkeypatch: pytest.MonkeyPatch) -> None:
    (only,) = shown(ROWS[:0], monkeypatch, beside=False)
    assert "No vector moves the answer" in repr(getattr(only, "data", only))


def test_every_number_links_to_its_claim_and_ours_come_last() -> None:
    text = sentences([one for one in claims_of(ROWS) if one.finding == REVERSED])
    public, ours = text.splitlines()
    assert public.startswith('- In <a href="models/wren/variability.html">wren</a>, 47 of 600 ')
    assert 'href="claims.html#reversed-wren-public"' in public
    assert 'href="models/wren/variability.html"' in public
    assert "concepts of ours" in ours


def test_the_published_sentence_names_both_models() -> None:
    text = published_sentence(THEIRS[THEIRS["finding"] == LEFT])
    assert "what is left in Llama-2-7b-chat" in text
    assert "Qwen1.5-14B-Chat" in text
