"""Figures 5 and 6 of the paper, with published and measured points in the same axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure

from steering.figures.concept_link import concept_address
from steering.figures.keys import draw_key
from steering.figures.scatter import few, identity
from steering.figures.theme import (
    GREY,
    GRID,
    ORANGE,
    PALETTE,
    SKY,
    axes,
    whiskers,
    zero_line,
)
from steering.figures.widths import across, at_any_width, narrow, width

PUBLISHED = ((SKY, "^"), (ORANGE, "v"))  # drawn hollow and light, behind the measured points
MEASURED = ("o", "s", "D", "P", "X")


@at_any_width
def shifts_beside(shifted: pd.DataFrame, published: Sequence[str]) -> Figure:
    """Return figure 5: a panel for each shift, a point for each concept of each model.

    `shifted` is the table of `analysis.published.in_and_out` with the rows of all models;
    `published` names those of the paper, whose points are hollow and have no whiskers.
    """
    shifts = list(dict.fromkeys(shifted["shift"]))
    columns = min(across(2), len(shifts))
    rows = -(-len(shifts) // columns)
    models = shifted["model"].nunique()
    figure, panels = plt.subplots(
        nrows=rows,
        ncols=columns,
        sharex=True,
        sharey=True,
        squeeze=False,
        figsize=(width(), 0.7 + 3.2 * rows + 0.3 * ((models + 1) // 2)),
        layout="constrained",
    )
    flat = list(panels.flat)
    x = ("in_distribution", "in_low", "in_high")
    y = ("out_of_distribution", "out_low", "out_high")
    for shift, ax in zip(shifts, flat, strict=False):
        models_beside(shifted[shifted["shift"] == shift], x, y, published, ax=ax)
        ax.set_title(shift)
    for ax in flat[len(shifts) :]:
        ax.set_visible(False)
    figure.supxlabel("in distribution, BASE→BASE (logits per unit of λ)", fontsize=12.5)
    figure.supylabel("out of distribution (logits per unit of λ)", fontsize=12.5)
    _legend(figure, flat[0])
    return figure


@at_any_width
def models_against(
    pairs: pd.DataFrame, published: Sequence[str], shifts: Sequence[str] = ()
) -> Figure:
    """Return figure 6: every other model's mean steerability against that of one published model.

    `pairs` are the rows of `analysis.across.between_models` whose `model_x` is that one. A panel
    for each shift.
    """
    present = list(shifts or dict.fromkeys(pairs["shift"]))
    models = pairs["model_y"].nunique()
    rows = len(present) if narrow() else 1
    figure, panels = plt.subplots(
        nrows=rows,
        ncols=len(present) // rows,
        sharey=True,
        squeeze=False,
        figsize=(width(), 0.5 + 3.6 * rows + 0.3 * ((models + 1) // 2)),
        layout="constrained",
    )
    others = pairs.rename(columns={"model_y": "model"})
    for shift, ax in zip(present, panels.flat, strict=True):
        part = others[others["shift"] == shift]
        models_beside(part, ("x", "x_low", "x_high"), ("y", "y_low", "y_high"), published, ax=ax)
        ax.set_title(shift)
    figure.supxlabel(f"{pairs['model_x'].iloc[0]} (logits per unit of λ)", fontsize=12.5)
    figure.supylabel("the other model (logits per unit of λ)", fontsize=12.5)
    _legend(figure, panels.flat[0])
    return figure


@at_any_width
def models_beside(
    table: pd.DataFrame,
    x: tuple[str, str, str],
    y: tuple[str, str, str],
    published: Sequence[str],
    ax: Axes | None = None,
) -> Axes:
    """Return axes that show a point for each row, in the colour and marker of its model.

    `x` and `y` name the columns of value, low and high. Needs those, `model` and `concept`.
    """
    ax = axes(ax, width=5.2, height=5)
    ours = [name for name in dict.fromkeys(table["model"]) if name not in published]
    at = x[0], y[0]
    for place, model in enumerate([*published, *ours]):
        part = table[table["model"] == model]
        if part.empty:
            continue
        if model in published:
            style = PUBLISHED[place % len(PUBLISHED)]
            _dots(ax, part, at, style, label=model, hollow=True, zorder=3)
            continue
        style, size = _style(ours.index(model)), 6 if few(part["concept"]) else 4.5
        _whiskers(ax, part, at, style, xerr=whiskers(part, *x), yerr=whiskers(part, *y))
        _dots(ax, part, at, style, label=model, size=size, zorder=4)
    identity(ax)
    zero_line(ax)
    zero_line(ax, vertical=True)
    ax.grid(color=GRID)
    return ax


@at_any_width
def anti_steerable_rates(
    items: pd.DataFrame, measured: pd.DataFrame, ax: Axes | None = None
) -> Axes:
    """Return axes that show the shares of anti-steerable items, a row for each published data set.

    Takes the table of `analysis.published.items` (needs `short_name`, `anti_steerable`), whose
    points are hollow, and that of `analysis.published.beside`: full points of the models measured,
    with their intervals.
    """
    ordered = items.sort_values("anti_steerable").reset_index(drop=True)
    ordered = ordered.assign(row=ordered.index, percent=100 * ordered["anti_steerable"])
    ax = axes(ax, height=1.4 + 0.26 * len(ordered))
    at, label = ("percent", "row"), "published"
    theirs = _dots(ax, ordered, at, PUBLISHED[0], label=label, hollow=True, zorder=4)
    theirs.set_clip_on(False)
    rows = ordered.set_index("short_name")["row"]
    share = ("anti_steerable", "anti_steerable_low", "anti_steerable_high")
    parts = list(measured.groupby("model", sort=False))
    for order, (model, part) in enumerate(parts):
        aside = 0.5 * ((order + 0.5) / len(parts) - 0.5)
        percent = part.assign(**{name: 100 * part[name] for name in share})
        reach = whiskers(percent, *share)
        percent = percent.assign(
            percent=percent[share[0]], row=part["short_name"].map(rows) + aside
        )
        _whiskers(ax, percent, at, _style(order), xerr=reach)
        _dots(ax, percent, at, _style(order), label=str(model), size=4.5, zorder=3)
    ax.axvline(50, color=GREY, linewidth=1.2, linestyle="--", zorder=1)
    ax.set_yticks(ordered.index, ordered["short_name"])
    ax.tick_params(axis="y", labelsize=11, length=0)
    most = max([60.0, *(100 * measured[share[2]])])
    ax.set(xlim=(0, most), ylim=(-0.7, len(ordered) - 0.3), xlabel="anti-steerable items (%)")
    ax.grid(color=GRID)
    if parts:
        draw_key(ax, ncols=3)
    return ax


def _dots(
    ax: Axes,
    table: pd.DataFrame,
    at: tuple[str, str],
    style: tuple[str, str],
    *,
    label: str,
    size: float = 6,
    hollow: bool = False,
    zorder: float,
) -> PathCollection:
    """Return the dots of a model, each of which leads to the page about its concept."""
    dots = ax.scatter(
        table[at[0]],
        table[at[1]],
        s=size**2,
        marker=style[1],
        facecolors="none" if hollow else style[0],
        edgecolors=style[0],
        linewidths=1.3,
        label=label,
        zorder=zorder,
    )
    # Of some published sets it is not known which concept they are.
    dots.set_urls([concept_address(one) if pd.notna(one) else "" for one in table["concept"]])
    return dots


def _whiskers(
    ax: Axes, table: pd.DataFrame, at: tuple[str, str], style: tuple[str, str], **reach: Any
) -> None:
    places = table[at[0]], table[at[1]]
    ax.errorbar(*places, **reach, fmt="none", ecolor=style[0], elinewidth=1.3, zorder=2.9)


def _style(order: int) -> tuple[str, str]:
    """Return the colour and the marker of a measured model, by its place among them."""
    return PALETTE[order % len(PALETTE)], MEASURED[order % len(MEASURED)]


def _legend(figure: Figure, ax: Axes) -> None:
    handles, labels = ax.get_legend_handles_labels()
    draw_key(figure, handles, labels, ncols=2)
