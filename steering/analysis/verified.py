"""What a card says beside what measuring it again gives: which numbers and verdicts differ."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from steering.analysis.statistics.chance import RATE
from steering.records.reliability import Finding, Number, ReliabilityCard

# On the same kind of machine, in the same precision, nothing may differ by more.
TOLERANCE = 1e-3
# What one run cannot measure again: it takes the other concepts, or the other form, of a report.
NOT_AGAIN = ("specific", "other_form", "crossed")

Value = float | str | None


@dataclass(frozen=True)
class Compared:
    """One thing that the card says, what was found now, and whether they agree.

    `allowed` says in words what would have agreed.
    """

    what: str
    card: Value
    found: Value
    agrees: bool
    allowed: str


@dataclass(frozen=True)
class _Said:
    """A number that a card says, with its interval where it has one, or a word.

    `exact` holds for what no machine may change, such as how many questions were asked, and `alike`
    for what can be compared on the same kind of machine alone.
    """

    value: Value
    low: float | None = None
    high: float | None = None
    exact: bool = False
    alike: bool = False


def same_place(card: ReliabilityCard, found: ReliabilityCard) -> bool:
    """Return whether both were measured on the same kind of machine and in the same precision."""
    one, other = card.about, found.about
    return (one.device, one.dtype) == (other.device, other.dtype)


def compared(card: ReliabilityCard, found: ReliabilityCard) -> list[Compared]:
    """Return everything that a card says and one run can measure again, beside what was found.

    On the same kind of machine and in the same precision, numbers agree within 0.001, counts
    exactly, and outcomes by `outcomes_agree`. Elsewhere a number agrees if it lies in the card's
    interval; what has none is not compared there, except for the layer and the counts of what was
    asked. What the card does not say is not compared.
    """
    alike, now = same_place(card, found), dict(_said(found))
    rows = []
    for what, said in _said(card):
        if alike or not said.alike:
            rows.append(_beside(what, said, now.get(what, _Said(None)), alike=alike))
    if alike:
        again = dict(_findings(found))
        pairs = [(what, one, again.get(what)) for what, one in _findings(card)]
        rows += [_outcomes(what, one, other) for what, one, other in pairs]
    return rows


def outcomes_agree(card: Finding, found: Finding) -> bool:
    """Return whether the outcome that a card claims is borne out by that of one run alone.

    In a report, p is adjusted over the tests of all its concepts, and q of the card may be larger
    than that of the run by itself. So what the card claims must hold of the run alone, too; what it
    does not claim may be a claim there if q of the card is above 5 %. No q lies below its p.
    """
    if card.q is not None and (card.p is None or card.q < card.p - TOLERANCE):
        return False
    undecided = card.q is not None and card.q > RATE and card.family > found.family
    return card.outcome == found.outcome or undecided


def _beside(what: str, said: _Said, now: _Said, *, alike: bool) -> Compared:
    if said.exact or isinstance(said.value, str):
        agrees, allowed = said.value == now.value, "the same"
    elif not (isinstance(said.value, float | int) and isinstance(now.value, float | int)):
        agrees, allowed = said.value == now.value, "a number"
    elif alike:
        # What is known to so many digits only, as of large numbers, is rounded by the machine.
        agrees = math.isclose(said.value, now.value, rel_tol=1e-6, abs_tol=TOLERANCE)
        allowed = f"within {TOLERANCE:g}"
    elif said.low is None or said.high is None:
        agrees, allowed = True, "any, since the card has no interval"
    else:
        agrees = said.low - TOLERANCE <= now.value <= said.high + TOLERANCE
        allowed = "within the card's interval"
    return Compared(what, said.value, now.value, agrees, allowed)


def _outcomes(what: str, card: Finding, found: Finding | None) -> Compared:
    agrees = found is not None and outcomes_agree(card, found)
    return Compared(
        f"verdict on {what}",
        card.outcome,
        found.outcome if found else None,
        agrees,
        "the same, or none where q is above 5 %",
    )


def _findings(card: ReliabilityCard) -> Iterator[tuple[str, Finding]]:
    """Return every verdict of a card that one run can give again, by its name."""
    each = [card.steering, *card.shifts, card.letter, *card.prompting, card.replies]
    each.append(card.operating.finding if card.operating else None)
    for one in each:
        if one is not None:
            yield f"{one.claim} {one.subject}".strip(), one


def _said(card: ReliabilityCard) -> Iterator[tuple[str, _Said]]:
    yield "layer", _Said(card.about.layer, exact=True)
    yield "dose of λ = 1", _Said(card.about.dose, alike=True)
    yield "answers", _Said(str(card.answering.answers), alike=True)
    yield "reason of not answering", _Said(card.answering.reason, alike=True)
    for what, finding in _findings(card):
        yield from _number(what, finding.number)
        yield f"{what}: p", _Said(finding.p, alike=True)
        yield f"{what}: least", _Said(finding.least, alike=True)
        yield f"{what}: reason", _Said(finding.reason, alike=True)
    yield from _number("probability of the letters", card.answering.letters)
    yield from _number("personas without a vector", card.answering.personas)
    yield from _number("slope per dose", card.per_dose)
    yield from _number("share of questions moved the wrong way", card.questions.wrong_share)
    yield from _number("share of slopes below zero", card.questions.below_zero)
    yield "questions asked", _Said(card.questions.asked, exact=True)
    for name in ("right_way", "wrong_way", "undecided", "too_little"):
        yield f"questions: {name}", _Said(getattr(card.questions, name), exact=True, alike=True)
    items = ", ".join(map(str, card.questions.wrong_items))
    yield "questions moved the wrong way", _Said(items, alike=True)
    if card.operating is not None:
        for name in ("multiplier", "dose", "limit", "loss", "divergence", "price"):
            yield f"operating point: {name}", _Said(getattr(card.operating, name), alike=True)
    for one in card.predictors:
        yield f"predictor: {one.title}", _Said(one.value, alike=True)
    if card.pairs is not None:
        yield "training groups", _Said(card.pairs.groups, exact=True)
        yield "training items", _Said(card.pairs.items, exact=True)
        yield "training groups needed", _Said(card.pairs.needed, alike=True)
        yield from _number("share that half of the pairs keep", card.pairs.half)


def _number(what: str, one: Number) -> Iterator[tuple[str, _Said]]:
    yield what, _Said(one.value, one.low, one.high)
    yield f"{what}: low", _Said(one.low, alike=True)
    yield f"{what}: high", _Said(one.high, alike=True)
    yield f"{what}: n", _Said(one.n, exact=True)
    yield f"{what}: groups", _Said(one.groups, exact=True)
