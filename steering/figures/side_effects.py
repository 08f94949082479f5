"""A figure of side effects: what vectors do to other concepts, beside random ones."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from steering.analysis.side_effects import BEYOND
from steering.figures.theme import BLUE, GREY, axes, height_of, rows_of, zero_line
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
