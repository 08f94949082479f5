"""Figures of how much the slopes of one concept's questions differ, beside chance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import PercentFormatter

from steering.analysis.verdict.outcomes import is_moved
from steering.figures.keys import draw_key
from steering.figures.question_dots import question_dots
from steering.figures.theme import (
    BLACK,
    BLUE,
    MANY_DOTS,
    PALE,
    STEERABILITY,
    VERMILION,
    axes,
    grouped,
    height_of,
    row_dots,
    row_of,
    rows_of,
    whiskers,
    zero_line,
)
from steering.figures.widths import at_any_width, narrow, width
from steering.records.kinds import kinds_of

DOT: dict[str, Any] = {"linestyle": "none", "marker": "o", "markersize": 6, "color": BLACK}
GOLDEN = 0.618034  # multiples of it, modulo 1, lie far apart
SPREAD = 0.3  # of a row, above and below it


def by_mean(concepts: pd.DataFrame) -> list[str]:
    """Return the rows of figure 1: by kind, and the most steerable concept first."""
    return grouped(kinds_of(concepts.sort_values("mean", ascending=False, kind="stable")))


@at_any_width
def variability(questions: pd.DataFrame, concepts: pd.DataFrame) -> Figure:
    """Return figure 1: slopes of questions beside the shares below zero, concepts in one order.

    `questions` is the table of `analysis.variability.question_slopes`, `concepts` that of
    `by_concept` with the outcome on steering (`verdict.table.with_outcomes`); both of one model.
    """
    order = by_mean(concepts)
    height = 2.2 + height_of(len(order), 0.62)
    figure, (left, right) = plt.subplots(
        ncols=2, sharey=True, width_ratios=(1.6, 1), figsize=(width(), height), layout="constrained"
    )
    slope_dots(questions, concepts, ax=left, order=order)
    reversed_shares(concepts, ax=right, order=order)
    left.set_xlabel(STEERABILITY.replace(" (", "\n("))
    diamond = Line2D([], [], label="share of curves (as in the paper)", **DOT | {"marker": "d"})
    draw_key(figure, handles=[*outcome_key(), diamond], ncols=2)
    return figure


def outcome_key() -> list[Artist]:
    """Return what a legend says of full and hollow dots, and of chance."""
    return [
        Line2D([], [], label="moves the answer", **DOT),
        Line2D([], [], label="no such verdict", markerfacecolor="white", **DOT),
        Line2D([], [], label="a question", **DOT | {"markersize": 3, "color": BLUE}),
        Line2D([], [], label="one below zero", **DOT | {"markersize": 3, "color": VERMILION}),
        Patch(color=PALE, label="95 % of random vectors"),
    ]


@at_any_width
def slope_dots(
    questions: pd.DataFrame,
    concepts: pd.DataFrame,
    ax: Axes | None = None,
    *,
    order: Sequence[str] | None = None,
) -> Axes:
    """Return axes that show the slope of every question per concept, the mean, and chance.

    A small dot is a question, and orange below zero; up and down it has no meaning. Needs
    `concept`, `steerability` of `questions`; `concept`, `kind`, `mean`, `low`, `high`,
    `chance_low`, `chance_high`, `outcome` of `concepts`. The mean's dot is hollow unless the
    verdict is that the vector moves the answer.
    """
    names = list(order or by_mean(concepts))
    ax = axes(ax, height=1.4 + height_of(len(names), 0.62))
    places = rows_of(names, ax)
    _chance_bands(ax, concepts, places, "chance_low", "chance_high")
    shown = questions[questions["concept"].isin(list(places))]
    for below, colour in ((False, BLUE), (True, VERMILION)):
        chosen = shown[(shown["steerability"] < 0) == below]
        cloud(ax, chosen, "steerability", places, colour)
    dots(ax, concepts, places, ("mean", "low", "high"), BLACK)
    zero_line(ax, vertical=True)
    ax.set(xlabel=STEERABILITY, ylabel="")
    return ax


def cloud(
    ax: Axes,
    table: pd.DataFrame,
    value: str,
    places: dict[str, int],
    colour: str,
    *,
    by: str = "concept",
    size: float = 4.5,
) -> None:
    """Draw a dot for each value on the row that `by` names; up and down it has no meaning.

    `size` is in points.

    Dots of like values lie apart, and where there is no dot there is nothing. On a desk each leads
    to its question in the explorer, unless there are so many that they are a picture.
    """
    rank = table.groupby(by)[value].rank(method="first")
    beside = table[by].map(places).astype(float) + SPREAD * (2 * ((rank * GOLDEN) % 1) - 1)
    # Where many lie on each other, a picture inside the figure is smaller than its dots.
    many = len(table) > MANY_DOTS
    options: dict[str, Any] = {"marker": ".", "alpha": 0.6, "rasterized": many}
    # On a phone a dot is too small to be hit, and links would be most of the picture's weight.
    led = table.drop(columns="model", errors="ignore") if narrow() else table
    question_dots(ax, table[value], beside, led, colour=colour, size=size, **options)


@at_any_width
def reversed_shares(
    concepts: pd.DataFrame, ax: Axes | None = None, *, order: Sequence[str] | None = None
) -> Axes:
    """Return axes that show the share of questions below zero, and that of curves beside it.

    Needs `concept`, `kind`, `reversed` and `anti_steerable` with `_low` and `_high`, `outcome`.
    """
    names = list(order or by_mean(concepts))
    ax = axes(ax, height=1.4 + height_of(len(names), 0.62))
    places = rows_of(names, ax)
    of_questions, of_curves = (
        (name, f"{name}_low", f"{name}_high") for name in ("reversed", "anti_steerable")
    )
    dots(ax, concepts.dropna(subset="reversed"), places, of_questions, VERMILION)
    ax.errorbar(
        concepts[of_curves[0]],
        row_of(concepts, places) + 0.24,
        xerr=whiskers(concepts, *of_curves),
        fmt="d",
        markersize=5,
        elinewidth=1.2,
        color=BLACK,
        clip_on=False,
    )
    ax.set(xlim=(0, 1), xlabel="share of questions\nwith a slope below 0", ylabel="")
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.set_xticks([0, 0.5, 1])
    return ax


def dots(
    ax: Axes,
    table: pd.DataFrame,
    places: dict[str, int],
    names: tuple[str, str, str],
    colour: str,
) -> None:
    """Draw a dot with whiskers on each row: full where the `outcome` is that the answer moves.

    All are full where the table has no outcomes.
    """
    rows = table[table["concept"].isin(list(places))]
    certain = is_moved(rows["outcome"]) if "outcome" in rows else pd.Series(True, index=rows.index)
    for filled, part in rows.groupby(certain):
        row_dots(ax, part, places, names, colour=colour, full=bool(filled))


def _chance_bands(
    ax: Axes, table: pd.DataFrame, places: dict[str, int], low: str, high: str
) -> None:
    bands = table[table["concept"].isin(list(places))].dropna(subset=[low, high])
    for row in bands[["concept", low, high]].itertuples(index=False):
        name, start, end = row
        ax.add_patch(
            Rectangle((start, places[name] - 0.42), end - start, 0.84, color=PALE, zorder=0.5, lw=0)
        )
