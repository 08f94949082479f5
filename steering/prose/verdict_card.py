"""The card at the top of a concept's page: in each model, what every rule says of its vector."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import pandas as pd
from IPython.display import Markdown

from steering.analysis.concept_run import ConceptRun
from steering.analysis.verdict.outcomes import (
    BRITTLE,
    KEPT,
    NO_ANSWER,
    NOT_STEERED,
    NOT_TESTED,
    PROMPT_FIRST,
    PROMPTING,
    REVERSED,
    SHIFT,
    SPECIFIC,
    STEERING,
    STRONGER,
    TOO_LITTLE,
    VECTOR_FIRST,
    counts,
    of_claim,
)
from steering.prose.words import Column, Row, escaped, number, records, share, table, within

MEAN = ("mean", "low", "high")
REVERSED_SHARE = ("reversed", "reversed_low", "reversed_high")
SHIFTS = {KEPT: "keeps its effect", BRITTLE: "loses effect", STRONGER: "gains effect"}


def verdict_card(runs: Sequence[ConceptRun], cards: Sequence[str] = ()) -> Markdown:
    """Return a table with a row for each model: the verdicts on this concept, with their sizes.

    Every cell that says more than a number holds the outcome of a rule of `analysis.verdict`.
    `cards` are the addresses of the reliability cards, one for each of `runs`; "" where there is
    none. Where all are "", nothing is said of them.
    """
    rows = pd.DataFrame([_row(run) for run in runs])
    columns: dict[str, Column] = {
        "Model": "model",
        "The vector": "outcome",
        "Mean slope (95\u202f%)": "slope",
        "Questions below zero (95\u202f%)": "reversed",
        "Judged one by one": "beyond",
        "Against a persona in the prompt": "prompting",
        "Under other prompts": "shifts",
        "Beside other concepts' vectors": "specific",
    }
    if any(cards):
        rows["card"] = [_card(run, place) for run, place in zip(runs, cards, strict=True)]
        columns["On one sheet"] = "card"
    return table(rows, columns, folded=False)


def _row(run: ConceptRun) -> dict[str, str]:
    concept = records(run.concepts)[0]
    return {
        "model": escaped(run.model),
        "outcome": _one(of_claim(run.claims, STEERING)),
        "slope": within(concept, MEAN),
        "reversed": within(concept, REVERSED_SHARE, share) if concept["questions"] else "–",
        "beyond": _beyond(run),
        "prompting": _prompting(run),
        "shifts": _shifts(run),
        "specific": _specific(run),
    }


def _card(run: ConceptRun, place: str) -> str:
    """Return a link to a card as HTML: MyST would look for a file of that name before it is made.

    What it is called names its model, so that several on a page can be told apart by ear.
    """
    if not place:
        return "–"
    card = f"reliability card of {escaped(run.model)}"
    data = place.removesuffix(".html") + ".json"
    return f'<a href="{escape(place)}">{card}</a> (<a href="{escape(data)}">JSON of it</a>)'


def _one(rows: pd.DataFrame) -> str:
    return str(rows["outcome"].iloc[0]) if len(rows) else "–"


def _beyond(run: ConceptRun) -> str:
    """Return how many questions are moved the wrong way, by their own verdicts."""
    judged = run.questions["outcome"].dropna()
    if judged.empty or judged.isin([TOO_LITTLE, NO_ANSWER]).all():
        return "not judged"
    return f"{int((judged == REVERSED).sum())} of {len(judged)} moved the wrong way"


def _prompting(run: ConceptRun) -> str:
    judged = of_claim(run.claims, PROMPTING)
    judged = judged[judged["estimate"].notna()]
    if judged.empty:
        return "–"
    found = counts(run.claims, PROMPTING)
    told = [
        f"{who} does more in {found[outcome]}"
        for outcome, who in ((PROMPT_FIRST, "the prompt"), (VECTOR_FIRST, "the vector"))
        if found[outcome]
    ]
    return f"{' and '.join(told) or 'neither does more'} of {len(judged)}"


def _shifts(run: ConceptRun) -> str:
    judged = of_claim(run.claims, SHIFT)
    if judged.empty:
        return "–"
    if (judged["outcome"] == NOT_STEERED).all():
        return "not judged"
    told = [_shift(judged, outcome, phrase) for outcome, phrase in SHIFTS.items()]
    return "; ".join(filter(None, told)) or "cannot be decided"


def _shift(judged: pd.DataFrame, outcome: str, phrase: str) -> str:
    found = judged[judged["outcome"] == outcome]
    return f"{phrase} in {len(found)} of {len(judged)}" if len(found) else ""


def _specific(run: ConceptRun) -> str:
    judged: list[Row] = [*records(of_claim(run.claims, SPECIFIC))]
    if not judged:
        return "–"
    beside = records(run.others)
    outcome = str(judged[0]["outcome"])
    if not beside or outcome in (NOT_STEERED, NOT_TESTED):
        return outcome.partition(",")[0]
    strongest = escaped(beside[0]["strongest"])
    return f"{outcome} (strongest: {strongest}, {number(beside[0]['strongest_mean'])})"
