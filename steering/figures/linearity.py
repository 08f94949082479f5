"""How far a line is a fair summary: curvature, the range of λ, and mean against variance."""

from __future__ import annotations

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes

from steering.figures.scatter import points
from steering.figures.theme import (
    BLUE,
    GREEN,
    MEAN_STEERABILITY,
    PALETTE,
    axes,
    concept_styles,
    name_of,
    rows_of,
    zero_line,
)


def slopes_by_range(ranges: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the mean slope fitted to |λ| ≤ reach, a line per concept.

    Takes the table of `analysis.linearity.by_range` for one model. Needs `concept`, `reach`,
    `mean`.
    """
    ax = axes(ax, height=4.9)
    styles = concept_styles(ranges["concept"])
    for concept, part in ranges.groupby("concept", sort=False):
        colour, marker = styles[str(concept)]
        line = part.sort_values("reach")
        label = name_of(str(concept), width=30)
        ax.plot(line["reach"], line["mean"], color=colour, marker=marker, label=label)
    zero_line(ax)
    ax.set_xticks(sorted(ranges["reach"].unique()))
    ax.set(xlabel="largest |λ| that the line is fitted to", ylabel=MEAN_STEERABILITY)
    ax.grid(color="#EEEEEE")
    if 1 < len(styles) <= len(PALETTE):
        ax.legend(loc="lower center", bbox_to_anchor=(0.45, 1.0), ncols=2)
    return ax


def curvatures(shapes: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the distribution of curvature over the items of each concept; a line has none.

    Takes the table of `analysis.linearity.shapes` for one model. Needs `concept`, `curvature`.
    """
    names = list(dict.fromkeys(shapes["concept"]))
    ax = axes(ax, height=1.2 + 0.62 * len(names))
    sns.violinplot(
        data=shapes,
        x="curvature",
        y="concept",
        order=names,
        orient="h",
        color=GREEN,
        inner=None,
        cut=0,
        density_norm="width",
        width=0.8,
        linewidth=0,
        alpha=0.5,
        ax=ax,
    )
    places = rows_of(names, ax)
    middle = shapes.groupby("concept")["curvature"].median()
    ax.plot(
        middle.to_numpy(),
        [places[str(name)] for name in middle.index],
        linestyle="none",
        marker="|",
        markersize=16,
        markeredgewidth=2.5,
        color=GREEN,
    )
    zero_line(ax, vertical=True)
    ax.set(xlabel="curvature (logits per unit of λ²)", ylabel="")
    return ax


def mean_against_variance(spreads: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the variance of steerability between items against its mean, a point per concept.

    Takes the rows of `analysis.variability.spread_by_concept` for one model and pair of settings.
    Needs `concept`, `mean`, `mean_low`, `mean_high`, `variance`, `variance_low`, `variance_high`.
    """
    ax = axes(ax, height=5.2)
    x = ("mean", "mean_low", "mean_high")
    points(ax, spreads, x, ("variance", "variance_low", "variance_high"), BLUE)
    zero_line(ax)
    zero_line(ax, vertical=True)
    ax.set(
        xlabel="mean steerability (logits per unit of λ)",
        ylabel="variance of steerability\n(logits per unit of λ, squared)",
    )
    if spreads["concept"].nunique() <= len(PALETTE):
        ax.legend(loc="lower center", bbox_to_anchor=(0.45, 1.0), ncols=2)
    return ax
