"""Sentences and the table about other operators and other makers of directions, at equal cost."""

from __future__ import annotations

import pandas as pd
from IPython.display import Markdown

from steering.analysis.operators import LESS, MORE
from steering.figures.operators import way_of
from steering.prose.words import (
    Column,
    Row,
    listed,
    number,
    plural,
    probability,
    records,
    table,
    within,
)

NOT_MEASURED = (
    "Other operators and makers were not measured in this model: `steering report MODEL --full` "
    "measures all of them, and `steering measure MODEL CONCEPT --operator NAME --maker NAME` one."
)
NOTHING_MOVES = (
    "Other operators and makers were measured, but adding the mean difference moves the answer of "
    "no concept at its operating point: there is nothing beside which they could do more or less."
)


def beside_sentences(beside: pd.DataFrame, ways: pd.DataFrame) -> str:
    """Return which ways do more or less than adding the mean difference, each kind by itself.

    Takes the table of `analysis.operators.beside_adding` for one model and form, and that of
    `records.operators` which it is made from.
    """
    if beside.empty:
        return NOTHING_MOVES if len(ways) else NOT_MEASURED
    told = [
        f"**{str(kind).capitalize()}:** {_of_kind(part)}"
        for kind, part in beside.groupby("kind", sort=False)
    ]
    return " ".join(told)


def _of_kind(beside: pd.DataFrame) -> str:
    texts = []
    for outcome in (MORE, LESS):
        part = beside[beside["outcome"] == outcome]
        if len(part):
            each = [f"{_way(row)} ({number(row['difference'])} logits)" for row in records(part)]
            verb = "do" if len(part) > 1 else "does"
            texts.append(f"{listed(each)} {verb} {outcome.split()[1]} than adding")
    rest = len(beside) - int(beside["outcome"].isin([MORE, LESS]).sum())
    if rest:
        texts.append(f"{plural(rest, 'way')} cannot be told apart from it")
    concepts = plural(int(beside["n"].max()), "concept")
    return f"over {concepts} that adding moves, {'; '.join(texts)}."


def beside_table(beside: pd.DataFrame) -> Markdown:
    """Return a table with a row for each way: its effect beyond adding, and the verdict."""
    columns: dict[str, Column] = {
        "What is done, with which direction": _way,
        "Kind": "kind",
        "Effect beyond adding, logits (95 %)": lambda row: within(
            row, ("difference", "low", "high")
        ),
        "As a share of adding's": lambda row: number(row["relative"]),
        "Concepts": lambda row: str(row["n"]),
        "Adjusted p": lambda row: probability(row["q"]),
        "Beside adding": "outcome",
    }
    return table(beside, columns)


def _way(row: Row) -> str:
    return way_of(str(row["operator"]), str(row["maker"]))
