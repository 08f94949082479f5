"""Figure 6: the same concepts in several models."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from steering.figures.theme import (
    MARKERS,
    PALE,
    PALETTE,
    axes,
    name_of,
    rows_of,
    whiskers,
    zero_line,
)


def steerability_by_model(found: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw each concept's mean steerability in each model, a row per concept.

    Takes the table of `analysis.variability.by_concept` for one or more models. Needs `model`,
    `concept`, `mean`, `low`, `high`, `beyond_chance`: a dot is hollow unless beyond chance.
    """
    models = list(dict.fromkeys(found["model"]))
    order = found.groupby("concept")["mean"].mean().sort_values(ascending=False).index
    ax = axes(ax, height=1.9 + (0.35 + 0.2 * len(models)) * len(order))
    places = rows_of([str(name) for name in order], ax)
    for number, model in enumerate(models):
        colour = PALETTE[number % len(PALETTE)]
        marker = MARKERS[number % len(MARKERS)]
        beside = 0.6 * ((number + 0.5) / len(models) - 0.5)
        part = found[found["model"] == model]
        beyond = part["beyond_chance"].fillna(False).astype(bool)
        for filled in (True, False):
            shown = part[beyond == filled]
            ax.errorbar(
                shown["mean"],
                [places[name] + beside for name in shown["concept"]],
                xerr=whiskers(shown, "mean", "low", "high"),
                fmt=marker,
                color=colour,
                markerfacecolor=colour if filled else "white",
                elinewidth=2,
                label="_" if not filled else name_of(model, width=24),
            )
    zero_line(ax, vertical=True)
    for row in range(1, len(places)):
        ax.axhline(row - 0.5, color=PALE, linewidth=0.8)
    ax.set(xlabel="mean steerability (logits per unit of λ)", ylabel="")
    ax.legend(loc="lower center", bbox_to_anchor=(0.4, 1), ncols=3)
    return ax
