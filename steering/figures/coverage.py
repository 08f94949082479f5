"""How often simulated 95 % intervals hold the truth."""

from __future__ import annotations

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from steering.figures.theme import BLACK, MARKERS, PALE, PALETTE, WIDTH, whiskers

NOMINAL, NEAR = 0.95, 0.02


def coverage(simulated: pd.DataFrame) -> Figure:
    """Return two panels: the coverage of intervals of means, and of shares by their true size.

    Takes the table of measured/coverage.csv. Needs `quantity`, `spread`, `shape`,
    `items_per_group`, `truth`, `coverage`, `low`, `high`. The band is 95 ± 2 %.
    """
    figure, (above, below) = plt.subplots(
        nrows=2, figsize=(WIDTH, 7.4), sharey=True, layout="constrained"
    )
    means = simulated[simulated["quantity"] == "mean"]
    shapes = list(dict.fromkeys(means["shape"]))
    _drawn(above, means.assign(place=means["shape"].map(shapes.index)), 0.09)
    above.set_xticks(range(len(shapes)), shapes)
    above.set(title="mean slope", xlim=(-0.5, len(shapes) - 0.5))
    shares = simulated[simulated["quantity"] == "share"]
    sizes = sorted(shares["truth"].unique())
    _drawn(below, shares.assign(place=shares["truth"].map(sizes.index)), 0.12)
    below.set_xticks(range(len(sizes)), [f"{100 * size:.0f}" for size in sizes])
    below.set(title="share", xlabel="true share (%)", xlim=(-0.6, len(sizes) - 0.4))
    handles, labels = above.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=2)
    return figure


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
