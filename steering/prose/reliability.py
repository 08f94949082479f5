"""The reliability card as a page of its own: one sheet of paper, readable without the book."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path

from steering.analysis.verdict.outcomes import (
    CHANCE,
    MOVES,
    NO_ANSWER,
    SHIFT,
    TOO_LITTLE,
    WRONG_WAY,
)
from steering.prose.outcomes import equals
from steering.prose.words import NARROW, TOGETHER, interval, listed, number, share
from steering.records.reliability import Finding, Number, Operating, Pairs, ReliabilityCard
from steering.records.tables import TODAY

_STYLE = Path(__file__).with_name("reliability.css")
_NOT_MEASURED = "not measured"
# What a share is of goes without saying in its row; other units stand behind their number.
_SHARES = ("probability", "share of questions", "share of curves", "share of the slope")

_HEADLINES = {
    MOVES: "The vector moves the answer",
    WRONG_WAY: "The vector moves the answer the wrong way",
    CHANCE: "What the vector does cannot be told apart from chance",
    TOO_LITTLE: "There is too little data for a verdict",
    NO_ANSWER: "The model does not answer the questions",
}


@dataclass(frozen=True)
class Line:
    """One question of the card, its answer, and the numbers behind it."""

    question: str
    answer: str
    numbers: str = ""


def page(card: ReliabilityCard, *, file: str = "reliability.json") -> str:
    """Return a card as an HTML page that needs no other file, and fits one sheet of A4.

    `file` is what the card's JSON is called, for the command that measures it again.
    """
    about = card.about
    title = f"{about.title or about.concept} in {about.model}"
    rows = "\n".join(map(_row, lines(card)))
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Reliability card: {escape(title)}</title>
<style>
{_STYLE.read_text(encoding="utf-8")}</style>
</head>
<body>
<main>
<article>
<p class="small">Reliability card of a steering vector</p>
<h1>{escape(title)}</h1>
<p class="lead">{escape(headline(card))}</p>
<div class="lines">
<table>
<thead><tr><th scope="col">Question</th><th scope="col">Verdict</th>
<th scope="col">Numbers, with their 95{NARROW}% intervals</th></tr></thead>
<tbody>
{rows}
</tbody>
</table>
</div>
<h2>Not tested</h2>
<p>{escape(untested_sentence(card))}</p>
<h2>What was measured</h2>
<p>{escape(measured_sentences(card))}</p>
<p class="small">Measured again, and compared with this card, by
<code>steering verify {escape(file)}</code>.</p>
</article>
</main>
</body>
</html>
"""


def headline(card: ReliabilityCard) -> str:
    """Return in a sentence or two whether the vector can be trusted, by the verdicts alone."""
    if not card.answering.answers:
        return (
            "Without a vector the model does not answer these questions: "
            f"{card.answering.reason}. Nothing can be said of the vector."
        )
    asked, slope = card.questions, card.steering.number
    told = f"{_HEADLINES[card.steering.outcome]}: {_with_unit(slope)}."
    if asked.asked > asked.too_little:
        told += (
            f" On {asked.wrong_way} of {asked.asked - asked.too_little} questions it moves the "
            "answer the wrong way, beyond chance."
        )
    return told


def lines(card: ReliabilityCard) -> Iterator[Line]:
    """Return the questions that a card answers, in the order of the page."""
    answering = card.answering
    known = [("personas in the prompt differ by", answering.personas)]
    if card.about.form == TODAY["form"]:
        known.insert(0, ("the letters hold", answering.letters))
    yes = "yes" if answering.answers else f"no: {answering.reason}"
    yield Line("Does the model answer by itself?", yes, _each(known))
    yield _line("Does the vector move the answer?", card.steering)
    per = f"{_with_unit(card.per_dose)}; the dose of λ = 1 is {_known(card.about.dose)}"
    yield Line("How much is that for its length?", "", per)
    yield _of_questions(card)
    if not card.shifts:
        yield Line("Under other prompts?", _NOT_MEASURED)
    for one in card.shifts:
        yield _line(f"Under another prompt, {one.subject}?", one)
    yield _line("Does it do more than other concepts' vectors?", card.specific)
    if card.about.form == TODAY["form"]:
        yield _line("Does it push towards a letter?", card.letter)
    for one in card.prompting:
        yield _line(f"Does the persona {one.subject} do more than one unit of λ?", one)
    yield _of_operating(card.operating)
    other = "in free text" if card.about.form == TODAY["form"] else "by letter"
    yield _line(f"Does it hold {other}, with the vector read there?", card.other_form)
    yield _line("Does the vector read in the other form do it here?", card.crossed)
    if card.about.form != TODAY["form"]:
        yield _line("Do sampled replies suit the persona more?", card.replies)
    foretold = "; ".join(f"{one.title} {_known(one.value)}" for one in card.predictors)
    yield Line("What did training items foretell?", "" if foretold else _NOT_MEASURED, foretold)
    yield _of_pairs(card.pairs)


