"""Sentences and a table about the λ that equals a persona, and about both together."""

from __future__ import annotations

import math

import pandas as pd
from IPython.display import Markdown

from steering.analysis.answering import LEAST_EFFECT
from steering.analysis.curves import RUN_KEY
from steering.prose.words import Column, Row, number, records, table, within

EQUAL = ("equal", "equal_low", "equal_high")
DOSE = ("dose", "dose_low", "dose_high")
BEYOND = ("beyond", "beyond_low", "beyond_high")
ALONE = ("vector_alone", "vector_alone_low", "vector_alone_high")
EXTRA = ("extra", "extra_low", "extra_high")
# The personas that sentences are about: that of the user's turn where there is no system role.
TOLD = ("SYS_POS", "USER_POS")


def personas_sentences(equal: pd.DataFrame, together: pd.DataFrame) -> str:
    """Return at which λ the vector equals the positive persona, and whether the two add up.

    Takes the tables `equal_multipliers` and `together` of `analysis.personas`, of one run. The two
    are said to do more or less than their sum where the 95 % interval of what is left leaves out
    zero, and it is at least 0.1 logits (`answering.LEAST_EFFECT`).
    """
    name = next((one for one in TOLD if one in set(equal["persona"])), "")
    texts = [_equal(row) for row in records(equal[equal["persona"] == name])]
    texts += [_together(row) for row in records(together[together["persona"] == name])]
    return " ".join(texts)


def _equal(row: Row) -> str:
    name = row["persona"]
    if not row["bounded"]:
        return (
            f"At which λ the vector would do as much as the persona of {name} cannot be told: the "
            "interval of the vector's slope holds zero, so that every λ is possible."
        )
    dose = "" if math.isnan(row["dose"]) else f", a dose of {within(row, DOSE)} (‖λv‖ over ‖h‖)"
    beyond = ""
    if abs(row["equal"]) > row["reach"]:
        beyond = (
            f". That lies beyond the largest λ that was measured, {number(row['reach'], 1)}: it "
            "is right only if the propensity goes on along the same straight line"
        )
    return (
        f"By its mean slope, **the vector does as much as the persona of {name} at λ = "
        f"{within(row, EQUAL)}**{dose}{beyond}."
    )


def _together(row: Row) -> str:
    extra = within(row, EXTRA)
    clear = row["extra_low"] > 0 or row["extra_high"] < 0
    if clear and abs(row["extra"]) >= LEAST_EFFECT:
        ended = "more" if row["extra"] * row["towards"] > 0 else "less"
        sums = f"together they do {ended} than the sum of both: {extra}"
    else:
        sums = f"there is no clear difference from the sum of both ({extra})"
    return (
        f"Under that persona the vector at λ = 1 changes the propensity by {within(row, BEYOND)} "
        f"logits more than the persona alone, and by {within(row, ALONE)} without it: {sums}."
    )


def personas_table(equal: pd.DataFrame, together: pd.DataFrame) -> Markdown:
    """Return a table with a row for each persona: the λ that equals it, and both together.

    Takes the same tables as `personas_sentences`.
    """
    key = [*RUN_KEY, "persona", "towards"]
    rows = equal.merge(together, how="left", on=key, suffixes=("", "_both"))
    columns: dict[str, Column] = {
        "Persona": "persona",
        "λ at which the vector does as much (95\u202f%)": lambda row: within(row, EQUAL),
        "Dose (95\u202f%)": lambda row: within(row, DOSE),
        "Vector alone, λ = ±1 (95\u202f%)": lambda row: within(row, ALONE),
        "Vector under the persona (95\u202f%)": lambda row: within(row, BEYOND),
        "Beside the sum (95\u202f%)": lambda row: within(row, EXTRA),
    }
    return table(rows, columns)
