"""A figure of operators and makers of directions at equal cost."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from steering.analysis.operators import LESS, MORE
from steering.figures.theme import BLUE, GREY, axes, height_of, rows_of, zero_line
from steering.figures.widths import at_any_width


def way_of(operator: str, maker: str) -> str:
    """Return the name of a way in a row of the figure: what is done, and with which direction."""
    return f"{operator.replace('_', ' ')}, {maker.replace('_', ' ')}"


@at_any_width
def gains_by_way(gains: pd.DataFrame, beside: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Return axes with a row per way: what it does beside adding the mean difference.

    Takes the tables of `analysis.operators.gains` and `beside_adding` for one model, kind and form.
    Small dots are concepts, the large one their mean; it is hollow where the two cannot be told
    apart.
    """
    names = [way_of(*way) for way in zip(beside["operator"], beside["maker"], strict=True)]
    ax = axes(ax, height=1.2 + height_of(len(names), 0.6))
    places = rows_of(names, ax, concepts=False)
    for operator, maker, gain in zip(gains["operator"], gains["maker"], gains["gain"], strict=True):
        ax.plot(gain, places[way_of(operator, maker)], "o", color=GREY, ms=4, alpha=0.7)
    for name, (_, row) in zip(names, beside.iterrows(), strict=True):
        y = places[name]
        ax.plot([row["low"], row["high"]], [y, y], color=BLUE, lw=2.5)
        face = BLUE if row["outcome"] in (MORE, LESS) else "white"
        ax.plot(row["difference"], y, "D", mfc=face, mec=BLUE, mew=2, ms=9)
    zero_line(ax, vertical=True)
    ax.set(xlabel="effect beyond adding, at equal cost (logits)", ylabel="")
    return ax
