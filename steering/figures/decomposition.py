"""Figure 4: how much of the variance between items goes with the letter and with Yes or No."""

from __future__ import annotations

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from steering.figures.keys import draw_key, key_above
from steering.figures.theme import (
    BLACK,
    BLUE,
    ORANGE,
    PALE,
    axes,
    grouped,
    height_of,
    row_of,
    rows_of,
    whiskers,
)
from steering.figures.widths import at_any_width, width
from steering.records.kinds import kinds_of

COLOURS = {"A/B": BLUE, "Yes/No": ORANGE, "unexplained": PALE}


# What is drawn of each table: the paper's method of its one order; and with both orders measured,
# the one in which no factor enters first.
ONE_ORDER, BOTH_ORDERS = "sequential", "Shapley"


@at_any_width
def spurious_factors_beside(one: pd.DataFrame, both: pd.DataFrame) -> Figure:
    """Return the shares in one order of each item, as in the paper, and in both orders.

    Takes two tables of `analysis.decomposition.decomposition` for one model: of `one_order` of its
    curves, and of all of them. The rows have one order, that of the table with both.
    """
    names = _most_explained_first(both, BOTH_ORDERS)
    figure, panels = plt.subplots(
        ncols=2,
        sharey=True,
        figsize=(width(), 1.9 + height_of(len(names), 0.5)),
        layout="constrained",
    )
    drawn = ((one, ONE_ORDER, "one order (paper)"), (both, BOTH_ORDERS, "both orders"))
    for (shares, method, title), ax in zip(drawn, panels, strict=True):
        spurious_factors(shares, ax, method=method, names=names)
        ax.set_title(title)
        ax.set_xlabel("share of the variance\nof steerability")
        ax.set_xticks([0, 0.5, 1])
        ax.get_legend().remove()
    handles, labels = panels[0].get_legend_handles_labels()
    draw_key(figure, handles, labels, ncols=3)
    return figure


@at_any_width
def spurious_factors(
    shares: pd.DataFrame,
    ax: Axes | None = None,
    *,
    method: str = ONE_ORDER,
    names: list[str] | None = None,
) -> Axes:
    """Return axes that show the share of variance that A/B and Yes/No explain, a bar per concept.

    Takes the table of `analysis.decomposition.decomposition` for one model; `method` is one of its
    methods, and `names` gives the rows another order than by what is explained. Whiskers stand at
    the end of the share of A/B and at that of both factors together. Where a factor has no share,
    the row says so. Needs `concept`, `kind`, `method`, `factor`, `share`, `low`, `high`.
    """
    parts = shares[shares["method"] == method]
    names = names or _most_explained_first(shares, method)
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


def _most_explained_first(shares: pd.DataFrame, method: str) -> list[str]:
    wanted = (shares["method"] == method) & (shares["factor"] == "explained")
    return grouped(kinds_of(shares[wanted].sort_values("share", ascending=False, kind="stable")))
