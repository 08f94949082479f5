"""Figures of the slope at every layer and strength, from which a run's layer is chosen."""

from __future__ import annotations

from functools import partial

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from steering.figures.heat import cells
from steering.figures.keys import draw_key
from steering.figures.scatter import few
from steering.figures.theme import (
    GRID,
    MEAN_STEERABILITY,
    ON_LIGHT,
    axes,
    concept_styles,
    grouped,
    name_of,
    number,
    rows_of,
    zero_line,
)
from steering.figures.widths import across, at_any_width
from steering.records.kinds import kinds_of


@at_any_width
def layer_choice(layers: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Return axes that show the mean slope on validation items at each layer, by concept.

    Few concepts have a line each, many a row of cells.

    Takes the table of `analysis.layers.layer_slopes` for one model. The layer that the run chose is
    marked by a large ring. Needs `concept`, `kind`, `layer`, `mean`, `low`, `high`, `chosen`. More
    than seven concepts are drawn as `layer_cells`.
    """
    if not few(layers["concept"]):
        return layer_cells(layers, ax)
    ax = axes(ax, height=4.9)
    styles = concept_styles(layers["concept"])
    for concept, part in layers.groupby("concept", sort=False):
        colour, marker = styles[str(concept)]
        line = part.sort_values("layer")
        label = name_of(str(concept), width=30)
        ax.plot(line["layer"], line["mean"], color=colour, marker=marker, label=label)
        band = line.dropna(subset=["low", "high"])
        ax.fill_between(band["layer"], band["low"], band["high"], color=colour, alpha=0.15, lw=0)
        taken = line[line["chosen"]]
        ax.plot(
            taken["layer"],
            taken["mean"],
            linestyle="none",
            marker="o",
            markersize=15,
            markerfacecolor="none",
            markeredgewidth=1.8,
            color=colour,
        )
    zero_line(ax)
    ax.set_xticks(sorted(layers["layer"].unique()))
    ax.set(xlabel="layer of the vector (0 is the first block)", ylabel=MEAN_STEERABILITY)
    ax.grid(color=GRID)
    if len(styles) > 1:
        draw_key(ax, ncols=2)
    return ax


@at_any_width
def layer_cells(layers: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Return axes that show the same for many concepts: a row for each, a cell for each layer.

    Takes the same table, and draws no intervals.
    """
    names = grouped(kinds_of(layers))
    table = layers.pivot_table(index="concept", columns="layer", values="mean").reindex(names)
    ax = axes(ax, height=1.2 + 0.36 * len(names))
    written = partial(number, places=1) if table.shape[1] <= across(9, 5) else None
    cells(ax, table, label=MEAN_STEERABILITY, written=written)
    places = rows_of(names, ax)
    labels = ax.get_yticklabels()
    ax.set_ylim(len(places), 0)
    ax.set_yticks([row + 0.5 for row in places.values()], [one.get_text() for one in labels])
    ax.grid(visible=False)
    step = 1 + table.shape[1] // 17
    ax.set_xticks([at + 0.5 for at in range(table.shape[1])][::step], list(table.columns)[::step])
    for text in ax.texts:
        text.set_fontsize(10.5)
    for row in layers[layers["chosen"]].to_dict("records"):
        corner = (list(table.columns).index(row["layer"]), places[row["concept"]])
        ax.add_patch(Rectangle(corner, 1, 1, fill=False, edgecolor=ON_LIGHT, lw=2, clip_on=False))
    ax.set(xlabel="layer of the vector (0 is the first block)", ylabel="")
    return ax


@at_any_width
def layer_map(layers: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Return axes that show how far the mean propensity moves, layer against λ.

    The chosen layer is framed.

    Takes the rows of `analysis.layers.layer_map` for one model and concept. Needs `layer`,
    `multiplier`, `propensity_change`, `chosen`.
    """
    table = layers.pivot_table(index="layer", columns="multiplier", values="propensity_change")
    ax = axes(ax, height=1.8 + 0.42 * len(table))
    few = len(table) <= 12
    table.columns = pd.Index([number(float(value), 1) for value in table.columns])
    cells(
        ax,
        table,
        label="change of the mean\npropensity (logits)",
        written=partial(number, places=1) if few else None,
    )
    for layer in layers.loc[layers["chosen"], "layer"].unique():
        row = list(table.index).index(layer)
        frame = Rectangle((0, row), table.shape[1], 1, fill=False, edgecolor=ON_LIGHT, lw=2.5)
        frame.set_clip_on(False)
        ax.add_patch(frame)
    ax.set(xlabel="multiplier λ", ylabel="layer of the vector")
    return ax
