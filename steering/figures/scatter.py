"""What scatter plots of concepts share: points with whiskers, names, a key, and Spearman's ρ."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.container import ErrorbarContainer
from matplotlib.lines import Line2D
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox

from steering.figures.concept_link import concept_address
from steering.figures.theme import BLACK, GREY, PALETTE, concept_styles, name_of, number, whiskers
from steering.figures.widths import narrow
from steering.records.kinds import SHORT, by_kind, kinds_of

# Where a name may stand beside its point, in points of type: best first.
BESIDE = (
    *((7, 0, "left", "center"), (-7, 0, "right", "center")),
    *((0, 6, "center", "bottom"), (0, -6, "center", "top")),
    *((6, 6, "left", "bottom"), (-6, 6, "right", "bottom")),
    *((6, -6, "left", "top"), (-6, -6, "right", "top")),
)

# How much of a name lies left of or below where it is put.
_SHARES = {"left": 0.0, "bottom": 0.0, "center": 0.5, "right": 1.0, "top": 1.0}


def few(concepts: Iterable[str]) -> bool:
    """Return whether these concepts are so few that each has its own colour and marker."""
    return len(set(concepts)) <= len(PALETTE)


def points(
    ax: Axes,
    table: pd.DataFrame,
    x: tuple[str, str, str],
    y: tuple[str, str, str],
    colour: str,
) -> None:
    """Draw a point with whiskers for each concept, which leads to the page about it.

    `x` and `y` name value, low and high.

    Up to seven concepts have a colour and a marker of their own. More share `colour`: full dots for
    the first kind of concept (ours, where there are any), hollow triangles for others. Needs
    `concept`, `kind` and the six columns.
    """
    styles = concept_styles(table["concept"])
    own = few(styles)
    first = next(iter(by_kind(kinds_of(table))), None)
    sideways, upright = (np.transpose(whiskers(table, *names)) for names in (x, y))
    for at, row in enumerate(table.to_dict("records")):
        full = own or row["kind"] == first
        tint, marker = styles[row["concept"]] if own else (colour, "o" if full else "^")
        mark, *_ = ax.errorbar(
            row[x[0]],
            row[y[0]],
            xerr=sideways[at, :, None],
            yerr=upright[at, :, None],
            fmt=marker,
            color=tint,
            markerfacecolor=tint if full else "white",
            alpha=1 if own else 0.75,
            elinewidth=1.5,
            label=name_of(row["concept"], width=30),
            zorder=3,
        )
        mark.set_url(concept_address(row["concept"]))


def kinds_key(table: pd.DataFrame) -> list[Line2D]:
    """Return what a legend shows of a table of many concepts: a mark for each kind.

    None where concepts are few, or all of one kind. Needs `concept` and `kind`.
    """
    first, *others = by_kind(kinds_of(table))
    if few(table["concept"]) or not others:
        return []
    rest = " and ".join(others)
    return [
        Line2D([], [], color=BLACK, linestyle="none", marker="o", label=first),
        Line2D([], [], color=BLACK, linestyle="none", marker="^", mfc="white", label=rest),
    ]


def lay_out(axes: Axes) -> None:
    """Put the panels of a figure where they will be drawn, if its layout is worked out at all."""
    figure = axes.figure.get_figure(root=True)
    if figure is not None and (layout := figure.get_layout_engine()) is not None:
        layout.execute(figure)


def name_outlying(
    axes: Axes,
    table: pd.DataFrame,
    x: str,
    y: str,
    worth: pd.Series,
    *,
    most: int = 4,
    laid_out: bool = False,
) -> None:
    """Write the names of the `most` concepts whose `worth` is largest beside their points.

    `x` and `y` name the columns. Nothing where concepts are few, since a legend names them then.
    A name that finds no free place is left out, and the next one is tried. Comes last: where a name
    has room is known only when everything else is drawn. Names change no layout: of several panels,
    those behind the first are `laid_out` already.
    """
    if few(table["concept"]):
        return
    if not laid_out:
        lay_out(axes)
    frame = Bbox.from_extents(*axes.transAxes.transform([(0, 0), (1.02, 1)]).ravel())
    places = axes.transData.transform(table[[x, y]].to_numpy(dtype=float))
    taken = [Bbox.from_bounds(left - 4, low - 4, 8, 8) for left, low in places]
    bars = _bars(axes)
    named: set[str] = set()
    for at in worth.reset_index(drop=True).sort_values(ascending=False, kind="stable").index:
        concept = str(table["concept"].iloc[at])
        if concept in named:
            continue
        text = axes.annotate(
            name_of(concept, width=22),
            tuple(table[[x, y]].iloc[at]),
            xytext=(0, 0),
            textcoords="offset points",
            fontsize=10.5 if narrow() else 10,
            linespacing=0.9,
            zorder=5,
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.7, "pad": 0.5},
        )
        text.set_in_layout(False)
        others = taken[:at] + taken[at + 1 :]
        inside = _inside(text, frame)
        box = _free(text, inside, others + bars) or _free(text, inside, others)
        if box is None:
            text.remove()
            continue
        taken.append(box)
        named.add(concept)
        if len(named) == most:
            return


def _bars(ax: Axes) -> list[Bbox]:
    """Return where whiskers are."""
    bars = [bar for bar in ax.containers if isinstance(bar, ErrorbarContainer)]
    lines = [part for bar in bars for part in bar.lines[2]]
    segments = [segment for line in lines for segment in line.get_segments()]
    return [Bbox(ax.transData.transform(segment)).padded(1) for segment in segments]


# Where a name may stand, one of `BESIDE`, and the box that it would fill there.
_Place = tuple[tuple[int, int, str, str], Bbox]


def _inside(text: Annotation, frame: Bbox) -> list[_Place]:
    """Return the places of a name that lie within a frame, best first."""
    # The name is measured once: what it fills elsewhere is the same box, moved.
    text.set(position=(0, 0), ha="left", va="bottom")
    at_the_point = text.get_window_extent()
    wide, high = at_the_point.size
    figure = text.get_figure(root=True)
    assert figure is not None, "a name stands in a figure"
    a_point = figure.dpi / 72
    places = []
    for beside in BESIDE:
        across, up, horizontal, vertical = beside
        left = across * a_point - wide * _SHARES[horizontal]
        low = up * a_point - high * _SHARES[vertical]
        box = at_the_point.translated(left, low)
        corners = (box.x0, box.y0), (box.x1, box.y1)
        if all(frame.contains(*corner) for corner in corners):
            places.append((beside, box))
    return places


def _free(text: Annotation, places: Sequence[_Place], taken: list[Bbox]) -> Bbox | None:
    """Return the place of a name that was moved to where it covers nothing, None without one."""
    for (across, up, horizontal, vertical), box in places:
        if not box.count_overlaps(taken):
            text.set(position=(across, up), ha=horizontal, va=vertical)
            return box
    return None


def identity(ax: Axes) -> None:
    """Draw the line on which both axes agree."""
    ax.axline((0, 0), slope=1, color=GREY, linewidth=1.2, linestyle="--", zorder=1)


def agreement_of(ax: Axes, agreement: pd.DataFrame | None) -> None:
    """Write ρ and its interval above the axes; nothing where no agreement is given.

    With a row for each of several kinds of concepts, there is a line for each, which names it.
    """
    if agreement is None or agreement.empty:
        return
    rows = agreement.to_dict("records")
    several = len(rows) > 1
    texts = [f"{SHORT[row['kind']]}: {_rho(row)}" if several else _rho(row) for row in rows]
    ax.text(
        *(0, 1.02, "\n".join(texts)),
        transform=ax.transAxes,
        fontsize=10.5 if several else 11.5,
        linespacing=1.15,
    )


def _rho(row: Mapping[Any, Any]) -> str:
    if pd.notna(row["rho"]):
        return f"ρ = {number(row['rho'])} [{number(row['low'])}, {number(row['high'])}]"
    if row["concepts"] < 4:
        return f"{row['concepts']} concepts, too few to rank"
    return "ρ has no value here"
