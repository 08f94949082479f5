"""Figure 4: how much of the variance between items goes with the letter and with Yes or No."""

from __future__ import annotations

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from steering.figures.theme import (
    BLACK,
    BLUE,
    ORANGE,
    PALE,
    WIDTH,
    axes,
    grouped,
    height_of,
    key_above,
    row_of,
    rows_of,
    whiskers,
)
from steering.records.kinds import kinds_of

COLOURS = {"A/B": BLUE, "Yes/No": ORANGE, "unexplained": PALE}


def spurious_factors_beside(shares: pd.DataFrame) -> Figure:
    """Return the shares by both methods, sequential at the left and Shapley's at the right.

    Takes the table of `analysis.decomposition.decomposition` for one model. The rows have one
    order.
    """
    rows = len(grouped(kinds_of(shares)))
    figure, panels = plt.subplots(
        ncols=2, sharey=True, figsize=(WIDTH, 1.9 + height_of(rows, 0.5)), layout="constrained"
    )
    for method, ax in zip(("sequential", "Shapley"), panels, strict=True):
        # Both methods explain as much, so their concepts have one order.
        spurious_factors(shares, ax, method=method)
        ax.set_title(method)
        ax.set_xlabel("share of the variance\nof steerability")
        ax.set_xticks([0, 0.5, 1])
        ax.get_legend().remove()
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=3)
    return figure


def spurious_factors(
    shares: pd.DataFrame, ax: Axes | None = None, *, method: str = "sequential"
) -> Axes:
    """Return axes that show the share of variance that A/B and Yes/No explain, a bar per concept.

    Takes the table of `analysis.decomposition.decomposition` for one model; `method` is one of its
    methods. Whiskers stand at the end of the share of A/B and at that of both factors together.
    Where a factor has no share, the row says so. Needs `concept`, `kind`, `method`, `factor`,
    `share`, `low`, `high`.
    """
    parts = shares[shares["method"] == method]
    both = parts[parts["factor"] == "explained"].sort_values(
        "share", ascending=False, kind="stable"
    )
    names = grouped(kinds_of(both))
    ax = axes(ax, height=1.9 + height_of(len(names), 0.5))
    places = rows_of(names, ax)
    ends = pd.Series(0.0, index=names)
    for factor, colour in COLOURS.items():
        given = parts[parts["factor"] == factor].set_index("concept")["share"]
        width = given.reindex(names).fillna(0)
        ax.barh(range(len(names)), width, left=ends, height=0.62, color=colour, label=factor)
        ends = ends + width
    for factor, lift in (("A/B", -0.14), ("explained", 0.14)):
        part = parts[(parts["factor"] == factor) & parts["share"].notna()]
        ax.errorbar(
            part["share"],
            row_of(part, places) + lift,
            xerr=whiskers(part, "share", "low", "high"),
            fmt="none",
            ecolor=BLACK,
            elinewidth=1.8,
            capsize=3,
        )
    missing = parts[parts["share"].isna() & parts["factor"].isin(["A/B", "Yes/No"])]
    for concept, without in missing.groupby("concept", sort=False):
        lacking = " or ".join(without["factor"])
        ax.text(0.99, places[str(concept)], f"no {lacking} here", ha="right", va="center")
    ax.set(xlim=(0, 1), xlabel="share of the variance of steerability", ylabel="")
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    key_above(ax, ncols=3)
    return ax
