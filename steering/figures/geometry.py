"""How alike the vectors of the five settings are."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from steering.figures.theme import (
    DIRECTION_COLOURS,
    PALE,
    SETTING_COLOURS,
    axes,
    grouped,
    height_of,
    key_above,
    row_of,
    rows_of,
)


def cosine_similarities(cosines: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the cosine of each setting's vector with that of BASE, a row per concept.

    Takes the table of `analysis.geometry.cosines` for one model; the diamond is the cosine of the
    BASE vector with the true direction, where that is known. Needs `concept`, `vector_setting`,
    `cosine`, `cosine_planted`.
    """
    names = grouped(dict.fromkeys(cosines["concept"]))
    ax = axes(ax, height=1.9 + height_of(len(names), 0.5))
    places = rows_of(names, ax)
    others = [name for name in SETTING_COLOURS if name != "BASE"]
    present = [name for name in others if name in set(cosines["vector_setting"])]
    for place, name in enumerate(present):
        part = cosines[cosines["vector_setting"] == name]
        beside = 0.14 * (place - (len(present) - 1) / 2)
        ax.plot(
            part["cosine"],
            row_of(part, places) + beside,
            linestyle="none",
            marker="o",
            color=SETTING_COLOURS[name],
            label=name,
        )
    planted = cosines.dropna(subset="cosine_planted").drop_duplicates("concept")
    if len(planted):
        ax.plot(
            planted["cosine_planted"],
            row_of(planted, places),
            linestyle="none",
            marker="D",
            markersize=8,
            color=DIRECTION_COLOURS["planted"],
            label="true direction",
        )
    for row in range(1, len(names)):
        ax.axhline(row - 0.5, color=PALE, linewidth=0.8)
    ax.axvline(1, color=PALE, linewidth=1)
    ax.xaxis.set_major_locator(MaxNLocator(5))
    ax.set(xlabel="cosine with the vector of BASE", ylabel="")
    key_above(ax, ncols=3)
    return ax
