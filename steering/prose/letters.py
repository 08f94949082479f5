"""Sentences and the table about what the letter of the answer does."""

from __future__ import annotations

import pandas as pd
from IPython.display import Markdown

from steering.prose.variability import MEAN, SD
from steering.prose.words import (
    PERCENT,
    UNIT,
    Column,
    Row,
    counted,
    escaped,
    interval,
    number,
    plural,
    records,
    table_by_kind,
    within,
)


def answer_sentences(bias: Row, mean: float) -> str:
    """Return what the letter of the positive answer does, beside the mean slope.

    `bias` is a row of `position_bias`.
    """
    size = f"{number(bias['mean'])} {UNIT} ({interval(bias['low'], bias['high'])})"
    beside = f"The mean slope is {number(mean)}."
    if bias["low"] <= 0 <= bias["high"]:
        return (
            "The vector does not push towards either letter as far as these items can show: half "
            f"the difference between slopes with the positive answer at A and at B is {size}. "
            f"{beside}"
        )
    letter = "A" if bias["mean"] > 0 else "B"
    return (
        f"The vector also pushes towards the letter {letter}, whatever {letter} says: half the "
        f"difference between slopes with the positive answer at A and at B is **{size}**. {beside}"
    )


def letters_sentences(bias: pd.DataFrame) -> str:
    """Return on how many concepts the vector also pushes towards a letter, for the first page.

    Takes the table of `analysis.letters.position_bias`.
    """
    biased = bias[(bias["low"] > 0) | (bias["high"] < 0)].sort_values("mean", key=abs)
    text = (
        "Besides the concept, the vector pushes towards a letter, A or B, on "
        f"{counted(sorted(biased['concept']), len(bias), 'concept')}"
    )
    if biased.empty:
        return f"{text}."
    *others, most = records(biased)
    push, band = number(most["mean"]), interval(most["low"], most["high"])
    text += f" (interval without zero), most on {most['concept']}: {push} {UNIT} towards A ({band})"
    rest = f"; on the others at most {number(abs(others[-1]['mean']))}" if others else ""
    return f"{text}{rest}."


def bias_table(bias: pd.DataFrame) -> Markdown:
    """Return a table with a row for each concept: how far its slope depends on the letter."""
    columns: dict[str, Column] = {
        "Concept": "concept",
        "Push towards A (95\u202f%)": lambda row: within(row, MEAN),
        "SD over items (95\u202f%)": lambda row: within(row, SD),
        "Items (groups)": lambda row: f"{row['n']} ({row['groups']})",
    }
    return table_by_kind(bias, columns)


def pushed(bias: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of `position_bias` whose interval leaves out zero.

    The furthest from zero comes last.
    """
    clear = (bias["low"] > 0) | (bias["high"] < 0)
    return bias[clear].sort_values("mean", key=abs)


def bias_sentences(bias: pd.DataFrame) -> str:
    """Return on how many concepts the vector also pushes towards a letter, for one model.

    Takes the table of `analysis.letters.position_bias`.
    """
    rows = records(pushed(bias))
    text = (
        f"On {len(rows)} of {plural(len(bias), 'concept')} the vector also pushes towards a "
        f"letter, whatever it says (95{PERCENT} interval of half the difference between slopes "
        "with the positive answer at A and at B without zero)."
    )
    if not rows:
        return text
    most = rows[-1]
    letter = "A" if most["mean"] > 0 else "B"
    size = interval(*sorted((abs(most["low"]), abs(most["high"]))))
    return (
        f"{text} The push is largest on {escaped(most['concept'])}: {number(abs(most['mean']))} "
        f"{UNIT} towards {letter} ({size})."
    )
