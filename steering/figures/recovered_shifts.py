"""Figures of the slope that is left in other settings, against what was planted for them."""

from __future__ import annotations

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from steering.figures.keys import draw_key
from steering.figures.scatter import identity
from steering.figures.theme import GREY, GRID, SETTING_COLOURS, axes, name_of, whiskers
from steering.figures.widths import across, at_any_width, width

OFF = 0.1  # a ratio further from the planted one than this is off the line
MOST = 4  # names of concepts off the line in one panel, those furthest from it
APART = 0.085  # of the panel's height: names stand at least so far apart


@at_any_width
def ratio_panels(ratios: pd.DataFrame) -> Figure:
    """Return a panel per setting: the measured ratio of each concept against the planted one.

    `ratios` are the rows of `analysis.recovered_shifts.setting_ratios` for one model and one kind
    of shift. Full dots were planted to change; they are named, and so are concepts off the line.
    """
    present = [name for name in SETTING_COLOURS if name in set(ratios["setting"])]
    columns = min(across(2), len(present))
    rows = -(-len(present) // columns)
    figure, panels = plt.subplots(
        nrows=rows,
        ncols=columns,
        sharex=True,
        sharey=True,
        squeeze=False,
        figsize=(width(), 0.7 + 3.1 * rows),
        layout="constrained",
    )
    flat = list(panels.flat)
    for setting, ax in zip(present, flat, strict=False):
        part = ratios[ratios["setting"] == setting]
        measured_against_planted(part, ax=ax)
        ax.set(title=setting, xlabel="", ylabel="")
    for setting, ax in zip(present, flat, strict=False):
        # Once all panels have drawn, so that names know the axes that they share.
        _named(ax, ratios[ratios["setting"] == setting], "planted", "ratio")
    for ax in flat[len(present) :]:
        ax.set_visible(False)
    figure.supxlabel("planted slope as a share of that in BASE→BASE", fontsize=12.5)
    figure.supylabel("measured slope as a share", fontsize=12.5)
    return figure


@at_any_width
def extraction_panels(vectors: pd.DataFrame) -> Figure:
    """Return two panels: ratio, and cosine with the vector of BASE, measured against planted.

    `vectors` is the table of `analysis.recovered_shifts.with_cosines` for one model. Colour is the
    setting that the vector was made in.
    """
    rows = across(1, 2)
    figure, panels = plt.subplots(
        nrows=rows, ncols=2 // rows, figsize=(width(), 4.3 * rows), layout="constrained"
    )
    left, right = panels
    measured_against_planted(vectors, ax=left)
    left.set(title="slope", xlabel="planted share", ylabel="measured share of the slope")
    cosines = vectors.dropna(subset=["cosine", "planted_cosine"])
    _dots(right, cosines, "planted_cosine", "cosine")
    identity(right)
    right.set(title="direction", xlabel="planted cosine", ylabel="measured cosine with BASE")
    if cosines.empty:
        right.set_visible(False)
    for ax, x, y, part in (
        (left, "planted", "ratio", vectors),
        (right, "planted_cosine", "cosine", cosines),
    ):
        _named(ax, part, x, y)
    handles, labels = left.get_legend_handles_labels()
    draw_key(figure, handles, labels, title="vector of", ncols=4)
    return figure


@at_any_width
def measured_against_planted(ratios: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Return axes that show each concept's measured ratio against the planted one.

    On the dashed line the two agree.

    Needs `setting`, `ratio`, `low`, `high`, `planted`, `moved`.
    """
    ax = axes(ax, width=5.2, height=5)
    _dots(ax, ratios, "planted", "ratio")
    identity(ax)
    ax.set(xlabel="planted share of the slope", ylabel="measured share of the slope")
    return ax


def _dots(ax: Axes, table: pd.DataFrame, x: str, y: str) -> None:
    for setting, part in table.groupby("setting", sort=False):
        colour = SETTING_COLOURS[str(setting)]
        for full in (False, True):
            dots = part[part["moved"] == full]
            ax.errorbar(
                dots[x],
                dots[y],
                yerr=whiskers(dots, y, "low", "high") if y == "ratio" else None,
                fmt="o",
                color=colour,
                markerfacecolor=colour if full else "none",
                markersize=7 if full else 5.5,
                elinewidth=1.2,
                alpha=1 if full else 0.7,
                label="_" if full else str(setting),
                zorder=3,
            )
    ax.grid(color=GRID)
    ax.margins(x=0.12, y=0.08)


def _named(ax: Axes, table: pd.DataFrame, x: str, y: str) -> None:
    """Write the names of the dots that stand out, those at one place of the axis in a column."""
    off = (table[y] - table[x]).abs()
    furthest = off[~table["moved"]].groupby(table["concept"]).max().nlargest(MOST)
    far = table["concept"].isin(furthest[furthest > OFF].index) & (off > OFF)
    dots = table[table["moved"] | far]
    if dots.empty:
        return
    # Of the dots of a concept that stand above each other, the one furthest from the line.
    dots = dots.assign(off=off, place=dots[x].round(2)).sort_values("off", ascending=False)
    dots = dots.drop_duplicates(["concept", "place"]).sort_values(y)
    low, high = ax.get_ylim()
    heights = _apart([(at - low) / (high - low) for at in dots[y]])
    for row, height in zip(dots.to_dict("records"), heights, strict=True):
        ax.annotate(
            name_of(row["concept"], width=30),
            (row[x], row[y]),
            xytext=(1.04, height),
            textcoords="axes fraction",
            va="center",
            fontsize=10.5,
            arrowprops={"arrowstyle": "-", "color": GREY, "lw": 0.7, "shrinkB": 4},
        )


def _apart(heights: list[float]) -> list[float]:
    """Return ascending heights, moved as little as needed to stand apart and below the top."""
    places: list[float] = []
    for height in heights:
        places.append(max(height, places[-1] + APART if places else height))
    for place in range(len(places) - 1, -1, -1):
        above = places[place + 1] - APART if place + 1 < len(places) else 1.0
        places[place] = min(places[place], above)
    return places
