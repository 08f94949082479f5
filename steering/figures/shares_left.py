"""What is left of each concept's slope under each shift, marked by its verdict."""

from __future__ import annotations

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MultipleLocator

from steering.analysis.brittleness import MARGIN
from steering.analysis.verdict.outcomes import BRITTLE, KEPT, STRONGER, TOO_LITTLE, UNDECIDED
from steering.figures.keys import draw_key
from steering.figures.theme import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    PALE,
    VERMILION,
    grouped,
    name_of,
    row_of,
    rows_of,
    whiskers,
)
from steering.figures.widths import at_any_width, narrow, width
from steering.records.kinds import kinds_of

# A mark for each verdict about a shift: the shape alone tells them apart, without the colour.
VERDICT_MARKS = {
    BRITTLE: ("v", VERMILION, VERMILION),
    STRONGER: ("^", BLUE, BLUE),
    KEPT: ("o", GREEN, GREEN),
    UNDECIDED: ("D", GREY, "white"),
    TOO_LITTLE: ("X", GREY, GREY),
}
PUBLISHED = "published"


@at_any_width
def shares_left(verdicts: pd.DataFrame, published: pd.DataFrame | None = None) -> Figure:
    """Return what is left of each concept's slope: a column for each shift, a row for each concept.

    `verdicts` are those on claim "shift" for one model: their marks are those of `VERDICT_MARKS`,
    and a concept that was not judged has none. Below the concepts of each kind stand the published
    models: `published` is the table of `analysis.published.quartiles_left`. The grey band is the
    margin within which a vector is said to keep its effect.
    """
    shifts = list(dict.fromkeys(verdicts["subject"]))
    order = verdicts.groupby("concept", sort=False)["estimate"].mean().sort_values(ascending=False)
    kinds = kinds_of(verdicts)
    names = grouped({name: kinds[name] for name in order.index})
    published_names: list[str] = []
    if published is not None and len(published):
        published_names = [PUBLISHED, *dict.fromkeys(published["model"])]
    names += published_names
    figure, panels = plt.subplots(
        ncols=len(shifts),
        sharex=True,
        sharey=True,
        squeeze=False,
        figsize=(width(), _height(names)),
        layout="constrained",
    )
    for shift, ax in zip(shifts, panels.flat, strict=True):
        places = rows_of(names, ax)
        ax.axvspan(*MARGIN, color=PALE, linewidth=0, zorder=0)
        ax.axvline(1, color=BLACK, linewidth=1, zorder=1)
        _judged_shares(ax, verdicts[verdicts["subject"] == shift], places)
        if published is not None:
            _published_shares(ax, published[published["shift"] == shift], places)
        title = shift.replace("→", "→\n")
        ax.set_title(title.replace("_", "\n_") if narrow() else title, fontsize=11.5)
        ax.label_outer()
    first = panels.flat[0]
    first.xaxis.set_major_locator(MultipleLocator(1))
    first.axvline(0, color=PALE, linewidth=0.8, zorder=0)
    _name_models(first, names, published_names)
    figure.supxlabel("slope under the shift, as a share of that in BASE→BASE", fontsize=12.5)
    present = [name for name in VERDICT_MARKS if name in set(verdicts["outcome"])]
    handles = [_mark(name) for name in present]
    if published_names:
        handles.append(_square("median of published sets"))
    draw_key(figure, handles=handles, ncols=3)
    return figure


def _height(names: list[str]) -> float:
    """Return the height in inches; on a phone titles and key have more lines than on a desk."""
    row = 0.36 if any("\n" in name_of(name) for name in names) else 0.29
    return (2.6 if narrow() else 1.8) + row * len(names)


def _name_models(ax: Axes, names: list[str], models: list[str]) -> None:
    """Write the names of models as they are: those of concepts become words."""
    texts = [label.get_text() for label in ax.get_yticklabels()]
    bold = [label.get_fontweight() for label in ax.get_yticklabels()]
    named = [name if name in models else text for name, text in zip(names, texts, strict=True)]
    ax.set_yticks(range(len(names)), named)
    for name, weight, label in zip(names, bold, ax.get_yticklabels(), strict=True):
        label.set_fontweight("bold" if name == PUBLISHED else weight)
        if name in models:
            label.set_url(None)


def _judged_shares(ax: Axes, verdicts: pd.DataFrame, places: dict[str, int]) -> None:
    for outcome, (marker, colour, face) in VERDICT_MARKS.items():
        part = verdicts[(verdicts["outcome"] == outcome) & verdicts["estimate"].notna()]
        ax.errorbar(
            part["estimate"],
            row_of(part, places),
            xerr=whiskers(part, "estimate", "low", "high"),
            fmt=marker,
            markersize=6,
            color=colour,
            markerfacecolor=face,
            elinewidth=1.4,
            zorder=3,
        )


def _published_shares(ax: Axes, published: pd.DataFrame, places: dict[str, int]) -> None:
    ax.errorbar(
        published["median"],
        published["model"].map(places).astype(float),
        xerr=whiskers(published, "median", "lower", "upper"),
        fmt="s",
        markersize=6,
        color=BLACK,
        markerfacecolor="white",
        elinewidth=1.4,
        zorder=3,
    )


def _square(label: str) -> Line2D:
    return Line2D([], [], linestyle="none", marker="s", color=BLACK, mfc="white", label=label)


def _mark(outcome: str) -> Line2D:
    marker, colour, face = VERDICT_MARKS[outcome]
    return Line2D([], [], linestyle="none", marker=marker, color=colour, mfc=face, label=outcome)
