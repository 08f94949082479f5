"""The small figure of a finding: a row for each model and kind of concept, and the paper's.

Two findings of the same rows stand beside each other.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from steering.analysis.findings import PUBLISHED
from steering.figures.theme import BLACK, BLUE, GREY, ORANGE, PALE, axes, name_of, whiskers
from steering.figures.widths import at_any_width, width
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
    ax = axes(ax, height=_height(len(rows)))
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


@at_any_width
def findings_beside(
    parts: Mapping[str, pd.DataFrame],
    xlabel: str,
    *,
    percent: bool = False,
    line: float | None = 0.0,
) -> Figure:
    """Return a panel of `finding_rows` for each finding, by its name, with the same rows in all.

    A row that one of them lacks is empty there.
    """
    rows = pd.concat(parts.values())[["model", "kind"]].drop_duplicates()
    figure, panels = plt.subplots(
        ncols=len(parts),
        squeeze=False,
        sharey=True,
        figsize=(width(), _height(len(rows)) + 0.3),
        layout="constrained",
    )
    for (name, part), ax in zip(parts.items(), panels.flat, strict=True):
        own = rows.merge(part, on=["model", "kind"], how="left")
        finding_rows(own, "", ax, percent=percent, line=line)
        ax.set_title(name, fontsize=11.5, loc="left")
        ax.label_outer()
    figure.supxlabel(xlabel, fontsize=12.5)
    return figure


def _height(rows: int) -> float:
    return 0.8 + 0.3 * rows


def _kind(row: pd.Series) -> str:
    return str(SHORT.get(row["kind"], row["kind"]))
