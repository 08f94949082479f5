"""Figures of other words: what is left in each family, and how far wordings and questions differ.

Each has a row for every concept of every model, below the name of the model.
"""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from steering.analysis.verdict.outcomes import BRITTLE, KEPT, NO_ANSWER, TURNED, UNDECIDED
from steering.figures.heat import cells
from steering.figures.keys import key_above
from steering.figures.theme import BLUE, GREEN, ORANGE, axes, name_of, whiskers
from steering.figures.widths import at_any_width

# The mark of each outcome in a cell; a concept that is not judged has none.
MARKS = {KEPT: "✓", BRITTLE: "↓", TURNED: "✗", UNDECIDED: "?", NO_ANSWER: "–"}
# Colours end here: what is left beyond looks the same.
MOST_LEFT = 1.5
SOURCES = {"family": ORANGE, "wording": BLUE, "question": GREEN}
LABELS = {"family": "families", "wording": "wordings of a family", "question": "questions"}
_EACH = 0.34  # inches that a row is high


@at_any_width
def family_matrix(claims: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Return axes with a row for each concept and a column for each family of wordings.

    `claims` are the verdicts on other words. The colour of a cell is the share of the effect that
    is left, its mark the verdict (`MARKS`). Needs `model`, `concept`, `subject`, `estimate`,
    `outcome`.
    """
    rows = _rows(claims)
    ax = axes(ax, height=1.6 + _EACH * len(rows))
    families = list(dict.fromkeys(claims["subject"]))
    keyed = claims.assign(mark=claims["outcome"].map(MARKS).fillna(""))
    keyed = keyed.set_index(["model", "concept", "subject"])
    left = keyed["estimate"].unstack().reindex(index=rows, columns=families)
    marks = keyed["mark"].unstack().reindex(index=rows, columns=families).fillna("")
    shown = left.clip(-MOST_LEFT, MOST_LEFT).set_axis(_labels(rows))
    cells(ax, shown, label="share of the effect that is left", marks=marks)
    ax.tick_params(axis="x", rotation=45)
    _embolden(ax, rows)
    return ax


@at_any_width
def spread_over_wordings(spreads: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Return axes that show how much families, wordings of a family and questions vary.

    Takes the table of `analysis.wordings.variances`. Needs `model`, `concept`, `source`, `sd`,
    `low`, `high`.
    """
    rows = _rows(spreads)
    ax = axes(ax, height=1.9 + _EACH * len(rows))
    ax.set_yticks(range(len(rows)), _labels(rows), fontsize=10.5)
    ax.set_ylim(len(rows) - 0.45, -0.55)
    ax.tick_params(axis="y", length=0)
    places = {row: place for place, row in enumerate(rows)}
    for at, (source, colour) in enumerate(SOURCES.items()):
        part = spreads[spreads["source"] == source]
        keys = zip(part["model"], part["concept"], strict=True)
        ax.errorbar(
            part["sd"],
            [places[key] + 0.22 * (at - 1) for key in keys],
            xerr=whiskers(part, "sd", "low", "high"),
            fmt="o",
            markersize=4.5,
            color=colour,
            elinewidth=1.5,
            label=LABELS[source],
        )
    ax.set_xlim(left=0)
    ax.set(xlabel="standard deviation, as a share of the mean steerability", ylabel="")
    key_above(ax, ncols=3)
    _embolden(ax, rows)
    return ax


def _rows(table: pd.DataFrame) -> list[tuple[str, str]]:
    """Return the model and the concept of each row; those of a model stand below its name."""
    rows: list[tuple[str, str]] = []
    for model, part in table.groupby("model", sort=True):
        rows += [(str(model), ""), *((str(model), name) for name in part["concept"].unique())]
    return rows


def _labels(rows: list[tuple[str, str]]) -> list[str]:
    return [name_of(concept, width=40) if concept else model for model, concept in rows]


def _embolden(ax: Axes, rows: list[tuple[str, str]]) -> None:
    for (_, concept), label in zip(rows, ax.get_yticklabels(), strict=True):
        label.set_fontweight("normal" if concept else "bold")
