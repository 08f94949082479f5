"""Figures of side effects: what vectors do to other concepts, beside random ones."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from steering.analysis.side_effects import BEYOND
from steering.figures.keys import draw_key
from steering.figures.theme import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    axes,
    height_of,
    number,
    rows_of,
    zero_line,
)
from steering.figures.widths import at_any_width


@at_any_width
def spreads_beside_random(effects: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Return axes with a row per vector: how far it changes the answers about other concepts.

    Takes the table of `analysis.side_effects.side_effects` for one model. The bar is what 95 % of
    random vectors of the same dose do; a dot is hollow where the vector does no more than chance.
    """
    ax = axes(ax, height=1.2 + height_of(len(effects), 0.3))
    places = rows_of(list(effects["concept"]), ax)
    for _, row in effects.iterrows():
        y = places[row["concept"]]
        ax.plot([row["random_low"], row["random_high"]], [y, y], color=GREY, lw=6, alpha=0.6)
        face = BLUE if row["outcome"] == BEYOND else "white"
        ax.plot(row["spread"], y, "o", mfc=face, mec=BLUE, mew=2, ms=7)
    zero_line(ax, vertical=True)
    ax.set(xlabel="change of other concepts' mean propensity (logits)", ylabel="")
    return ax


@at_any_width
def spreads_over_layers(summary: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Return axes with how far other concepts' answers change at each layer, a line for each dose.

    Takes the table of `analysis.side_effects.over_layers` for one model. Lines are medians over
    vectors, bands their quartiles, and diamonds the medians of random vectors of the same dose. The
    scale of sizes is logarithmic, since doses differ tenfold.
    """
    ax = axes(ax, height=4.9)
    colours = (GREEN, BLUE, ORANGE)
    for at, dose in enumerate(sorted(summary["dose"].unique())):
        part, colour = summary[summary["dose"] == dose], colours[at % len(colours)]
        name = number(float(dose))
        ax.plot(part["layer"], part["spread"], "o-", color=colour, label=f"vectors, dose {name}")
        ax.fill_between(part["layer"], part["low"], part["high"], color=colour, alpha=0.2, lw=0)
        ax.plot(
            part["layer"], part["random"], "D:", mfc="white", color=colour,
            label=f"random, dose {name}",
        )  # fmt: skip
    ax.set_yscale("log")
    ax.set(xlabel="layer", ylabel="change of other concepts'\nmean propensity (logits)")
    draw_key(ax, *ax.get_legend_handles_labels(), ncols=2)
    return ax
