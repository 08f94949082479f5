"""The four findings of the first page: sentences, a small figure each, and where to read more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import pandas as pd
from IPython.display import Markdown, display
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from steering.analysis.findings import (
    BY_LETTER,
    BY_WORD,
    LEFT,
    PROMPTED,
    PUBLISHED,
    REVERSED,
)
from steering.figures.beside import in_columns
from steering.figures.caption import Captioned, captioned
from steering.figures.findings import finding_rows, findings_beside
from steering.prose.claims import Claim
from steering.prose.folded import folded
from steering.prose.words import escaped, interval, listed, number, plural, records, share
from steering.records.kinds import OURS, SHORT

NAMED = 3  # models whose numbers are told one by one
ADDRESSES = "Every claim has [an address of its own](claims.ipynb), by which it can be cited."
NOTHING = "No vector moves the answer here, so that there is no effect to describe."


@dataclass(frozen=True)
class Shown:
    """How one finding is shown: its title, what its figure measures, and what its page adds."""

    finding: str
    title: str
    xlabel: str
    text: str
    interval: str
    noun: str
    percent: bool
    line: float | None
    told: str


FOUR = (
    Shown(
        finding=REVERSED,
        title="Do single questions reverse?",
        xlabel="questions that reverse",
        text="Share of questions whose slope is below zero whichever answer stands first. Grey bar:"
        " what it would be if the two orders were independent of each other.",
        interval="95 %, Wilson's, on an effective number that counts groups of test items",
        noun="question",
        percent=True,
        line=0.0,
        told="Questions that reverse in both orders",
    ),
    Shown(
        finding=PROMPTED,
        title="The prompt, or the vector?",
        xlabel="lead of the persona (logits)",
        text="How much further a persona in the prompt moves the answer than the vector at λ = 1."
        " Right of the line the prompt is ahead. A case is one persona in the system prompt or in"
        " the user's turn.",
        interval="quartiles over cases",
        noun="case",
        percent=False,
        line=0.0,
        told="Median lead of the persona, in logits",
    ),
    Shown(
        finding=LEFT,
        title="Other prompts",
        xlabel="share that is left",
        text="What is left of a vector's mean slope when a persona enters the prompt: the median of"
        " concepts and prompts. Hollow: as published. On the line nothing changes.",
        interval="quartiles over concepts and prompts",
        noun="pair",
        percent=True,
        line=1.0,
        told="Median share of the slope that is left under another prompt",
    ),
    Shown(
        finding=BY_LETTER,
        title="The letter and the word",
        xlabel="share of the variance",
        text="How much of the variance of slopes goes with the letter of the answer, (A) or (B),"
        " and how much more with its word, Yes or No: the median of concepts. Hollow: as"
        " published.",
        interval="quartiles over concepts",
        noun="concept",
        percent=True,
        line=0.0,
        told="Median share of the variance that goes with the letter",
    ),
)


def show_findings(
    findings: pd.DataFrame, theirs: pd.DataFrame, claims: Sequence[Claim], *, beside: bool
) -> None:
    """Display each of the four findings that this report has something of, and fold its sentences.

    `findings` and `theirs` are the tables of `analysis.findings`, `claims` those of
    `claims_of(findings)`. `beside` says whether a data set of the paper was measured here, so that
    its numbers stand in the figures.
    """
    drawn, told = {}, []
    for shown in FOUR:
        names = [shown.finding, BY_WORD] if shown.finding == BY_LETTER else [shown.finding]
        own = findings[findings["finding"].isin(names)]
        if own.empty:
            continue
        told += [f"**{shown.title}**", sentences([one for one in claims if one.finding in names])]
        paper = theirs[theirs["finding"].isin(names)] if shown.finding != REVERSED else theirs[:0]
        if beside and len(paper):
            told.append(published_sentence(paper))
        rows = _in_order(pd.concat([own, paper]) if beside else own)
        drawn[shown.title] = partial(_figure, shown, rows)
    if not drawn:
        display(Markdown(NOTHING))
        return
    display(in_columns(*drawn.values(), titles=tuple(drawn)))
    display(folded("In words: every number, with the address of its claim", *told, ADDRESSES))


def sentences(claims: Sequence[Claim]) -> str:
    """Return some claims as sentences, a line each: by finding, and concepts of ours last.

    Every sentence has the address of its claim, and every model its page.
    """
    findings = list(dict.fromkeys(claim.finding for claim in claims))
    order = sorted(claims, key=lambda one: (findings.index(one.finding), one.kind == OURS))
    return "\n".join(f"- {_one(claim)}" for claim in order)


def _one(claim: Claim) -> str:
    start, name = f"In {claim.model}, ", f'<a href="{claim.page}">{escaped(claim.model)}</a>'
    rest = escaped(claim.sentence.removeprefix(start))
    return f'In {name}, {rest} (<a href="{claim.link}">claim</a>)'


def published_sentence(paper: pd.DataFrame) -> str:
    """Return the paper's numbers of one finding: its median and quartiles, as Markdown."""
    what = {LEFT: "what is left", BY_LETTER: "the letter's share", BY_WORD: "the word's share"}
    texts = [
        f"{what.get(row['finding'], 'the share')} in {row['model']} {share(row['value'])} "
        f"({interval(row['low'], row['high'], share)})"
        for row in records(paper)
    ]
    return f"Published medians and quartiles over data sets: {listed(texts)}."


