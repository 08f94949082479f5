"""The figure of whether a model answers the questions at all, without any vector."""

from __future__ import annotations

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import PercentFormatter

from steering.figures.keys import draw_key
from steering.figures.theme import (
    GREEN,
    GREY,
    VERMILION,
    grouped,
    height_of,
    row_dots,
    rows_of,
    two_ticks,
    zero_line,
)
from steering.figures.widths import at_any_width, width
from steering.records.kinds import kinds_of

MASS = ("letter_mass", "letter_mass_low", "letter_mass_high")
ALIKE = ("alike", "alike_low", "alike_high")
PERSONA = ("persona", "persona_low", "persona_high")
PANELS = (
    (MASS, "probability of\nthe two letters"),
    (ALIKE, "same choice in\nboth orders"),
    (PERSONA, "personas\napart (logits)"),
)


@at_any_width
def answers_by_concept(answers: pd.DataFrame, *, least_mass: float) -> Figure:
    """Return a panel for each number by which the model is seen to answer, a row for each concept.

    Takes the table of `analysis.answering.answering` for one model. Concepts whose questions the
    model does not answer have hollow marks. `least_mass` is the probability that the two letters
    must hold at least. Needs `concept`, `kind`, `answers` and the numbers with their intervals
    (`letter_mass`, `alike`, `persona`); one that was not measured at all has no panel.
    """
    order = answers.sort_values(["persona", "concept"], ascending=[False, True])
    names = grouped(kinds_of(order))
    shown = [panel for panel in PANELS if answers[panel[0][0]].notna().any()]
    figure, panels = plt.subplots(
        ncols=len(shown),
        sharey=True,
        squeeze=False,
        figsize=(width(), 2.0 + height_of(len(names), 0.5)),
        layout="constrained",
    )
    for ax, (columns, label) in zip(panels.flat, shown, strict=True):
        places = rows_of(names, ax)
        known = answers.dropna(subset=[columns[0]])
        for answered, part in known.groupby(known["answers"].astype(bool)):
            colour = GREEN if answered else VERMILION
            row_dots(ax, part, places, columns, colour=colour, full=bool(answered))
        ax.set_xlabel(label)
        ax.tick_params(axis="x", labelsize=10.5)
        if columns == PERSONA:
            two_ticks(ax)
            zero_line(ax, vertical=True)
            continue
        ax.set_xlim(0, 1)
        ax.set_xticks([0, 0.5, 1])
        ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        if columns == MASS:
            ax.axvline(least_mass, color=GREY, linewidth=1.2, linestyle="--", zorder=1)
    draw_key(figure, handles=_key(), ncols=2)
    return figure


def _key() -> list[Line2D]:
    def mark(colour: str, face: str, label: str) -> Line2D:
        return Line2D(
            [], [], color=colour, markerfacecolor=face, marker="o", ls="none", label=label
        )

    return [
        mark(GREEN, GREEN, "the model answers"),
        mark(VERMILION, "white", "it does not answer"),
    ]
