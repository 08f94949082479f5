"""One look for every figure: colours for the colour-blind, text that can be read on a phone.

The palette is Okabe and Ito's ("Color Universal Design", 2008). A colour means the same thing in
every figure: a prompt setting, a direction, an answer.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable, Mapping, Sequence

import matplotlib as mpl
import pandas as pd
from cycler import cycler
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from steering.figures.concept_link import concept_address
from steering.figures.widths import DESK
from steering.figures.widths import width as widest
from steering.records.kinds import KINDS, by_kind

BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
YELLOW, BLUE, VERMILION, PURPLE = "#F0E442", "#0072B2", "#D55E00", "#CC79A7"
GREY, PALE, GRID, WHITE = "#8C8C8C", "#DDDDDD", "#EEEEEE", "#FFFFFF"
# Shown in a page, these are colours of its own: `--figure-<name>` in book/vendor/steering.css.
VARIABLES = {
    **{BLACK: "ink", WHITE: "paper", GREY: "grey", PALE: "pale", GRID: "grid"},
    **{ORANGE: "orange", SKY: "sky", GREEN: "green", YELLOW: "yellow"},
    **{BLUE: "blue", VERMILION: "vermilion", PURPLE: "purple"},
}
# What is written on a coloured cell stays as it is, whatever the ground of the page.
ON_LIGHT, ON_DARK = "#010101", "#FEFEFE"
PALETTE = (BLUE, VERMILION, GREEN, ORANGE, PURPLE, SKY, BLACK)
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
DIVERGING = "PuOr_r"

SETTING_COLOURS = {
    "BASE": BLACK,
    "SYS_POS": BLUE,
    "SYS_NEG": ORANGE,
    "USER_POS": SKY,
    "USER_NEG": VERMILION,
}
DIRECTION_COLOURS = {
    "contrastive": BLUE,
    "planted": GREEN,
    "perturbed": ORANGE,
    "other": PURPLE,
    "shuffled": VERMILION,
    "random": GREY,
}
LETTER_COLOURS = {"A": BLUE, "B": ORANGE}
SHIFT_COLOURS = {
    "BASE→USER_NEG": VERMILION,
    "BASE→USER_POS": SKY,
    "SYS_POS→USER_NEG": PURPLE,
    "SYS_NEG→USER_POS": GREEN,
}

STEERABILITY = "steerability (logits per unit of λ)"
MEAN_STEERABILITY = "mean steerability\n(logits per unit of λ)"
# Above so many dots a picture inside the figure is smaller than its dots.
MANY_DOTS = 1300
MANY_ROWS = 12  # more than these have their scale above them too, and smaller labels


def use_theme() -> None:
    """Set matplotlib's defaults to those of the report, whatever the user's own file says."""
    mpl.rcdefaults()
    mpl.rcParams.update(
        {
            "figure.figsize": (DESK, 4.4),
            "figure.constrained_layout.use": True,
            "figure.constrained_layout.w_pad": 0.1,
            "figure.constrained_layout.h_pad": 0.1,
            "figure.facecolor": "white",
            "figure.dpi": 96,
            "savefig.facecolor": "white",
            "font.family": "DejaVu Sans",
            "font.size": 12.5,
            "axes.titlesize": 13,
            "axes.titleweight": "bold",
            "axes.titlelocation": "left",
            "axes.labelsize": 12.5,
            "axes.prop_cycle": cycler(color=PALETTE),
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.axisbelow": True,
            "axes.unicode_minus": True,
            "xtick.labelsize": 12,
            "ytick.labelsize": 12,
            "legend.fontsize": 11.5,
            "legend.frameon": False,
            "lines.linewidth": 2.0,
            "lines.markersize": 7,
            "svg.fonttype": "none",
            "svg.hashsalt": "steering",
        }
    )


def axes(ax: Axes | None, *, width: float = DESK, height: float = 4.4) -> Axes:
    """Return the axes given, or those of a new figure of that size in inches.

    It is at most as wide as figures are drawn at the moment.
    """
    if ax is not None:
        return ax
    return plt.subplots(figsize=(min(width, widest()), height), layout="constrained")[1]


def name_of(concept: str, *, width: int = 19) -> str:
    """Return a concept's name as words in at most two lines, wider than `width` if need be."""
    words = str(concept).replace("-", " ").replace("_", " ")
    lines = textwrap.wrap(words, width)
    while len(lines) > 2:
        width += 1
        lines = textwrap.wrap(words, width)
    return "\n".join(lines) or words