def untested_sentence(card: ReliabilityCard) -> str:
    """Return what the card is no ground for, in a sentence."""
    return f"This card says nothing about {listed(card.untested)}."


def measured_sentences(card: ReliabilityCard) -> str:
    """Return what was measured on what, and with what."""
    about = card.about
    versions = ", ".join(f"{name} {version}" for name, version in sorted(about.versions.items()))
    form = "answers by letter" if about.form == TODAY["form"] else "free text"
    return (
        f"Model {about.model} ({about.architecture}, {about.parameters:,} parameters, revision "
        f"{about.revision}). Concept {about.concept} ({about.kind}; {about.origin}, SHA-256 "
        f"{about.sha256}). Form: {form}. Layer {about.layer}; operator "
        f"{about.plan.get('operator')}, maker {about.plan.get('maker')}. Measured on {about.date}, "
        f"{about.device}, {about.dtype}, with {versions}."
    )


def _line(question: str, finding: Finding | None) -> Line:
    if finding is None:
        return Line(question, _NOT_MEASURED)
    if finding.number.value is None:
        told = ""
    else:
        told = _with_unit(finding.number)
        # That of a shift is about the margin, and says nothing beside an effect that is kept.
        if finding.p is not None and finding.claim != SHIFT:
            told += f"; {equals('p', finding.p)}"
            family = f" among {finding.family}" if finding.family > 1 else ""
            told += f", {equals('q', finding.q)}{family}" if family and finding.q else ""
    reason = f" ({finding.reason})" if finding.reason else ""
    return Line(question, f"{finding.outcome}{reason}", told)


def _of_questions(card: ReliabilityCard) -> Line:
    asked = card.questions
    judged = asked.asked - asked.too_little
    answer = f"{asked.wrong_way} of {judged} beyond chance" if judged else "too little data"
    told = f"{_with_unit(asked.wrong_share)}; {asked.right_way} the right way, "
    told = f"{told}{asked.undecided} undecided" if judged else ""
    below = f"slopes below zero, by chance or not: {_with_unit(asked.below_zero)}"
    return Line("How many questions the wrong way?", answer, "; ".join(filter(None, [told, below])))


def _of_operating(point: Operating | None) -> Line:
    question = "At the strongest push that text can bear?"
    if point is None:
        return Line(question, _NOT_MEASURED)
    told = (
        f"λ = {number(point.multiplier)}, a dose of {number(point.dose)}, at which a token of "
        f"neutral text loses {_known(point.loss)} nats of {number(point.limit)} allowed (KL "
        f"{_known(point.divergence)})"
    )
    if point.finding is None:
        return Line(question, _NOT_MEASURED, told)
    return Line(question, point.finding.outcome, f"{_with_unit(point.finding.number)}; {told}")


def _of_pairs(pairs: Pairs | None) -> Line:
    question = "How many training pairs are enough?"
    if pairs is None:
        return Line(question, _NOT_MEASURED)
    told = f"half of them keep {_with_unit(pairs.half)} of the effect"
    if pairs.needed is None:
        return Line(question, "cannot be said", f"made from {pairs.groups} groups")
    answer = f"{number(pairs.needed, 0)} of {pairs.groups} groups keep 95{NARROW}%"
    return Line(question, answer, told)


def _each(named: list[tuple[str, Number]]) -> str:
    return "; ".join(f"{name} {_with_unit(one)}" for name, one in named)


def _with_unit(one: Number) -> str:
    """Return a number with its interval, its unit, and what it is of."""
    shares = one.unit in _SHARES
    text = share if shares else number
    if one.value is None:
        return _NOT_MEASURED
    told = text(one.value)
    if one.low is not None and one.high is not None:
        told += f" ({interval(one.low, one.high, text).replace(' ', TOGETHER)})"
    told += "" if shares else f" {one.unit.replace('share of', 'of')}"
    sizes = f"n = {one.n} in {one.groups} groups" if one.groups else f"n = {one.n}"
    return f"{told}, {sizes.replace(' = ', f'{TOGETHER}={TOGETHER}')}" if one.n else told


def _known(value: float | None) -> str:
    return "–" if value is None else number(value)


def _row(line: Line) -> str:
    cells = f"<td>{escape(line.answer)}</td><td>{escape(line.numbers)}</td>"
    return f'<tr><th scope="row">{escape(line.question)}</th>{cells}</tr>'
