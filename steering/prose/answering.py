"""Sentences and a table about whether the model answers the questions at all, without a vector."""

from __future__ import annotations

import pandas as pd
from IPython.display import Markdown

from steering.prose.quartiles import quartiles
from steering.prose.words import (
    MOST,
    Column,
    Row,
    records,
    share,
    table_by_kind,
    within,
)
from steering.records.kinds import KINDS
from steering.records.tables import TODAY

MASS = ("letter_mass", "letter_mass_low", "letter_mass_high")
PREFILLED = ("prefilled", "prefilled_low", "prefilled_high")
ALIKE = ("alike", "alike_low", "alike_high")
PERSONA = ("persona", "persona_low", "persona_high")
CONTENT = ("content", "content_low", "content_high")
POSITIVE = ("right_positive", "right_positive_low", "right_positive_high")
NEGATIVE = ("right_negative", "right_negative_low", "right_negative_high")
POSITION = ("position", "position_low", "position_high")


def answering_sentences(rows: pd.DataFrame) -> str:
    """Return whether the model answers one concept's questions, and by which numbers.

    Takes the rows of `analysis.answering.answering` for one concept.
    """
    return " ".join(_of_one(row) for row in records(rows))


def _of_one(row: Row) -> str:
    if row["form"] != TODAY["form"]:
        return _in_free_text(row)
    finding = "**The model answers these questions.**"
    if not row["answers"]:
        finding = f"**The model does not answer these questions**: {row['reason']}."
    parts: list[str] = []
    if pd.notna(row["letter_mass"]):
        parts.append(f"the two letters hold {within(row, MASS, share)} of the probability")
    if pd.notna(row["prefilled"]):
        parts.append(
            "by itself it would begin its answer as the prompt does with a probability of "
            f"{within(row, PREFILLED, share)}"
        )
    parts.append(
        f"{within(row, ALIKE, share)} of the questions get the same choice in both orders of their "
        "answers"
    )
    if row["personas"]:
        positive, negative = row["personas"].split(" and ")
        parts.append(
            f"between the positive persona ({positive}) and the negative one ({negative}) the "
            f"propensity differs by {within(row, PERSONA)} logits"
        )
    else:
        parts.append("no persona was tried")
    return f"{finding} Without any vector, {'; '.join(parts)}."


def _in_free_text(row: Row) -> str:
    finding = "**In free text the model says what it is asked to be.**"
    if not row["answers"]:
        finding = (
            f"**In free text the model does not say what it is asked to be**: {row['reason']}."
        )
    if not row["personas"]:
        return finding
    positive, negative = row["personas"].split(" and ")
    return (
        f"{finding} Without any vector, between the positive persona ({positive}) and the negative "
        f"one ({negative}) log p(positive text) − log p(negative text) differs by "
        f"{within(row, PERSONA)} nats."
    )


def answering_sentences_over(rows: pd.DataFrame) -> str:
    """Return of how many concepts the model answers the questions, those of each kind apart.

    Takes the table of `analysis.answering.answering` for one model.
    """
    told = []
    for kind in KINDS:
        part = rows[rows["kind"] == kind]
        if part.empty:
            continue
        silent = part[~part["answers"].astype(bool)]
        text = (
            f"**{kind.capitalize()}:** the model answers {len(part) - len(silent)} of {len(part)}"
        )
        if 0 < len(silent) <= MOST:
            reasons = [f"{row['concept']}: {row['reason']}" for row in records(silent)]
            text += f" (not {'; '.join(reasons)})"
        parts = []
        if part["letter_mass"].notna().any():
            parts.append(f"probability of the two letters, {quartiles(part['letter_mass'], share)}")
        parts.append(
            "share of a concept's questions with the same choice in both orders, "
            f"{quartiles(part['alike'], share)}"
        )
        if part["persona"].notna().any():
            parts.append(f"personas apart, {quartiles(part['persona'])} logits")
        told.append(f"{text}. Over these concepts: {'; '.join(parts)}.")
    return " ".join(told)


def answering_table(rows: pd.DataFrame) -> Markdown:
    """Return two tables with a row for each concept: what the model does without a vector.

    The first says whether it answers, the second what its propensities are made of.
    """
    gate: dict[str, Column] = {
        "Concept": "concept",
        "Answers": lambda row: "yes" if row["answers"] else f"no: {row['reason']}",
        "Letters' probability (95\u202f%)": lambda row: within(row, MASS, share),
        "Probability of what is prefilled (95\u202f%)": lambda row: within(row, PREFILLED, share),
        "Same choice in both orders (95\u202f%)": lambda row: within(row, ALIKE, share),
        "Personas apart, logits (95\u202f%)": lambda row: within(row, PERSONA),
    }
    parts: dict[str, Column] = {
        "Concept": "concept",
        "Content part, logits (95\u202f%)": lambda row: within(row, CONTENT),
        "Position part, logits (95\u202f%)": lambda row: within(row, POSITION),
        "Right under the positive persona (95\u202f%)": lambda row: within(row, POSITIVE, share),
        "Right under the negative persona (95\u202f%)": lambda row: within(row, NEGATIVE, share),
        "Questions (groups)": lambda row: f"{row['n']} ({row['groups']})",
    }
    return Markdown(f"{table_by_kind(rows, gate).data}\n\n{table_by_kind(rows, parts).data}")