def concept_styles(concepts: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Return a colour and a marker for each concept; with more than seven they repeat."""
    names = list(dict.fromkeys(concepts))
    return {
        name: (PALETTE[place % len(PALETTE)], MARKERS[place % len(MARKERS)])
        for place, name in enumerate(names)
    }


def whiskers(table: pd.DataFrame, middle: str, low: str, high: str) -> list[list[float]]:
    """Return the lengths of error bars below and above; none where the interval is not known."""
    below = (table[middle] - table[low]).clip(lower=0).fillna(0)
    above = (table[high] - table[middle]).clip(lower=0).fillna(0)
    return [below.to_list(), above.to_list()]


def row_of(table: pd.DataFrame, places: dict[str, int]) -> pd.Series:
    """Return the row of each of the table's concepts, as a number even where there is none."""
    return table["concept"].map(places).astype(float)


def row_dots(
    ax: Axes,
    table: pd.DataFrame,
    places: dict[str, int],
    names: tuple[str, str, str],
    *,
    colour: str,
    full: bool,
    aside: float = 0.0,
) -> None:
    """Draw a dot with whiskers on the row of each concept or so far aside, full or hollow."""
    ax.errorbar(
        table[names[0]],
        row_of(table, places) + aside,
        xerr=whiskers(table, *names),
        fmt="o",
        color=colour,
        markerfacecolor=colour if full else "white",
        markersize=6,
        elinewidth=2,
        capsize=0,
        zorder=4,
        clip_on=False,
    )


def number(value: float, places: int = 2) -> str:
    """Return a number as a figure prints it: a true minus sign, and no minus before zero."""
    text = f"{value:.{places}f}"
    return (text[1:] if float(text) == 0 and text[0] == "-" else text).replace("-", "−")


def symmetric(values: pd.Series) -> dict[str, float]:
    """Return the ends of a colour scale whose middle is zero."""
    limit = float(values.abs().max()) or 1.0
    return {"vmin": -limit, "vmax": limit}


def grouped(kinds: Mapping[str, str]) -> list[str]:
    """Return a figure's rows: the concepts of each kind in their order, below the kind's name.

    `kinds` gives the kind of each concept, in the order of the rows (`records.kinds.kinds_of` of a
    sorted table). Where all are of one kind, the concepts alone are the rows.
    """
    parts = by_kind(kinds)
    if len(parts) == 1:
        return next(iter(parts.values()))
    return [row for kind, names in parts.items() for row in (kind, *names)]


def height_of(rows: int, each: float) -> float:
    """Return the height of so many rows in inches, where a few have `each`; many stand closer."""
    return each * rows if rows <= MANY_ROWS else max(each * MANY_ROWS, rows * max(0.4, 0.65 * each))


def rows_of(names: Sequence[str], ax: Axes, *, concepts: bool = True) -> dict[str, int]:
    """Return the row given to each concept, the first at the top and labelled at the left.

    A concept's name leads to its page, unless rows are said to be no `concepts`. The names of kinds
    that `grouped` puts between them are bold.
    """
    places = {name: row for row, name in enumerate(names)}
    labels = [name_of(name) for name in places]
    widest = max((len(line) for label in labels for line in label.split("\n")), default=0)
    small = widest > 22 or len(places) > MANY_ROWS
    ax.set_yticks(list(places.values()), labels, fontsize=10.5 if small else 12)
    # Beside other axes that have them, these have no labels.
    for name, label in zip(places, ax.get_yticklabels(), strict=False):
        label.set_fontweight("bold" if name in KINDS else "normal")
        label.set_url(concept_address(name) if concepts and name not in KINDS else None)
    ax.set_ylim(len(places) - 0.45, -0.55)
    ax.tick_params(axis="y", length=0)
    ax.tick_params(axis="x", labeltop=len(places) > MANY_ROWS)
    ax.grid(axis="x", color=PALE, linewidth=0.8)
    return places


def zero_line(ax: Axes, *, vertical: bool = False) -> None:
    """Draw the line at which a vector does nothing."""
    draw = ax.axvline if vertical else ax.axhline
    draw(0, color=BLACK, linewidth=1, zorder=1)


def two_ticks(ax: Axes) -> None:
    """Mark zero and one round number: a column is narrow, and a power of ten easily overlooked."""
    low, high = ax.get_xlim()
    end = high if high >= -low else low
    power = 10.0 ** math.floor(math.log10(abs(end)))
    ticks = [0.0, power * math.trunc(end / power)]
    ax.set_xticks(ticks, [f"{tick:g}".replace("-", "−") for tick in ticks])
