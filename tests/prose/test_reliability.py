"""The card as a page: whole sentences, the card's own numbers, one sheet of A4."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from steering.analysis.verdict.outcomes import OUTCOMES, STEERING
from steering.prose.reliability import (
    headline,
    lines,
    measured_sentences,
    page,
    untested_sentence,
)
from steering.prose.words import number
from steering.records.reliability import ReliabilityCard
from tests.support import carded


def longest() -> ReliabilityCard:
    """A card with everything that one can hold, and long names."""
    card = carded.card("reversed")
    other = replace(card.steering, family=40)
    pairs = type(carded.card()).__annotations__  # the fields, by which none is forgotten below
    assert {"replies", "other_form", "crossed", "specific"} <= set(pairs)
    predictors = tuple(
        replace(card.predictors[0], name=str(at), title="agreement of two questions")
        for at in range(8)
    )
    prompting = tuple(replace(other, claim="prompting", subject=name) for name in "ABCD")
    return replace(
        card, replies=other, other_form=other, crossed=other, specific=other, letter=other,
        prompting=prompting, predictors=predictors,
        untested=tuple(f"another thing that was not tested, number {at}" for at in range(10)),
    )  # fmt: skip


@pytest.mark.parametrize("outcome", OUTCOMES[STEERING])
def test_every_outcome_has_a_headline(outcome: str) -> None:
    card = carded.card("reversed")
    told = headline(replace(card, steering=replace(card.steering, outcome=outcome)))
    assert told.endswith(".")
    assert number(card.steering.number.value or 0.0) in told
    assert f"On {card.questions.wrong_way} of 40 questions" in told


def test_of_a_model_that_does_not_answer_nothing_is_claimed() -> None:
    card = carded.card()
    silent = replace(card.answering, answers=False, reason="the letters hold too little")
    told = headline(replace(card, answering=silent))
    assert told.startswith("Without a vector the model does not answer these questions: the ")
    assert "moves" not in told


def test_each_question_has_its_verdict_and_its_numbers() -> None:
    card = carded.card()
    told = {line.question: line for line in lines(card)}
    assert len(told) == len(list(lines(card)))
    steering = told["Does the vector move the answer?"]
    assert steering.answer == card.steering.outcome
    assert number(card.steering.number.value or 0.0) in steering.numbers
    assert told["Under another prompt, BASE→USER_NEG?"].answer == (
        f"{card.shifts[0].outcome} ({card.shifts[0].reason})"
    )
    assert "λ = 2.00, a dose of 0.40" in told["At the strongest push that text can bear?"].numbers
    assert told["What did training items foretell?"].numbers == "agreement of the pairs 0.75"
    assert told["How many training pairs are enough?"].answer == "not measured"
    bare = replace(card, shifts=(), operating=None, letter=None, predictors=())
    told = {line.question: line for line in lines(bare)}
    for question in ("Under other prompts?", "Does it push towards a letter?"):
        assert told[question].answer == "not measured"


def test_sentences_say_what_was_not_tested_and_with_what_it_was_measured() -> None:
    card = carded.card()
    told = untested_sentence(card)
    assert all(name in told for name in card.untested)
    told = measured_sentences(card)
    assert card.about.revision in told
    assert card.about.sha256 in told
    assert "steering 2, torch 1" in told


def test_what_others_have_written_is_text_and_no_markup() -> None:
    card = carded.card()
    about = {name: getattr(card.about, name) for name in type(card.about).__annotations__}
    card = replace(card, about=type(card.about)(**{**about, "title": "<script>a & b"}))
    html = page(card, file="<b>.json")
    assert "<script>" not in html
    assert "&lt;script&gt;a &amp; b in wren" in html
    assert "steering verify &lt;b&gt;.json" in html
    assert not re.search(r"(src|href)=", html)


@pytest.mark.browser
def test_the_page_is_one_sheet_of_a4_and_fits_a_phone(browser: Browser, tmp_path: Path) -> None:
    # A4 is 794 pixels wide.
    for at, card in enumerate((carded.card("inert"), longest())):
        file = tmp_path / f"{at}.html"
        file.write_text(page(card), encoding="utf-8")
        for width in (794, 390):
            opened = browser.new_page(viewport={"width": width, "height": 1123})
            opened.goto(file.as_uri())
            wide = opened.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            assert wide <= 0
            assert opened.locator("tbody tr").count() == len(list(lines(card)))
            sheets = opened.pdf(prefer_css_page_size=True)
            assert len(re.findall(rb"/Type\s*/Page\b(?!s)", sheets)) == 1
            opened.close()
