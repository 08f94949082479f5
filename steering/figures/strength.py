"""Figures of how strongly a vector may be applied: curves over doses, costs, operating points."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from steering.analysis.strength import at_dose
from steering.figures.keys import draw_key
from steering.figures.scatter import few
from steering.figures.theme import (
    BLUE,
    GREY,
    ORANGE,
    axes,
    concept_styles,
    grouped,
    height_of,
    name_of,
    rows_of,
    zero_line,
)
from steering.figures.widths import at_any_width
from steering.records.directions import CONTRASTIVE, RANDOM
from steering.records.kinds import kinds_of

DOSE = "dose: ‖λv‖ over ‖h‖ (with the sign of λ)"
LOSS = "log-likelihood that a token\nof neutral text loses (nats)"


@at_any_width
def dose_responses(responses: pd.DataFrame, unit: str, ax: Axes | None = None) -> Axes:
    """Return axes that show the change of the mean propensity over doses, a line per concept.

    Takes the table of `analysis.strength.responses` for one model and form. Needs `concept`,
    `dose`, `change`, `low`, `high`. The band is shown where there are few concepts.
    """
    ax = axes(ax, height=4.9)
    _lines(ax, responses, "dose", "change", band=True)
    zero_line(ax)
    zero_line(ax, vertical=True)
    ax.set(xlabel=DOSE, ylabel=f"change of the mean\npropensity ({unit})")
    return ax


@at_any_width
def cost_curves(by_dose: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Return axes that show what each vector costs at the chosen layer, over doses.

    Takes the table of `analysis.strength.costs_by_dose` for one model and form. Grey diamonds are
    random vectors of the same length.
    """
    ax = axes(ax, height=4.9)
    here = by_dose[by_dose["chosen"]]
    _lines(ax, here[here["direction"] == CONTRASTIVE], "dose", "loss", band=True)
    drawn = here[here["direction"] == RANDOM]
    if len(drawn):
        ax.plot(drawn["dose"], drawn["loss"], "D", color=GREY, ms=5, label="random vectors")
        handles, labels = ax.get_legend_handles_labels()
        draw_key(ax, handles, labels, ncols=2)
    zero_line(ax)
    zero_line(ax, vertical=True)
    ax.set(xlabel=DOSE, ylabel=LOSS)
    return ax


@at_any_width
def costs_of_layers(by_dose: pd.DataFrame, dose: float, ax: Axes | None = None) -> Axes:
    """Return axes that show what a push of one dose costs at every layer, a line per concept.

    Takes the table of `analysis.strength.costs_by_dose` for one model and form. Squares mark the
    layers that were chosen.
    """
    ax = axes(ax, height=4.4)
    near = at_dose(by_dose, dose)
    _lines(ax, near, "layer", "loss", band=False)
    chosen = near[near["chosen"]]
    ax.plot(chosen["layer"], chosen["loss"], "s", mfc="none", mec=ORANGE, ms=10, mew=2)
    zero_line(ax)
    ax.set(xlabel="layer", ylabel=LOSS)
    return ax


@at_any_width
def effects_at_the_point(points: pd.DataFrame, unit: str, ax: Axes | None = None) -> Axes:
    """Return axes with a row per concept: what the vector does at its operating point.

    Takes the table of `verdict.operating.operating_points` for one model and form, with `moves`,
    whether the verdict is that the vector moves the answer. Dots are hollow elsewhere.
    """
    names = grouped(kinds_of(points))
    ax = axes(ax, height=1.2 + height_of(len(names), 0.5))
    places = rows_of(names, ax)
    for _, row in points.iterrows():
        y = places[str(row["concept"])]
        ax.plot([row["low"], row["high"]], [y, y], color=BLUE, lw=2)
        face = BLUE if row["moves"] else "white"
        ax.plot(row["effect"], y, "o", mfc=face, mec=BLUE, mew=2)
    zero_line(ax, vertical=True)
    ax.set(xlabel=f"change of the mean propensity ({unit})", ylabel="")
    return ax


def _lines(ax: Axes, table: pd.DataFrame, x: str, y: str, *, band: bool) -> None:
    styles = concept_styles(table["concept"])
    own = few(styles)
    for concept, part in table.groupby("concept", sort=False):
        line = part.sort_values(x)
        colour, marker = styles[str(concept)] if own else (BLUE, "o")
        label = name_of(str(concept), width=30) if own else "_a concept"
        width, size = (2.0, 7.0) if own else (1.0, 4.0)
        ax.plot(line[x], line[y], color=colour, marker=marker, label=label, lw=width, ms=size)
        if band and own:
            ax.fill_between(line[x], line["low"], line["high"], color=colour, alpha=0.15, lw=0)
    if own and len(styles) > 1:
        draw_key(ax, ncols=2)
