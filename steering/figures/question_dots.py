"""Dots that are single questions, each of which leads to its question in the explorer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection

from steering.figures.explorer_link import addresses
from steering.figures.theme import WHITE
from steering.records.tables import TODAY


def question_dots(
    ax: Axes,
    x: Sequence[float] | pd.Series | pd.Index,
    y: Sequence[float] | pd.Series,
    questions: pd.DataFrame,
    *,
    colour: str,
    size: float,
    full: bool = True,
    marker: str = "o",
    **options: Any,
) -> PathCollection:
    """Return a dot for each question, drawn at `x` and `y`, full or hollow; `size` is in points.

    Needs `model` and `concept` of `questions`; `item`, `order` and the settings say more closely
    where a dot leads, where the table has them. Without a model dots lead nowhere, nor do they in
    another `form` of the question than that of letters, which the explorer does not show.
    """
    drawn = ax.scatter(
        x,
        y,
        s=size**2,
        marker=marker,
        linewidths=0 if full else 1.2,
        facecolors=colour if full else WHITE,
        edgecolors=colour,
        **options,
    )
    lettered = "form" not in questions or bool((questions["form"] == TODAY["form"]).all())
    if lettered and {"model", "concept"} <= {*questions.columns}:
        drawn.set_urls(addresses(questions))
    return drawn
