"""Figures of how much the slopes of one concept's questions differ, beside chance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import seaborn as sns
from matplotlib import pyplot as plt
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import PercentFormatter

from steering.figures.theme import (
    BLACK,
    BLUE,
    PALE,
    STEERABILITY,
    VERMILION,
    WIDTH,
    axes,
    grouped,
    height_of,
    row_of,
    rows_of,
    whiskers,
    zero_line,
)
from steering.records.kinds import kinds_of

DOT: dict[str, Any] = {"linestyle": "none", "marker": "o", "markersize": 6, "color": BLACK}


def by_mean(concepts: pd.DataFrame) -> list[str]:
    """Return the rows of figure 1: by kind, and the most steerable concept first."""
    return grouped(kinds_of(concepts.sort_values("mean", ascending=False, kind="stable")))


def variability(curves: pd.DataFrame, concepts: pd.DataFrame) -> Figure:
    """Return figure 1: the violins beside the anti-steerable shares, concepts in one order.

    `curves` are rows of `analysis.curves.curve_table` (one pair of settings, one direction),
    `concepts` is the table of `analysis.variability.by_concept`; both of one model.
    """
    order = by_mean(concepts)
    height = 2.0 + height_of(len(order), 0.62)
    figure, (left, right) = plt.subplots(
        ncols=2, sharey=True, width_ratios=(1.6, 1), figsize=(WIDTH, height), layout="constrained"
    )
    steerability_violins(curves, concepts, ax=left, order=order)
    anti_steerable_shares(concepts, ax=right, order=order)
    left.set_xlabel(STEERABILITY.replace(" (", "\n("))
    diamond = Line2D([], [], label="anti-steerable beyond chance", **DOT | {"marker": "d"})
    figure.legend(handles=[*chance_key(), diamond], loc="outside upper center", ncols=2)
    return figure


def chance_key() -> list[Artist]:
    """Return what a legend says of dots and of chance."""
    return [
        Line2D([], [], label="beyond chance", **DOT),
        Line2D([], [], label="may be chance", markerfacecolor="white", **DOT),
        Patch(color=PALE, label="95 % of random vectors"),
    ]


def steerability_violins(
    curves: pd.DataFrame,
    concepts: pd.DataFrame,
    ax: Axes | None = None,
    *,
    order: Sequence[str] | None = None,
) -> Axes:
    """Return axes that show the distribution of steerability per concept, its mean, and chance.

    Needs `concept`, `steerability` of `curves`; `concept`, `kind`, `mean`, `low`, `high`,
    `chance_low`, `chance_high`, `beyond_chance` of `concepts`. The mean's dot is hollow unless
    beyond chance.
    """
    names = list(order or by_mean(concepts))
    ax = axes(ax, height=1.4 + height_of(len(names), 0.62))
    sns.violinplot(
        data=curves,
        x="steerability",
        y="concept",
        order=names,
        orient="h",
        color=BLUE,
        inner=None,
        cut=0,
        density_norm="width",
        width=0.8,
        linewidth=0,
        alpha=0.45,
        ax=ax,
    )
    places = rows_of(names, ax)
    _chance_bands(ax, concepts, places, "chance_low", "chance_high")
    dots(ax, concepts, places, ("mean", "low", "high"), BLACK)
    zero_line(ax, vertical=True)
    ax.set(xlabel=STEERABILITY, ylabel="")
    return ax


def anti_steerable_shares(
    concepts: pd.DataFrame, ax: Axes | None = None, *, order: Sequence[str] | None = None
) -> Axes:
    """Return axes that show the share of anti-steerable items, and the share beyond chance.

    Needs `concept`, `kind`, `anti_steerable`, `anti_steerable_low`, `anti_steerable_high`,
    `anti_steerable_beyond_chance` with `_low` and `_high`, `chance_anti_low`, `chance_anti_high`,
    `beyond_chance`.
    """
    names = list(order or by_mean(concepts))
    ax = axes(ax, height=1.4 + height_of(len(names), 0.62))
    places = rows_of(names, ax)
    _chance_bands(ax, concepts, places, "chance_anti_low", "chance_anti_high")
    share, beyond = (
        (name, f"{name}_low", f"{name}_high")
        for name in ("anti_steerable", "anti_steerable_beyond_chance")
    )
    dots(ax, concepts, places, share, VERMILION)
    diamonds = concepts.dropna(subset=beyond[0])
    # An empty line that is not clipped counts as lying in the figure's corner.
    if len(diamonds):
        ax.errorbar(
            diamonds[beyond[0]],
            row_of(diamonds, places) + 0.24,
            xerr=whiskers(diamonds, *beyond),
            fmt="d",
            markersize=6,
            elinewidth=1.2,
            color=BLACK,
            clip_on=False,
        )
    ax.set(xlim=(0, 1), xlabel="anti-steerable share\nof items", ylabel="")
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
    """Draw a dot with whiskers on each row: filled beyond chance, hollow where it may be chance."""
    rows = table[table["concept"].isin(list(places))]
    certain = (
        rows["beyond_chance"].fillna(False).astype(bool)
        if "beyond_chance" in rows
        else pd.Series(True, index=rows.index)
    )
    for filled, part in rows.groupby(certain):
        ax.errorbar(
            part[names[0]],
            row_of(part, places),
            xerr=whiskers(part, *names),
            fmt="o",
            color=colour,
            markerfacecolor=colour if filled else "white",
            markersize=6,
            elinewidth=2,
            capsize=0,
            zorder=4,
            clip_on=False,
        )


def _chance_bands(
    ax: Axes, table: pd.DataFrame, places: dict[str, int], low: str, high: str
) -> None:
    bands = table[table["concept"].isin(list(places))].dropna(subset=[low, high])
    for row in bands[["concept", low, high]].itertuples(index=False):
        name, start, end = row
        ax.add_patch(
            Rectangle((start, places[name] - 0.42), end - start, 0.84, color=PALE, zorder=0.5, lw=0)
        )
