"""One question in full: the prompt token by token, what is steered and read, and the answer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from pathlib import Path

import pandas as pd
from IPython.display import HTML

from steering.analysis.question import Question, questions_in_full
from steering.figures.explorer_link import address, anchor
from steering.prose.words import escaped, number, plural, share
from steering.records.kinds import OURS
from steering.records.results import Results

NONE = "<p>No question was measured in both orders of its answers, so that none is shown.</p>"
_ORDER = "Where {} shows the concept"


def show_question(
    results: Results,
    curves: pd.DataFrame,
    *,
    tokenizer: Path | str | None = None,
    verdicts: pd.DataFrame | None = None,
    before: str = "",
) -> HTML:
    """Return a few questions of one run in full; the first is shown, and buttons step through them.

    Takes what `analysis.question.questions_in_full` takes; `before` is a line of HTML that stands
    before them. A run without words (one that comes with
    the project) shows no prompt, and says so. Without a script in the page, the first question is
    shown alone.
    """
    questions = questions_in_full(results, curves, tokenizer=tokenizer, verdicts=verdicts)
    return HTML(questions_html(questions, before))


def which_questions(chosen: pd.Series) -> str:
    """Return of which concept the questions shown are, as HTML.

    Takes the row of `analysis.question_curves.most_reversed`.
    """
    model, concept = escaped(chosen["model"]), escaped(chosen["concept"])
    built = " (one of ours)" if chosen["kind"] == OURS else ""
    return f"What {model} sees and answers under the vector of <em>{concept}</em>{built}."


def questions_html(questions: Sequence[Question], before: str = "") -> str:
    """Return the HTML of some questions in full, the first one visible; see `show_question`."""
    if not questions:
        return NONE
    parts = [_one(question, place, len(questions)) for place, question in enumerate(questions)]
    buttons = (
        '<p class="question-steps" hidden><button type="button" data-step="-1" '
        'aria-label="Previous question">Previous</button> <button type="button" data-step="1" '
        'aria-label="Next question">Next</button></p>'
        if len(questions) > 1
        else ""
    )
    told = f"<p>{before}</p>" if before else ""
    return (
        f'<section class="questions" aria-live="polite">{buttons}{told}{"".join(parts)}</section>'
    )


def _one(question: Question, place: int, of: int) -> str:
    opened = anchor(
        "open it in the explorer", address(question.model, question.concept, question.item)
    )
    outcome = f" By its verdict, the vector {escape(question.outcome)}." if _told(question) else ""
    head = (
        f"<p><strong>Question {place + 1} of {of}, {escape(question.place)}:</strong> a unit of λ "
        f"changes the preference by {_number(question.slope)} logits (both orders of the answers "
        f"together).{outcome} <em>{escape(question.concept)}</em> in {escape(question.model)}, "
        f"item {question.item}; {opened}.</p>"
    )
    body = _prompt(question) if question.tokens else _without_words(question)
    hidden = "" if place == 0 else " hidden"
    return (
        f'<div class="question"{hidden}>{head}<div class="question-body"><div>{body}</div>'
        f"<div>{answers_html(question.answers)}</div></div></div>"
    )


def _told(question: Question) -> bool:
    return question.outcome.startswith("moves")


def _without_words(question: Question) -> str:
    """Return what is known of a prompt whose words are not in the run."""
    last = question.steered_token
    what = f", which says <code>{escape(last)}</code>," if last else ""
    return (
        "<p>The words of this question are not part of the results that come with the project: only"
        f" numbers are shown. Of the {plural(question.prompt_tokens, 'token')} of its prompt, the"
        " vector is added at the last"
        f"{what} and what counts is the letter that the model puts behind it.</p>"
    )


def _prompt(question: Question) -> str:
    """Return a prompt as chips, the steered ones and the letter marked by words and colour."""
    if question.own_tokens:
        end = len(question.tokens) - question.steered
        plain, steered = question.tokens[:end], question.tokens[end:]
    else:
        last = question.steered_token or "the last token"
        *before, word = question.tokens
        plain, steered = (*before, word.removesuffix(last)), (last,)
    chips = [_chip(text) for text in plain if text]
    chips += [_chip(text, "steered") for text in steered]
    chips += [_chip("A or B", "read")]
    unit = "token" if question.own_tokens else "word"
    apart = (
        ""
        if question.own_tokens
        else " The model's tokenizer is not at hand, so that the prompt is divided into words."
    )
    return (
        f'<p class="prompt-tokens">{"".join(chips)}</p>'
        f'<details class="question-legend"><summary>Each box is a {unit}; the answer '
        f"({escape(question.positive_letter)}) shows the concept.</summary>{apart} <b>steered</b>: "
        "here the vector is added. <b>read</b>: here the letter of the answer stands; the vector "
        "was made from the model's inner state at the letters of training questions, and the "
        "answer is the model's preference between the two letters. Questions shown one after the "
        "other stand at even places in the order of their slopes.</details>"
    )


def _chip(text: str, mark: str = "") -> str:
    """Return one token: its spaces stay as they are, and a line break is shown as a sign too."""
    shown = escape(text).replace("\n", "↵<br>")
    if not mark:
        return f'<span class="token">{shown}</span>'
    return f'<mark class="token {mark}">{shown}<small> {mark}</small></mark>'


def answers_html(answers: pd.DataFrame) -> str:
    """Return a table of the preference at each λ, a column for each order of the answers.

    Needs `order`, `positive_letter`, `multiplier`, `propensity`.
    """
    if answers.empty:
        return ""
    letters = answers.drop_duplicates("order").set_index("order")["positive_letter"]
    wide = answers.pivot(index="multiplier", columns="order", values="propensity")
    heads = "".join(f"<th>{_ORDER.format(f'({letters[order]})')}</th>" for order in wide.columns)
    rows = "".join(
        f"<tr><th>λ = {number(float(str(at)), 1)}</th>"
        f"{''.join(f'<td>{_preference(value)}</td>' for value in row)}</tr>"
        for at, row in zip(wide.index, wide.to_numpy(), strict=True)
    )
    return (
        '<table class="question-answers"><caption>How much the model prefers the answer that shows '
        "the concept, in logits, and its chance between the two letters</caption>"
        f"<thead><tr><th>Vector</th>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _number(value: float) -> str:
    return escape(number(value))


def _preference(propensity: float) -> str:
    if math.isnan(propensity):
        return "–"
    return f"{_number(propensity)} ({share(1 / (1 + math.exp(-propensity)))})"
