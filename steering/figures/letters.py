"""Figures of steerability by the letter and the word of the positive answer."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from steering.figures.theme import (
    BLACK,
    LETTER_COLOURS,
    STEERABILITY,
    VERMILION,
    axes,
    rows_of,
    zero_line,
)
from steering.figures.variability import cloud, dots
from steering.figures.widths import at_any_width

LARGE = 10.0  # points: of one concept there are few dots


@at_any_width
def steerability_by_answer(
    curves: pd.DataFrame, answers: pd.DataFrame, ax: Axes | None = None
) -> Axes:
    """Return axes that show figure 3 for one concept: steerability by letter and by word.

    A small dot is a curve, in the colour of its letter, and vermilion below zero.

    `answers` are the rows of `analysis.letters.by_answer` for one model and concept; a row of
    the plot is a combination that occurs, with its count. Needs `positive_letter`,
    `positive_is_yes`, `steerability` of `curves`, and `mean`, `low`, `high`, `n` of `answers`.
    """
    answers = answers.assign(kind=_answer(answers), concept=_answer(answers))
    names = answers["kind"].to_list()
    ax = axes(ax, height=1.3 + 0.7 * len(names))
    places = rows_of(names, ax, concepts=False)
    named = curves.assign(answer=_answer(curves))
    shown: dict[str, Any] = {"by": "answer", "size": LARGE}
    for letter, colour in LETTER_COLOURS.items():
        chosen = named["positive_letter"].astype("str") == letter
        below = named["steerability"] < 0
        cloud(ax, named[chosen & ~below], "steerability", places, colour, **shown)
        cloud(ax, named[chosen & below], "steerability", places, VERMILION, **shown)
    counts = [f"{kind}\nn = {n}" for kind, n in zip(names, answers["n"], strict=True)]
    ax.set_yticks(range(len(names)), counts)
    dots(ax, answers, places, ("mean", "low", "high"), BLACK)
    zero_line(ax, vertical=True)
    ax.set(xlabel=STEERABILITY, ylabel="positive answer")
    return ax


def _answer(table: pd.DataFrame) -> pd.Series:
    """Return the positive answer in words: "A = Yes", "A = No" or "A = neither".

    Where no answer is Yes or No it is the letter alone.
    """
    letter, yes = table["positive_letter"].astype("str"), table["positive_is_yes"]
    if yes.isna().all():
        return letter
    words = yes.astype("object").map({True: "Yes", False: "No"}).fillna("neither")
    return letter + " = " + words.astype("str")
