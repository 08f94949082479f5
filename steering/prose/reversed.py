"""Sentences and a table about questions that a vector reverses in both orders of their answers."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
from IPython.display import Markdown, display

from steering.analysis.curves import select
from steering.analysis.reversed import in_both_orders
from steering.figures.caption import captioned
from steering.figures.reversed import observed_beside_expected
from steering.prose.findings import anchor, parted
from steering.prose.scope import marks, observed, shares_resampling
from steering.prose.words import (
    Column,
    Row,
    interval,
    number,
    plural,
    records,
    share,
    table_by_kind,
    within,
)
from steering.records.kinds import KINDS

BOTH = ("both", "low", "high")


def reversed_sentences(rows: pd.DataFrame) -> str:
    """Return how many questions are reversed in both orders, and how many chance would reverse.

    Takes rows of `analysis.reversed.in_both_orders`: one concept, or all of a kind together.
    """
    return _for_each_kind(
        rows,
        lambda row: (
            f"**{row['count']} of {plural(row['questions'], 'question')}** have a slope below zero "
            f"in both orders of their answers ({share(row['both'])}, "
            f"{interval(row['low'], row['high'], share)}). Were the two orders independent of each "
            f"other, about {number(row['expected'], 1)} would reverse in both"
        ),
        "No question was measured in both orders of its answers.",
    )


def reversed_models_sentences(rows: pd.DataFrame) -> str:
    """Return how many questions are reversed in both orders in each of two models.

    Takes rows of `analysis.reversed.in_both_models`, all of a kind together.
    """
    return _for_each_kind(
        rows,
        lambda row: (
            f"**{row['count']} of {plural(row['questions'], 'question')}** have a slope below zero "
            f"in both orders of their answers both in {row['model_x']} and in {row['model_y']} "
            f"({share(row['both'])}, {interval(row['low'], row['high'], share)}). Were the models "
            f"independent of each other, about {number(row['expected'], 1)} would reverse in both"
        ),
        "There are no two models here whose vectors move the answers to the same questions.",
    )


def reversed_table(rows: pd.DataFrame) -> Markdown:
    """Return a table with a row for each concept: reversed in both orders, beside independence.

    Takes the table of `analysis.reversed.in_both_orders`.
    """
    columns: dict[str, Column] = {
        "Concept": "concept",
        "Reversed in both orders (95\u202f%)": lambda row: within(row, BOTH, share),
        "Questions": lambda row: f"{row['count']} of {row['questions']}",
        "If the orders were independent": lambda row: number(row["expected"], 1),
        "Where the positive answer is A, B": lambda row: (
            f"{share(row['first'])}, {share(row['second'])}"
        ),
    }
    return table_by_kind(rows.sort_values("both", ascending=False, kind="stable"), columns)


def _for_each_kind(rows: pd.DataFrame, told: Callable[[Row], str], otherwise: str) -> str:
    parts = [row for kind in KINDS for row in records(rows[rows["kind"] == kind])]
    if not parts:
        return otherwise
    if "concept" in rows:
        return " ".join(f"{told(row)}." for row in parts)
    return " ".join(f"**{row['kind'].capitalize()}:** {told(row)}." for row in parts)


def show_reversed(moved: pd.DataFrame) -> None:
    """Display which share of each concept's questions is reversed in both orders, over a model.

    Takes the curves of concepts whose vector moves the answer (`analysis.reversed.where_moved`).
    """
    concepts = in_both_orders(moved)
    if concepts.empty:
        display(Markdown("No vector moves the answer here, so that no question can be reversed."))
        return
    told = parted(reversed_sentences(in_both_orders(moved, by=("model", "kind"))))
    display(Markdown(told.rest))
    drawn = captioned(
        observed_beside_expected(concepts),
        "Share of each concept's questions that are reversed in both orders of their answers, "
        "beside what independence of the orders would give. Above the dashed line the same "
        "questions are reversed in both." + marks(concepts, "furthest above it"),
        n=observed(select(moved)),
        interval=f"whiskers: {shares_resampling(concepts)}",
        alt="A dot for each concept: reversed in both orders against independence of the orders.",
        finding=told.finding,
        name="reversed-in-both",
    )
    display(drawn)
    display(reversed_table(concepts))


def show_reversed_pairs(concepts: pd.DataFrame, kinds: pd.DataFrame) -> None:
    """Display what each pair of models reverses in both, in words and as a figure.

    Takes the tables of `analysis.reversed.in_both_models`, by concept and by kind alone.
    """
    if concepts.empty:
        display(Markdown(reversed_models_sentences(kinds)))
    for (one, other), part in concepts.groupby(["model_x", "model_y"], sort=False):
        own = (kinds["model_x"] == one) & (kinds["model_y"] == other)
        told = parted(reversed_models_sentences(kinds[own]))
        display(Markdown(told.rest))
        drawn = captioned(
            observed_beside_expected(part, what="both models"),
            f"Questions that are reversed in both orders of their answers in {one} and in {other}, "
            "for each concept, beside what independence of the models would give. Above the dashed "
            "line the same questions are reversed in both." + marks(part, "furthest above it"),
            n=f"{plural(len(part), 'concept')} of {part['questions'].sum()} questions in all",
            interval="whiskers: 95 %, Wilson's, on an effective number that counts groups of test "
            "items",
            alt=f"A dot for each concept: reversed in {one} and {other} against independence.",
            finding=told.finding,
            name=f"reversed-in-{anchor(str(one))}-and-{anchor(str(other))}",
        )
        display(drawn)
