"""Figures of how straight propensity curves are, and of variance against mean slope."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from steering.figures.keys import draw_key
from steering.figures.scatter import few, kinds_key, name_outlying, points
from steering.figures.theme import (
    BLACK,
    BLUE,
    GREEN,
    GRID,
    MEAN_STEERABILITY,
    axes,
    concept_styles,
    grouped,
    height_of,
    name_of,
    rows_of,
    zero_line,
)
from steering.figures.variability import cloud
from steering.figures.widths import at_any_width
from steering.records.kinds import kinds_of


@at_any_width
def slopes_by_range(ranges: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Return axes that show the mean slope fitted to |λ| ≤ reach, a line per concept.

    Takes the table of `analysis.linearity.by_range` for one model. Needs `concept`, `reach`,
    `mean`. Of more than seven concepts, those that change most are named.
    """
    ax = axes(ax, height=4.9)
    styles = concept_styles(ranges["concept"])
    own = few(styles)
    for concept, part in ranges.groupby("concept", sort=False):
        colour, marker = styles[str(concept)]
        line = part.sort_values("reach")
        label = name_of(str(concept), width=30)
        if own:
            ax.plot(line["reach"], line["mean"], color=colour, marker=marker, label=label)
        else:
            ax.plot(line["reach"], line["mean"], "o-", color=BLUE, lw=1, ms=4, label=label)
    zero_line(ax)
    ax.set_xticks(sorted(ranges["reach"].unique()))
    ax.set(xlabel="largest |λ| that the line is fitted to", ylabel=MEAN_STEERABILITY)
    ax.grid(color=GRID)
    if own and len(styles) > 1:
        draw_key(ax, ncols=2)
    if not own:
        ax.set_xlim(right=ax.get_xlim()[1] + 0.3 * float(ranges["reach"].max()))
    by_name = ranges.groupby("concept", sort=False)["mean"]
    changed = ranges.assign(change=by_name.transform("max") - by_name.transform("min"))
    widest = changed[changed["reach"] == changed["reach"].max()]
    name_outlying(ax, widest, "reach", "mean", widest["change"], most=6)
    return ax


@at_any_width
def curvatures(shapes: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Return axes that show the curvature of every curve of each concept, a small dot for each.

    A straight line has no curvature. The tick is the median.

    Takes the table of `analysis.linearity.shapes` for one model. Needs `concept`, `kind`,
    `curvature`.
    """
    names = grouped(kinds_of(shapes))
    ax = axes(ax, height=1.2 + height_of(len(names), 0.62))
    places = rows_of(names, ax)
    # Without its model, a dot leads nowhere: there are two for each question.
    cloud(ax, shapes[["concept", "curvature"]], "curvature", places, GREEN)
    middle = shapes.groupby("concept")["curvature"].median()
    ax.plot(
        middle.to_numpy(),
        [places[str(name)] for name in middle.index],
        linestyle="none",
        marker="|",
        markersize=16,
        markeredgewidth=2.5,
        color=BLACK,
    )
    zero_line(ax, vertical=True)
    ax.set(xlabel="curvature (logits per unit of λ²)", ylabel="")
    return ax


@at_any_width
def mean_against_variance(spreads: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Return axes that show the variance of steerability between items against its mean.

    Takes the rows of `analysis.variability.spread_by_concept` for one model and pair of settings.
    Needs `concept`, `kind`, `mean`, `mean_low`, `mean_high`, `variance`, `variance_low`,
    `variance_high`. Of more than seven concepts, those that vary most are named.
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
    own = few(spreads["concept"])
    key = ax.get_legend_handles_labels()[0] if own else kinds_key(spreads)
    if key:
        draw_key(ax, handles=key, ncols=2)
    name_outlying(ax, spreads, "mean", "variance", spreads["variance"], most=6)
    return ax
