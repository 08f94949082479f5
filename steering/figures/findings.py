"""The small figure of a finding: a row for each model and kind of concept, and the paper's."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, PercentFormatter

from steering.analysis.findings import PUBLISHED
from steering.figures.theme import BLACK, BLUE, GREY, ORANGE, PALE, axes, name_of, whiskers
from steering.figures.widths import at_any_width
from steering.records.kinds import OURS, SHORT

_COLOURS = {OURS: ORANGE, PUBLISHED: GREY}
_MARKERS = {OURS: "D", PUBLISHED: "^"}


@at_any_width
def finding_rows(
    rows: pd.DataFrame,
    xlabel: str,
    ax: Axes | None = None,
    *,
    percent: bool = False,
    line: float | None = 0.0,
) -> Axes:
    """Return axes with a row for each row of a finding: its value, its interval, what is expected.

    Takes rows of `analysis.findings.findings`, and published ones, which are hollow. Concepts of
    ours, whose effect is built in, are diamonds. A grey bar marks what is `expected`. `line` is
    where nothing is found.
    """
    ax = axes(ax, height=0.9 + 0.34 * len(rows))
    for place, (_, row) in enumerate(rows.iterrows()):
        colour = _COLOURS.get(row["kind"], BLUE)
        one = rows.loc[[row.name]]
        ax.errorbar(
            one["value"],
            [place],
            xerr=whiskers(one, "value", "low", "high"),
            fmt=_MARKERS.get(row["kind"], "o"),
            color=colour,
            markerfacecolor="none" if row["kind"] == PUBLISHED else colour,
            elinewidth=2,
            zorder=3,
            clip_on=False,
        )
        if pd.notna(row["expected"]):
            at = row["expected"] / row["of"]
            ax.plot([at, at], [place - 0.3, place + 0.3], color=GREY, linewidth=3, zorder=2)
    labels = [f"{name_of(row['model'])}, {_kind(row)}" for _, row in rows.iterrows()]
    ax.set_yticks(range(len(rows)), labels)
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x", color=PALE, linewidth=0.8)
    if line is not None:
        ax.axvline(line, color=BLACK, linewidth=1, zorder=1)
    ax.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    if percent:
        ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.set_xlabel(xlabel)
    return ax


def _kind(row: pd.Series) -> str:
    return str(SHORT.get(row["kind"], row["kind"]))
