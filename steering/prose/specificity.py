"""Sentences and a table about whether a vector does more than those of other concepts."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from IPython.display import Markdown, display

from steering.analysis.verdict.outcomes import (
    NOT_STEERED,
    NOT_TESTED,
    OTHER_FIRST,
    OWN_FIRST,
    SPECIFIC,
    of_claim,
)
from steering.figures.caption import captioned
from steering.figures.specificity import specificity_matrix
from steering.prose.findings import counts
from steering.prose.outcomes import outcome_sentences, p_adjusted
from steering.prose.scope import whole
from steering.prose.words import (
    UNIT,
    Column,
    Row,
    escaped,
    interval,
    number,
    plural,
    records,
    table_by_kind,
    within,
)

OWN = ("own", "own_low", "own_high")
AHEAD = ("ahead", "ahead_low", "ahead_high")


def specificity_sentences(
    verdicts: pd.DataFrame, others: pd.DataFrame, why_not: Mapping[str, str]
) -> str:
    """Return whether one concept's vector does more than those of other concepts.

    Takes the verdicts on the concept, its rows of `analysis.specificity.specificity`, of which
    there are none where no other vector was tried, and the sentences that say why not
    (`records.matrix.not_compared`).
    """
    beside = {row["concept"]: row for row in records(others)}
    rows = records(of_claim(verdicts, SPECIFIC))
    told = [_of_one(row, beside.get(row["concept"])) for row in rows]
    if others.empty:
        told += [f"The reason: {escaped(sentence)}" for sentence in why_not.values()]
    return " ".join(told)


def _of_one(row: Row, beside: Row | None) -> str:
    if row["outcome"] == NOT_TESTED:
        return f"**Specificity: not tested** ({row['reason']})."
    if row["outcome"] == NOT_STEERED:
        finding = "**Specificity is not judged**, since the vector does not move the answer"
        return f"{finding}.{_beside(beside)}"
    slope = (
        f"its mean slope is {number(row['estimate'])} {UNIT} "
        f"({interval(row['low'], row['high'])}), {p_adjusted(row)}"
    )
    findings = {
        OWN_FIRST: "The vector does more than those of other concepts",
        OTHER_FIRST: "Another concept's vector does more on these questions than the own one",
    }
    finding = findings.get(
        row["outcome"], "The vector cannot be told apart from those of other concepts"
    )
    return f"**{finding}**: {slope}.{_beside(beside)}"


def _beside(row: Row | None) -> str:
    if row is None:
        return ""
    ends = sorted(np.sign(row["ahead"]) * row[f"ahead_{end}"] for end in ("low", "high"))
    way = "larger" if row["ahead"] > 0 else "smaller"
    return (
        f" Among {plural(row['others'], 'other vector')} of the same length it ranks "
        f"{row['rank']} of {row['others'] + 1} by size. The strongest other one is that of "
        f"{escaped(row['strongest'])}, with {number(row['strongest_mean'])}: in size, the own "
        f"vector's slope is {number(abs(row['ahead']))} {way} ({interval(*ends)})."
        f"{_left_out(row['left_out'])}"
    )


def _left_out(count: int) -> str:
    if not count:
        return ""
    return (
        f" Over all other vectors, {plural(count, 'question')} did not count, since the vector was "
        "made from the same statement."
    )


def specificity_sentences_over(verdicts: pd.DataFrame) -> str:
    """Return on how many concepts of a model the vector is specific. Takes the verdicts."""
    rows = of_claim(verdicts, SPECIFIC)
    if (rows["outcome"] == NOT_TESTED).all():
        return "**Specificity: not tested**, since no other concept's vector was tried here."
    return outcome_sentences(verdicts, SPECIFIC)


def show_specificity(verdicts: pd.DataFrame, others: pd.DataFrame, means: pd.DataFrame) -> None:
    """Display on how many concepts of a model the vector is specific, with a figure and a table.

    Takes the verdicts and the tables of `analysis.specificity.specificity` and `matrix_means`. The
    sentence stands alone where no other vector was tried, or where no vector moves the answer: the
    slopes are all close to zero then, and none is a multiple of another in any sense.
    """
    told = specificity_sentences_over(verdicts)
    if others.empty or _unjudged(verdicts):
        display(Markdown(told))
        return
    drawn = captioned(
        specificity_matrix(means, multiples=True),
        "Mean slope of each concept's vector (columns) on each concept's questions (rows), as a "
        "multiple of the size of the own vector's, which is framed. Where vectors are specific, "
        "only the frames are dark.",
        n=f"{plural(len(others), 'concept')}, {whole(others['others'])} other vectors each",
        interval="none; the table has those of the own vector beyond the strongest other one",
        alt=f"A map of {len(others)} rows, the questions of a concept, by columns, the vectors.",
        finding=counts(told),
        name="specificity",
    )
    display(drawn)
    display(specificity_table(others, verdicts))


def _unjudged(verdicts: pd.DataFrame) -> bool:
    return bool(of_claim(verdicts, SPECIFIC)["outcome"].isin([NOT_STEERED, NOT_TESTED]).all())


def specificity_table(others: pd.DataFrame, verdicts: pd.DataFrame) -> Markdown:
    """Return a table with a row for each concept: its own vector beside those of other concepts.

    Takes the table of `analysis.specificity.specificity`, and that of verdicts.
    """
    judged = of_claim(verdicts, SPECIFIC)[["model", "concept", "outcome"]]
    columns: dict[str, Column] = {
        "Concept": "concept",
        "Verdict": "outcome",
        "Own mean slope (95\u202f%)": lambda row: within(row, OWN),
        "Rank": lambda row: f"{row['rank']} of {row['others'] + 1}",
        "Typical size of another's": lambda row: number(row["spread"]),
        "Strongest other": lambda row: (
            f"{escaped(row['strongest'])}, {number(row['strongest_mean'])}"
        ),
        "Own beyond it (95\u202f%)": lambda row: within(row, AHEAD),
        "Questions left out": "left_out",
    }
    return table_by_kind(others.merge(judged, how="left", on=["model", "concept"]), columns)
