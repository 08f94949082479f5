"""Maps of coloured cells: zero is white, positive and negative values have a colour each.

Shares have no sign: they are drawn in one colour, between two ends.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import Normalize, to_rgb

from steering.figures.theme import BLACK, DIVERGING, ON_DARK, ON_LIGHT, symmetric
from steering.figures.widths import narrow

SEQUENTIAL = "Blues"
DARK = 0.18  # luminance at which black and white text are equally easy to read


def cells(
    ax: Axes,
    table: pd.DataFrame,
    *,
    label: str,
    written: Callable[[float], str] | None = None,
    marks: pd.DataFrame | None = None,
    between: tuple[float, float] | None = None,
    bar_at: str = "right",
    line: float = 1.2,
) -> QuadMesh:
    """Return a table drawn as coloured cells, its first row at the top, with a bar of colours.

    `label` is that of the bar; `written` makes the number in a cell of its value, none where it is
    None; or `marks` holds a text for each cell. `between` gives the ends of a scale of one colour,
    `bar_at` the side of the bar (on a phone it is above the cells), and `line` the width in points
    of what parts the cells. Missing values leave their cell without colour.
    """
    values = table.to_numpy(dtype=np.float64)
    ends = symmetric(pd.Series(values.ravel()))
    scale = Normalize(*between) if between else Normalize(ends["vmin"], ends["vmax"])
    mesh = ax.pcolormesh(
        np.ma.masked_invalid(values),
        cmap=SEQUENTIAL if between else DIVERGING,
        norm=scale,
        edgecolors="white",
        linewidth=line,
    )
    rows, columns = values.shape
    ax.set(xlim=(0, columns), ylim=(rows, 0))
    ax.set_xticks(np.arange(columns) + 0.5, [str(name) for name in table.columns])
    ax.set_yticks(np.arange(rows) + 0.5, [str(name) for name in table.index])
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    bar = ax.figure.colorbar(mesh, ax=ax, label=label, location="top" if narrow() else bar_at)
    bar.outline.set_visible(False)
    for (row, column), value in np.ndenumerate(values):
        text = "" if written is None or not np.isfinite(value) else written(value)
        text = text if marks is None else str(marks.iat[row, column])
        if text:
            # A cell without a value has the ground of the page.
            colour = BLACK
            if np.isfinite(value):
                colour = ON_DARK if _luminance(mesh.cmap(scale(value))) < DARK else ON_LIGHT
            ax.text(column + 0.5, row + 0.5, text, ha="center", va="center", color=colour)
    return mesh


def _luminance(colour: tuple[float, float, float, float]) -> float:
    parts = np.asarray(to_rgb(colour[:3]))
    linear = np.where(parts <= 0.03928, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))
