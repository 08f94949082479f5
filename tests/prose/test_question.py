"""One question in full: marked in words, true of its run, and whole without a script."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import pandas as pd

from steering.analysis.curves import curve_table
from steering.analysis.question import Question
from steering.prose.question import NONE, answers_html, questions_html, show_question
from tests.support.designs import DESIGNS
from tests.support.synthetic import results

ANSWERS = pd.DataFrame(
    {
        "order": [0, 0, 0, 1, 1, 1],
        "positive_letter": list("BBBAAA"),
        "multiplier": [-1.5, 0.0, 1.5] * 2,
        "propensity": [-1.0, 0.0, 1.0, -2.0, 0.5, float("nan")],
    }
)
QUESTION = Question(
    model="wren",
    concept="tidy",
    item=31,
    place="lowest slope",
    slope=-0.4,
    outcome="moves this question the wrong way",
    text="<|user|>Is 1 < 2?\nYes",
    tokens=("<|user|>", "Is 1 < 2?", "\n", "Yes", "("),
    own_tokens=True,
    steered=1,
    steered_token="(",
    prompt_tokens=5,
    positive_letter="B",
    answers=ANSWERS,
)


class Balanced(HTMLParser):
    """Fails where a tag is closed that is not open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_steered_token_and_the_letter_read_are_marked_in_words() -> None:
    html = questions_html([QUESTION])
    assert '<mark class="token steered">(<small> steered</small></mark>' in html
    assert '<mark class="token read">A or B<small> read</small></mark>' in html
    assert html.count('<span class="token">') == 4
    assert "&lt;|user|&gt;" in html
    assert "Is 1 &lt; 2?" in html
    assert "the vector moves this question the wrong way" in html
    assert 'href="explore.html#model=wren&amp;concept=tidy&amp;item=31"' in html
    assert "shows the concept" in html


def test_only_the_first_is_visible_and_buttons_wait_for_a_script() -> None:
    html = questions_html([QUESTION, replace(QUESTION, item=32)])
    assert html.count('<div class="question">') == 1
    assert html.count('<div class="question" hidden>') == 1
    assert '<p class="question-steps" hidden>' in html
    assert "Question 2 of 2" in html
    assert "question-steps" not in questions_html([QUESTION])
    checked = Balanced()
    checked.feed(html)
    assert checked.open == []


def test_a_line_may_stand_before_them() -> None:
    html = questions_html([QUESTION], "What <em>wren</em> sees.")
    assert html.index("<p>What <em>wren</em> sees.</p>") < html.index("Question 1 of 1")


def test_what_the_marks_mean_opens_on_a_click() -> None:
    html = questions_html([QUESTION])
    seen, folded = html[html.index('<details class="question-legend">') :].split("</summary>")
    assert "the answer (B) shows the concept" in seen
    assert "here the vector is added" in folded


def test_words_are_said_to_be_words() -> None:
    html = questions_html([replace(QUESTION, own_tokens=False, tokens=("Is it", " so?"))])
    assert "divided into words" in html
    assert '<mark class="token steered">(' in html
    ended = replace(QUESTION, own_tokens=False, tokens=("Is it", " so?:"), steered_token=":")
    assert '<span class="token"> so?</span><mark class="token steered">:' in questions_html([ended])


def test_without_words_no_prompt_is_shown_and_it_is_said() -> None:
    html = questions_html([replace(QUESTION, text="", tokens=(), prompt_tokens=60)])
    assert "token steered" not in html
    assert "not part of the results" in html
    assert "60 tokens" in html
    assert "λ = 1.5" in html


def test_without_a_verdict_nothing_is_claimed() -> None:
    for outcome in ("", "cannot be told apart from chance"):
        assert "verdict" not in questions_html([replace(QUESTION, outcome=outcome)])


def test_the_table_gives_logits_and_chances_in_both_orders() -> None:
    html = answers_html(ANSWERS)
    assert "<th>Where (B) shows the concept</th><th>Where (A) shows the concept</th>" in html
    assert "<th>λ = −1.5</th><td>−1.00 (27\u202f%)</td><td>−2.00 (12\u202f%)</td>" in html
    assert "<th>λ = 0</th><td>0 (50\u202f%)</td><td>0.50 (62\u202f%)</td>" in html
    assert "<td>1.00 (73\u202f%)</td><td>–</td>" in html
    assert answers_html(ANSWERS[:0]) == ""


def test_a_run_is_shown_and_an_empty_one_says_so() -> None:
    run = results({"reversed": DESIGNS["reversed"]})
    curves = curve_table(run)
    assert "Question 1 of 5, lowest slope" in show_question(run, curves).data
    assert show_question(run, curves[:0]).data == NONE
