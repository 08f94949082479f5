"""What the report claims, each with an address: the first page links to it, and it can be cited."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

import pandas as pd

from steering.analysis.findings import BY_LETTER, BY_WORD, LEFT, MOVED, PROMPTED, REVERSED, WRONG
from steering.prose.words import Row, interval, number, plural, records, share
from steering.records.kinds import OURS, SHORT

PAGE = "claims.html"
# What a claim's interval is, by the finding that it is an instance of.
WILSON = "95 %, Wilson's, on an effective number of groups"
QUARTILES = "quartiles"
COUNTED = "none: a count of verdicts, each with an interval of its own"
_INTERVALS = {REVERSED: WILSON, PROMPTED: QUARTILES, LEFT: QUARTILES, BY_LETTER: QUARTILES}
_INTERVALS |= {BY_WORD: QUARTILES, MOVED: COUNTED, WRONG: COUNTED}
_UNITS = {PROMPTED: "logits"}
_CASES = {MOVED: "concept", WRONG: "question", REVERSED: "question", PROMPTED: "case"}
_CASES |= {LEFT: "concept–prompt pair", BY_LETTER: "concept", BY_WORD: "concept"}


@dataclass(frozen=True)
class Claim:
    """One sentence that the report stands by, and what it rests on.

    Attributes:
        slug: its address on the page of claims, the same in every report of the same model.
        finding, model, kind: the row of `analysis.findings.findings` that it says.
        sentence: what is claimed, in plain text.
        value, low, high: its number, and its interval, missing where `interval` says so; in `unit`.
        interval: what the interval is.
        n: of how many it is.
        page, figure: where it is shown in full, and the figure that shows it, as places in the
            book; "" where there is none.
    """

    slug: str
    finding: str
    model: str
    kind: str
    sentence: str
    value: float
    low: float
    high: float
    unit: str
    interval: str
    n: str
    page: str
    figure: str

    @property
    def link(self) -> str:
        """Return its address, as seen from the book's first folder."""
        return f"{PAGE}#{self.slug}"


def claims_of(
    findings: pd.DataFrame, *, planted: Collection[str] = (), one_page: Collection[str] = ()
) -> list[Claim]:
    """Return a claim for each row of the table of `analysis.findings.findings`.

    `planted` names the models in which the effect on concepts of ours is built in, and `one_page`
    those with one page for all questions.
    """
    claims: dict[str, Claim] = {}
    for row in records(findings):
        claim = _claim(row, built_in=row["model"] in planted, one_page=row["model"] in one_page)
        slug, number_of = claim.slug, 2
        while claim.slug in claims:  # two names that differ in signs alone
            claim, number_of = replace(claim, slug=f"{slug}-{number_of}"), number_of + 1
        claims[claim.slug] = claim
    return [*claims.values()]


def _claim(row: Row, *, built_in: bool, one_page: bool) -> Claim:
    finding, model, kind = str(row["finding"]), str(row["model"]), str(row["kind"])
    where = f"{kind} (where the effect is built in)" if built_in and kind == OURS else kind
    page = "brittleness" if finding == LEFT and not one_page else "variability"
    drawn = {BY_WORD: BY_LETTER, WRONG: REVERSED}.get(finding, finding)
    return Claim(
        slug=slug_of(finding, model, kind),
        finding=finding,
        model=model,
        kind=kind,
        sentence=f"In {model}, {_SENTENCES[finding](row, where)}.",
        value=float(row["value"]),
        low=float(row["low"]),
        high=float(row["high"]),
        unit=_UNITS.get(finding, "share"),
        interval=_INTERVALS[finding],
        n=plural(int(row["of"]), _CASES[finding]),
        page=f"models/{model}/{page}.html",
        figure="" if finding == MOVED else f"index.html#figure-{drawn}",
    )


def slug_of(finding: str, model: str, kind: str) -> str:
    """Return the address of a claim: lower case, with hyphens."""
    name = f"{finding}-{model}-{SHORT.get(kind, kind)}".lower()
    return re.sub(r"[^a-z0-9]+", "-", name).strip("-")


def _moved(row: Row, where: str) -> str:
    return f"the vector moves the average answer on {_count(row)} {where}"


def _wrong(row: Row, where: str) -> str:
    return (
        f"the vector moves {_count(row)} questions of {where} the wrong way, each of them told from"
        " chance by its verdict"
    )


def _reversed(row: Row, where: str) -> str:
    return (
        f"{_count(row)} questions of {where} reverse: their slope is below zero in both orders of "
        f"the answers ({share(row['value'])}, {interval(row['low'], row['high'], share)}). If the "
        f"orders were independent of each other, about {number(row['expected'], 1)} would"
    )


def _prompted(row: Row, where: str) -> str:
    return (
        f"a persona in the prompt does more than the vector at λ = 1 in {_count(row)} cases on "
        f"{where}, by the verdict on each; the median of its lead is {_within(row, number)} logits"
    )


def _left(row: Row, where: str) -> str:
    return (
        f"the median of what another prompt leaves of a vector's mean slope is "
        f"{_within(row, share)} on {where}; {_count(row)} pairs of a concept and a prompt lose part"
        " of the effect, by the verdict on each"
    )


def _letter(row: Row, where: str) -> str:
    text = (
        f"the letter of the answer goes with {_within(row, share)} of the variance between curves "
        f"of a concept, at the median of {where}"
    )
    if math.isnan(row["count"]):
        return text
    return f"{text}; the vector pushes towards a letter on {_count(row)}, by the verdict on each"


def _word(row: Row, where: str) -> str:
    return (
        f"whether the answer is Yes or No goes with {_within(row, share)} of the variance between "
        f"curves of a concept, at the median of {where}"
    )


_SENTENCES: Mapping[str, Callable[[Row, str], str]] = {
    MOVED: _moved,
    WRONG: _wrong,
    REVERSED: _reversed,
    PROMPTED: _prompted,
    LEFT: _left,
    BY_LETTER: _letter,
    BY_WORD: _word,
}


def _count(row: Row) -> str:
    return f"{int(row['count'])} of {int(row['of'])}"


def _within(row: Row, text: Callable[[float], str]) -> str:
    return f"{text(row['value'])} (quartiles {interval(row['low'], row['high'], text)})"


def value_of(claim: Claim) -> str:
    """Return a claim's number with its interval, as words."""
    text = number if claim.unit == "logits" else share
    unit = " logits" if claim.unit == "logits" else ""
    if math.isnan(claim.low):
        return f"{text(claim.value)}{unit}"
    return f"{text(claim.value)} ({interval(claim.low, claim.high, text)}){unit}"
