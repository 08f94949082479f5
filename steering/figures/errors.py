"""Figures of how often the report's own claims are wrong, and how often right ones are made."""

from __future__ import annotations

from textwrap import fill

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from steering.figures.keys import draw_key
from steering.figures.theme import BLACK, BLUE, MARKERS, ORANGE, PALE, PALETTE, whiskers
from steering.figures.widths import across, at_any_width, narrow, width

NOMINAL, NEAR = 0.95, 0.02
FEW_GROUPS = 20


@at_any_width
def false_claims(claims: pd.DataFrame) -> Figure:
    """Return a panel for each claim: how often it is made in the cases where it is false.

    Takes the table of measured/calibration.csv. A point for each setting; the line is the nominal
    rate of that case. Filled points: claims; open ones: false ones among a family's claims.
    """
    false = claims[~claims["true"]]
    parts = dict(list(false.groupby("claim", sort=False)))
    rows = [part["case"].nunique() for part in parts.values()]
    figure, panels = plt.subplots(
        nrows=len(parts),
        figsize=(width(), sum((0.5 if narrow() else 0.32) * count + 0.62 for count in rows)),
        height_ratios=[count + 0.3 for count in rows],
        sharex=True,
        squeeze=False,
        layout="constrained",
    )
    for ax, (claim, part) in zip(panels[:, 0], parts.items(), strict=True):
        _rates(ax, part)
        ax.set_title(fill(str(claim), 36), fontsize=11)
    panels[-1, 0].set_xlabel("how often it is claimed")
    panels[-1, 0].xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    panels[-1, 0].set_xlim(left=-0.002)
    return figure


@at_any_width
def power(claims: pd.DataFrame) -> Figure:
    """Return a panel for each claim: how often it is made where it is true, by size of effect."""
    true = claims[claims["true"]]
    parts = dict(list(true.groupby("claim", sort=False)))
    columns = across(2)
    rows = -(-len(parts) // columns)
    figure, panels = plt.subplots(
        nrows=rows,
        ncols=columns,
        figsize=(width(), 2.9 * rows),
        sharey=True,
        squeeze=False,
        layout="constrained",
    )
    flat = list(panels.flat)
    for ax, (claim, part) in zip(flat, parts.items(), strict=False):
        by_size = part.sort_values("size").groupby("case", sort=False)
        for number, (case, one) in enumerate(by_size):
            ax.errorbar(
                one["size"],
                one["made"],
                yerr=whiskers(one, "made", "low", "high"),
                fmt=f"{MARKERS[number]}-",
                color=PALETTE[number],
                markersize=5,
                linewidth=1.4,
                label=fill(str(case), 26),
            )
        ax.set_title(fill(str(claim), 27), fontsize=10.5)
        ax.legend(fontsize=8.5, loc="best")
        ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        ax.set_ylim(-0.03, 1.05)
    for ax in flat[len(parts) :]:
        ax.set_axis_off()
    for ax in panels[:, 0]:
        ax.set_ylabel("how often it is claimed")
    for ax in flat[max(0, len(parts) - columns) : len(parts)]:
        ax.set_xlabel("size of the effect")
    return figure


@at_any_width
def held(intervals: pd.DataFrame) -> Figure:
    """Return how often intervals hold the truth, a row a quantity; the band is 95 ± 2 %.

    Takes the table of measured/calibration-intervals.csv. Open points: fewer than twenty groups.
    """
    quantities = list(dict.fromkeys(intervals["quantity"]))
    figure, ax = plt.subplots(figsize=(width(), 0.62 * len(quantities) + 1.2), layout="constrained")
    ax.axvspan(NOMINAL - NEAR, NOMINAL + NEAR, color=PALE, alpha=0.6, lw=0)
    ax.axvline(NOMINAL, color=BLACK, linewidth=1)
    few = intervals["groups"] < FEW_GROUPS
    for several, part in ((True, intervals[~few]), (False, intervals[few])):
        _points(ax, part, part["quantity"].map(quantities.index), "coverage", filled=several)
    labels = (f"{FEW_GROUPS} groups or more", "fewer groups")
    draw_key(figure, ax.containers, labels, ncols=2)
    _rows(ax, quantities)
    ax.set_xlabel("intervals that hold the truth")
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    return figure


def _rates(ax: Axes, part: pd.DataFrame) -> None:
    cases = list(dict.fromkeys(part["case"]))
    rows = part["case"].map(cases.index)
    for filled, one in ((True, part[part["family"] == 1]), (False, part[part["family"] > 1])):
        if len(one):
            _points(ax, one, rows[one.index], "made", filled=filled)
    for row, case in enumerate(cases):
        nominal = part.loc[part["case"] == case, "nominal"].iloc[0]
        ax.plot([nominal] * 2, [row - 0.45, row + 0.45], color=BLACK, linewidth=1)
    _rows(ax, cases)


def _points(ax: Axes, part: pd.DataFrame, rows: pd.Series, value: str, *, filled: bool) -> None:
    """Draw the points of a part, those of one row beside each other."""
    place = rows.groupby(rows).cumcount()
    count = rows.groupby(rows).transform("size")
    colour = BLUE if filled else ORANGE
    ax.errorbar(
        part[value],
        rows + 0.6 * ((place + 0.5) / count - 0.5),
        xerr=whiskers(part, value, "low", "high"),
        fmt=MARKERS[0],
        markersize=4,
        elinewidth=1,
        color=colour,
        markerfacecolor=colour if filled else "white",
    )


def _rows(ax: Axes, names: list[str]) -> None:
    ax.set_yticks(range(len(names)), [fill(name, 32) for name in names], fontsize=9.5)
    ax.set_ylim(len(names) - 0.45, -0.55)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x", color=PALE, linewidth=0.8)
