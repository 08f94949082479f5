"""Figures of what a model says: vectors of both forms on both, and scores of sampled replies."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from steering.analysis.verdict.outcomes import is_moved
from steering.figures.keys import draw_key
from steering.figures.theme import (
    BLACK,
    BLUE,
    ORANGE,
    PALE,
    SETTING_COLOURS,
    axes,
    grouped,
    height_of,
    row_dots,
    row_of,
    rows_of,
    zero_line,
)
from steering.figures.variability import slope_dots
from steering.figures.widths import at_any_width, width
from steering.records.kinds import kinds_of

DOT: dict[str, Any] = {"linestyle": "none", "marker": "o", "markersize": 6}
APART = 0.16  # of a row: how far the two vectors of a concept are drawn above and below it
READ_AT = {"chosen": "the letter", "said": "the reply"}
ASKED = {"chosen": "questions with letters", "said": "what the model says"}


@at_any_width
def said_slopes(questions: pd.DataFrame, concepts: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Return axes that show the slope of every pair of texts per concept, the mean, and chance.

    Takes what `figures.variability.slope_dots` takes, of the form `said`.
    """
    ax = slope_dots(questions, concepts, ax)
    ax.set(xlabel="steerability (nats per unit of λ)")
    return ax


@at_any_width
def crossed_means(agreements: pd.DataFrame, verdicts: pd.DataFrame) -> Figure:
    """Return what the vector of either form does on the questions of either form, BASE→BASE.

    A column for each form of the questions, a row for each concept. `agreements` is the table of
    `analysis.crossed.agreement` in BASE, of one model; `verdicts` those on steering and on crossed
    vectors, with `vector` (the form in which it is read): full dots move the answer.
    """
    names = _order(agreements)
    figure, panels = _panels(agreements, len(names))
    for form, ax in panels.items():
        _crossed(agreements[agreements["form"] == form], verdicts, form, ax, names)
    handles = [
        Line2D([], [], label=f"vector read at {READ_AT[form]}", color=colour, **DOT)
        for form, colour in _COLOURS.items()
    ]
    handles.append(
        Line2D([], [], label="no such verdict", color=BLACK, markerfacecolor="white", **DOT)
    )
    draw_key(figure, handles=handles, ncols=2)
    return figure


_COLOURS = {"chosen": BLUE, "said": ORANGE}


def _crossed(
    rows: pd.DataFrame, verdicts: pd.DataFrame, form: str, ax: Axes, names: list[str]
) -> None:
    places = rows_of(names, ax)
    other = next(name for name in _COLOURS if name != form)
    for vector, value in ((form, "own"), (other, "crossed")):
        judged = verdicts[(verdicts["form"] == form) & (verdicts["vector"] == vector)]
        moved = set(judged.loc[is_moved(judged["outcome"]), "concept"])
        aside = -APART if vector == "chosen" else APART
        for full in (True, False):
            part = rows[rows["concept"].isin(list(moved)) == full]
            ends = (value, f"{value}_low", f"{value}_high")
            row_dots(ax, part, places, ends, colour=_COLOURS[vector], full=full, aside=aside)
    zero_line(ax, vertical=True)
    unit = "logits" if form == "chosen" else "nats"
    ax.set(xlabel=f"mean slope\n({unit} per unit of λ)", ylabel="")


@at_any_width
def rank_agreement(agreements: pd.DataFrame) -> Figure:
    """Return how far the two vectors rank the questions of each concept alike, in every setting.

    A column for each form of the questions; a large dot with its interval is BASE, the small ones
    are the other prompt settings. `agreements` is the table of `analysis.crossed.agreement`, of one
    model.
    """
    names = _order(agreements)
    figure, panels = _panels(agreements, len(names), sharex=True)
    for form, ax in panels.items():
        part = agreements[(agreements["form"] == form) & agreements["rho"].notna()]
        places = rows_of(names, ax)
        home = part[part["prompt_setting"] == "BASE"]
        row_dots(ax, home, places, ("rho", "rho_low", "rho_high"), colour=BLACK, full=True)
        for setting, colour in SETTING_COLOURS.items():
            away = part[part["prompt_setting"] == setting]
            if setting != "BASE" and len(away):
                ax.plot(away["rho"], row_of(away, places), ".", markersize=7, color=colour)
        zero_line(ax, vertical=True)
        ax.set(xlabel="rank correlation", ylabel="", xlim=(-1.05, 1.05))
    there = [name for name in SETTING_COLOURS if name in set(agreements["prompt_setting"])]
    handles = [
        Line2D([], [], label=name, color=SETTING_COLOURS[name], **DOT | {"markersize": 5})
        for name in there
    ]
    draw_key(figure, handles=handles, ncols=3)
    return figure


@at_any_width
def reply_slopes(slopes: pd.DataFrame, verdicts: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Return axes that show how much the score of sampled replies rises with λ, by concept.

    `slopes` is the table of `analysis.replies.score_slopes` with `kind`, of one model, `verdicts`
    those on replies. Full dots move the score; the grey band is where 95 % of random vectors fall.
    """
    names = grouped(kinds_of(slopes.sort_values("slope", ascending=False, kind="stable")))
    ax = axes(ax, height=1.5 + height_of(len(names), 0.5))
    places = rows_of(names, ax)
    moved = set(verdicts.loc[is_moved(verdicts["outcome"]), "concept"])
    half = slopes["chance"].fillna(0.0)
    ax.barh(row_of(slopes, places), 2 * half, left=-half, height=0.7, color=PALE, zorder=0)
    for full in (True, False):
        part = slopes[slopes["concept"].isin(list(moved)) == full]
        row_dots(ax, part, places, ("slope", "low", "high"), colour=BLACK, full=full)
    zero_line(ax, vertical=True)
    ax.set(xlabel="slope of the replies' score\n(nats a token per unit of λ)", ylabel="")
    return ax


def _panels(
    agreements: pd.DataFrame, rows: int, *, sharex: bool = False
) -> tuple[Figure, dict[str, Axes]]:
    """Return a figure with a column for each form of the questions, and so many rows in each."""
    forms = [form for form in ASKED if form in set(agreements["form"])]
    figure, panels = plt.subplots(
        ncols=len(forms),
        sharey=True,
        sharex=sharex,
        squeeze=False,
        figsize=(width(), 2.0 + height_of(rows, 0.5)),
        layout="constrained",
    )
    for form, ax in zip(forms, panels[0], strict=True):
        ax.set_title(ASKED[form])
    return figure, dict(zip(forms, panels[0], strict=True))


def _order(agreements: pd.DataFrame) -> list[str]:
    home = agreements[agreements["prompt_setting"] == "BASE"]
    ranked = home.sort_values("own", ascending=False, kind="stable").drop_duplicates("concept")
    return grouped(kinds_of(ranked))
