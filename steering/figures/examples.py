"""Figure 2: propensity curves of single items, and of their mean."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from steering.figures.explorer_link import addresses
from steering.figures.keys import draw_key
from steering.figures.theme import BLACK, BLUE, GREEN, GRID, VERMILION, axes, number, zero_line
from steering.figures.widths import at_any_width

STYLES = {
    "most steerable": (BLUE, "o"),
    "median": (GREEN, "s"),
    "least steerable": (VERMILION, "^"),
    "most anti-steerable": (VERMILION, "^"),
    "mean of all items": (BLACK, "D"),
}


@at_any_width
def propensity_curves(examples: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Return axes that show the few curves that stand for all those of a model and concept.

    Points are measured, lines are fitted; the band is the interval of the mean. A click on a curve
    leads to its question. Needs `model`, `concept`, `item`, `order`, `example`, `multiplier`,
    `propensity`, `fitted`, `steerability`, `low`, `high`.
    """
    ax = axes(ax, height=4.6)
    for name, part in examples.groupby("example", sort=False):
        colour, marker = STYLES[str(name)]
        curve = part.sort_values("multiplier")
        slope = curve["steerability"].iloc[0]
        (points,) = ax.plot(
            curve["multiplier"],
            curve["propensity"],
            linestyle="none",
            marker=marker,
            color=colour,
            label=f"{name}: slope {number(slope)}",
        )
        (line,) = ax.plot(curve["multiplier"], curve["fitted"], color=colour, linewidth=1.5)
        # The mean of all leads to the list of all.
        own = [key for key in ("model", "concept", "item", "order") if curve[key].notna().all()]
        for drawn in (points, line):
            drawn.set_url(addresses(curve[own].head(1))[0])
        band = curve.dropna(subset=["low", "high"])
        if len(band):
            ax.fill_between(
                band["multiplier"], band["low"], band["high"], color=colour, alpha=0.15, lw=0
            )
    zero_line(ax)
    ax.set(
        xlabel="multiplier λ of the steering vector",
        ylabel="propensity (logit of the positive\nless that of the negative answer)",
    )
    ax.grid(color=GRID)
    draw_key(ax, ncols=2, columnspacing=1.2)
    return ax
