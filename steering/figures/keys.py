"""Keys that say what colours and markers mean, in as many columns as there is room for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.container import Container
from matplotlib.figure import Figure
from matplotlib.legend import Legend

from steering.figures.theme import MANY_ROWS
from steering.figures.widths import figure_of, narrow

OUTSIDE = "outside upper center"
PLACE = ("bbox_to_anchor", "borderaxespad")


def draw_key(
    owner: Figure | Axes,
    handles: Sequence[Artist | Container] | None = None,
    labels: Sequence[str] | None = None,
    *,
    ncols: int,
    **options: Any,
) -> Legend:
    """Return the legend of axes, drawn above them, or of a figure, outside of its axes.

    On a phone it is that of the figure, where these are its only axes. It has `ncols` columns, or
    as many fewer as the width of the figure asks for. Further options are those of matplotlib's
    `legend`. Without handles, they are those of what is drawn.
    """
    place: dict[str, Any] = {"loc": OUTSIDE}
    if isinstance(owner, Axes) and narrow() and len(figure_of(owner).axes) == 1:
        # Long names of rows leave less room above the axes than there is above the whole figure.
        owner = figure_of(owner)
        options = {name: one for name, one in options.items() if name not in PLACE}
    if isinstance(owner, Axes):
        place = {"loc": "lower center", "bbox_to_anchor": (0.45, 1.0)}
    given = {"handles": handles, "labels": labels}
    told: dict[str, Any] = {name: one for name, one in given.items() if one is not None}
    room = figure_of(owner).bbox.width
    for columns in range(ncols, 0, -1):
        legend = owner.legend(**told, ncols=columns, **{**place, **options})
        if columns == 1 or legend.get_window_extent().width <= 0.97 * room:
            break
        legend.remove()
    return legend


def key_above(ax: Axes, **options: Any) -> Legend:
    """Return the legend of rows, drawn above them and above the scale that many rows have there."""
    above = 2.2 if len(ax.get_yticks()) > MANY_ROWS else 0.5
    return draw_key(ax, bbox_to_anchor=(0.4, 1), borderaxespad=above, **options)
