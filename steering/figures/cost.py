"""What a sweep costs, and how that grows."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from steering.figures.theme import axes, concept_styles

_WHAT = {
    "items": "items, two prompts each",
    "prompt tokens": "tokens of a prompt",
    "layers": "layers, 7 λ each",
    "copies": "steered copies of a prompt",
}


def cost(growth: pd.DataFrame, grown: str, ax: Axes | None = None) -> Axes:
    """Draw CPU time a prompt against what grows, a line per model.

    Takes the table of `analysis.cost.growth` and one of its `grown`. Needs `model`, `grown`, `x`
    and `value` (milliseconds a prompt).
    """
    ax = axes(ax)
    chosen = growth[growth["grown"] == grown]
    styles = concept_styles(chosen["model"])
    for model, part in chosen.groupby("model", sort=False):
        colour, marker = styles[str(model)]
        line = part.sort_values("x")
        ax.plot(line["x"], line["value"], color=colour, marker=marker, label=str(model))
    ax.set(xscale="log", yscale="log")
    ax.set(xlabel=_WHAT.get(grown, grown), ylabel="CPU time (ms a prompt)")
    ax.grid(color="#EEEEEE")
    ax.legend()
    return ax
