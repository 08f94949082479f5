"""Figures of how far predictors go with how well vectors work."""

from __future__ import annotations

from textwrap import fill

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from steering.figures.keys import draw_key
from steering.figures.theme import BLACK, MARKERS, PALETTE, axes, whiskers, zero_line
from steering.figures.widths import at_any_width, width
from steering.records.kinds import SHORT
from steering.records.predictors import PREDICTORS, TITLES
from steering.records.tables import SAID

PANELS = {
    "slope": "mean\nslope",
    "effect": "beside\nrandom",
    "reversed": "share\nreversed",
    "left": "share\nleft",
}
LIMIT = 1.05


@at_any_width
def predictor_correlations(table: pd.DataFrame) -> Figure:
    """Return a panel for each outcome, with a row for each predictor.

    Takes the table of `analysis.predictors.correlations`. Needs `form`, `kind`, `predictor`,
    `outcome`, `rho`, `low`, `high`, `worth`. Colours tell kinds of concepts apart, markers forms of
    the question. A marker is full where the predictor is worth something.
    """
    known = table.dropna(subset=["rho"])
    names = [name for name in PREDICTORS if name in set(known["predictor"])]
    panels = [name for name in PANELS if name in set(known["outcome"])]
    named = known[["kind", "form"]].drop_duplicates().sort_values(["kind", "form"]).astype("str")
    series = list(zip(named["kind"], named["form"], strict=True))
    kinds = list(dict.fromkeys(named["kind"]))
    figure, axes = plt.subplots(
        ncols=len(panels),
        figsize=(width(), 1.6 + 0.62 * len(names)),
        sharex=True,
        sharey=True,
        squeeze=False,
        layout="constrained",
    )
    for ax, outcome in zip(axes[0], panels, strict=True):
        ax.axvline(0, color=BLACK, linewidth=0.8)
        for number, (kind, form) in enumerate(series):
            part = known[(known["kind"] == kind) & (known["form"] == form)]
            part = part[part["outcome"] == outcome]
            rows = np.array([names.index(name) for name in part["predictor"]], dtype=float)
            places = rows + 0.2 * (number - (len(series) - 1) / 2)
            colour, marker = PALETTE[kinds.index(kind)], MARKERS[int(form == SAID)]
            name = f"{SHORT.get(kind, kind)}, {'free text' if form == SAID else 'letters'}"
            ax.errorbar(
                part["rho"], places, xerr=whiskers(part, "rho", "low", "high"), fmt="none",
                ecolor=colour, elinewidth=1.1,
            )  # fmt: skip
            for full in (True, False):
                some = part["worth"].to_numpy() == full
                ax.plot(
                    part["rho"][some], places[some], marker, color=colour, markersize=5,
                    markerfacecolor=colour if full else "white", linestyle="none",
                    label=name if full else None,
                )  # fmt: skip
        ax.set_title(PANELS[outcome], fontsize="small")
        ax.set_xlim(-LIMIT, LIMIT)
        ax.set_yticks(range(len(names)), [fill(TITLES[name], 15) for name in names])
    axes[0][0].invert_yaxis()
    figure.supxlabel("rank correlation over concepts, within models", fontsize="medium")
    handles, labels = axes[0][0].get_legend_handles_labels()
    draw_key(figure, handles, labels, ncols=2)
    return figure


@at_any_width
def slopes_by_agreement(both: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Return axes with a mark for every vector: its mean slope against its pairs' agreement.

    Takes the table of `analysis.predictors.beside_outcomes`. Colours tell kinds of concepts apart,
    markers forms of the question.
    """
    ax = axes(ax, height=4.6)
    rows = both[(both["predictor"] == "agreement") & (both["outcome"] == "slope")]
    for number, kind in enumerate(sorted(set(rows["kind"]))):
        for form in sorted(set(rows["form"])):
            part = rows[(rows["kind"] == kind) & (rows["form"] == form)]
            ax.plot(
                part["x"], part["y"], MARKERS[int(form == SAID)], color=PALETTE[number],
                markersize=6, linestyle="none",
                label=f"{SHORT.get(kind, kind)}, {'free text' if form == SAID else 'letters'}",
            )  # fmt: skip
    zero_line(ax)
    ax.set(xlabel=TITLES["agreement"], ylabel="mean slope (a unit of λ)")
    draw_key(ax, ncols=2)
    return ax