def _in_order(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows as the figure shows them: of each finding, those of public concepts first."""
    rows = rows.assign(ours=rows["kind"] == OURS)
    return rows.sort_values(["finding", "ours"], kind="stable", ignore_index=True)


def _figure(shown: Shown, rows: pd.DataFrame) -> Captioned:
    several = rows["finding"].nunique() > 1
    values = listed(
        f"{row['finding'] + ': ' if several else ''}{row['model']} ({row['kind']}) "
        f"{share(row['value']) if shown.percent else number(row['value'])}"
        for row in records(rows)
    )
    return captioned(
        _drawn(shown, rows),
        shown.text,
        finding=lead(shown, rows[rows["kind"] != PUBLISHED]),
        n=_how_many(shown, rows[rows["finding"] == shown.finding]),
        interval=shown.interval,
        alt=f"A row for each model and kind of concept: {values}.",
        name=shown.finding,
        brief=True,
    )


def _drawn(shown: Shown, rows: pd.DataFrame) -> Figure | Axes:
    """Return a finding's figure; of two with the same rows, a panel each."""
    if rows["finding"].nunique() < 2:
        return finding_rows(rows, shown.xlabel, percent=shown.percent, line=shown.line)
    parts = {str(finding): part for finding, part in rows.groupby("finding", sort=False)}
    return findings_beside(parts, shown.xlabel, percent=shown.percent, line=shown.line)


def _how_many(shown: Shown, own: pd.DataFrame) -> str:
    """Return of how many a finding is in each model, by the kind of concepts."""
    told: list[str] = []
    for kind, part in own.groupby("kind", sort=False):
        *others, last = sorted(set(part["of"].astype(int)))
        counts = [*map(str, others), str(last) if told else plural(last, shown.noun)]
        told.append(f"{listed(counts)} ({SHORT.get(str(kind), kind)})")
    return f"{listed(told)}{' each' if own['model'].nunique() > 1 else ''}"


def lead(shown: Shown, rows: pd.DataFrame) -> str:
    """Return the finding: the number of each model on one kind of concepts; then on the others.

    Of more models than `NAMED`, it is the range of their numbers.
    """
    write = share if shown.percent else number
    own = rows[rows["finding"] == shown.finding]
    parts = []
    for kind, part in own.groupby("kind", sort=False):
        if len(part) > NAMED:
            ends = interval(part["value"].min(), part["value"].max(), write)
            parts.append(f"{ends} in {len(part)} models on {kind}")
        else:
            numbers = [
                f"{write(row['value'])} ({interval(row['low'], row['high'], write)}) in "
                f"{row['model']}"
                for row in records(part)
            ]
            parts.append(f"{listed(numbers)} on {kind}")
    first, *others = parts or ["not measured"]
    beside = f" By comparison, {'; '.join(others)}." if others else ""
    return f"{shown.told}: {first}.{beside}"
