"""Figures of how often simulated 95 % intervals hold the truth."""

from __future__ import annotations

from textwrap import fill

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from steering.figures.keys import draw_key
from steering.figures.theme import BLACK, MARKERS, PALE, PALETTE, whiskers
from steering.figures.widths import at_any_width, narrow, width

NOMINAL, NEAR = 0.95, 0.02


@at_any_width
def coverage(simulated: pd.DataFrame) -> Figure:
    """Return two panels: the coverage of intervals of means, and of shares by their true size.

    Takes the table of measured/coverage.csv, of which it draws what has no training pairs. Needs
    `quantity`, `spread`, `shape`, `items_per_group`, `truth`, `training`, `coverage`, `low`,
    `high`. The band is 95 ± 2 %.
    """
    simulated = simulated[simulated["training"] == 0]
    figure, (above, below) = plt.subplots(
        nrows=2, figsize=(width(), 7.4), sharey=True, layout="constrained"
    )
    means = simulated[simulated["quantity"] == "mean"]
    shapes = list(dict.fromkeys(means["shape"]))
    _drawn(above, means.assign(place=means["shape"].map(shapes.index)), 0.09)
    names = [fill(str(shape), 9) if narrow() else shape for shape in shapes]
    above.set_xticks(range(len(shapes)), names)
    above.set(title="mean slope", xlim=(-0.5, len(shapes) - 0.5))
    shares = simulated[simulated["quantity"] == "share"]
    sizes = sorted(shares["truth"].unique())
    _drawn(below, shares.assign(place=shares["truth"].map(sizes.index)), 0.12)
    below.set_xticks(range(len(sizes)), [f"{100 * size:.0f}" for size in sizes])
    below.set(title="share", xlabel="true share (%)", xlim=(-0.6, len(sizes) - 0.4))
    handles, labels = above.get_legend_handles_labels()
    draw_key(figure, handles, labels, ncols=2)
    return figure


@at_any_width
def training_coverage(simulated: pd.DataFrame) -> Figure:
    """Return the coverage for vectors made from training pairs, a row for how far they differ.

    Takes the same table, and needs `items_alone` besides: the coverage of intervals that know
    nothing of training pairs, drawn as crosses.
    """
    trained = simulated[simulated["training"] > 0]
    levels = sorted(trained["training"].unique())
    figure, rows = plt.subplots(
        nrows=len(levels),
        ncols=2,
        figsize=(width(), 1.2 + 2.9 * len(levels)),
        sharey=True,
        squeeze=False,
        width_ratios=(2, 3),
        layout="constrained",
    )
    for level, axes in zip(levels, rows, strict=True):
        part = trained[trained["training"] == level]
        for ax, quantity, name in zip(axes, ("mean", "share"), ("shape", "truth"), strict=True):
            one = part[part["quantity"] == quantity]
            places = list(dict.fromkeys(one[name]))
            _beside(ax, one.assign(place=one[name].map(places.index)))
            ax.set_title(f"{quantity} slope" if quantity == "mean" else "share")
            labels = [fill(str(p), 9) if quantity == "mean" else f"{100 * p:.0f}" for p in places]
            ax.set_xticks(range(len(places)), labels)
            ax.tick_params(axis="x", labelsize="small")
            if narrow() and quantity == "mean":
                ax.tick_params(axis="x", rotation=90)
            ax.set_xlim(-0.6, len(places) - 0.4)
        axes[0].set(ylabel=f"hold the truth (training {level:g})")
    rows[-1][1].set_xlabel("true share (%)")
    handles, labels = rows[0][0].get_legend_handles_labels()
    # Lines come before whiskers: crosses are put behind what they stand beside.
    half = len(labels) // 2
    order = [*range(half, 2 * half), *range(half)]
    handles, labels = [handles[at] for at in order], [labels[at] for at in order]
    draw_key(figure, handles, labels, ncols=2)
    return figure


def _beside(ax: Axes, table: pd.DataFrame) -> None:
    ax.axhspan(NOMINAL - NEAR, NOMINAL + NEAR, color=PALE, alpha=0.6, lw=0)
    ax.axhline(NOMINAL, color=BLACK, linewidth=1)
    kinds = list(table.groupby(["spread", "items_per_group"], sort=False))
    for number, (key, part) in enumerate(kinds):
        place = part["place"] + 0.24 * (number - (len(kinds) - 1) / 2)
        name, colour = f"{key[0]}, groups of {key[1]}", PALETTE[number]
        ax.errorbar(
            place,
            part["coverage"],
            yerr=whiskers(part, "coverage", "low", "high"),
            fmt=MARKERS[number],
            markersize=4.5,
            elinewidth=1.2,
            color=colour,
            label=name,
        )
        ax.plot(
            place, part["items_alone"], "x", color=colour, label="the same, over test items alone"
        )
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))


def _drawn(ax: Axes, table: pd.DataFrame, step: float) -> None:
    ax.axhspan(NOMINAL - NEAR, NOMINAL + NEAR, color=PALE, alpha=0.6, lw=0)
    ax.axhline(NOMINAL, color=BLACK, linewidth=1)
    kinds = list(table.groupby(["spread", "items_per_group"], sort=False))
    spreads = list(dict.fromkeys(table["spread"]))
    for number, (key, part) in enumerate(kinds):
        spread, several = str(key[0]), int(str(key[1])) > 1
        colour = PALETTE[spreads.index(spread)]
        ax.errorbar(
            part["place"] + step * (number - (len(kinds) - 1) / 2),
            part["coverage"],
            yerr=whiskers(part, "coverage", "low", "high"),
            fmt=MARKERS[0] if several else MARKERS[1],
            markersize=4.5,
            elinewidth=1.2,
            color=colour,
            markerfacecolor=colour if several else "white",
            label=f"{spread.removeprefix('curves ')}, groups of {key[1]}",
        )
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.set(ylabel="intervals that hold the truth")
