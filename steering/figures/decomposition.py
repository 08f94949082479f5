"""Figure 4: how much of the spread between items is owed to where and how the answer stands."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from steering.figures.theme import BLACK, BLUE, ORANGE, PALE, axes, row_of, rows_of, whiskers

COLOURS = {"A/B": BLUE, "Yes/No": ORANGE, "unexplained": PALE}


def spurious_factors(
    shares: pd.DataFrame, ax: Axes | None = None, *, method: str = "sequential"
) -> Axes:
    """Draw the share of variance that A/B and Yes/No explain, a bar per concept.

    Takes the table of `analysis.decomposition.decomposition` for one model; `method` is one of its
    methods. Whiskers stand at the end of the share of A/B and at that of both factors together.
    Where a factor has no share, the row says so. Needs `concept`, `method`, `factor`, `share`,
    `low`, `high`.
    """
    shown = shares[shares["method"] == method]
    both = shown[shown["factor"] == "explained"].sort_values(
        "share", ascending=False, kind="stable"
    )
    names = both["concept"].to_list()
    ax = axes(ax, height=1.9 + 0.5 * len(names))
    places = rows_of(names, ax)
    ends = pd.Series(0.0, index=names)
    for factor, colour in COLOURS.items():
        given = shown[shown["factor"] == factor].set_index("concept")["share"]
        width = given.reindex(names).fillna(0)
        ax.barh(range(len(names)), width, left=ends, height=0.62, color=colour, label=factor)
        ends = ends + width
    for factor, lift in (("A/B", -0.14), ("explained", 0.14)):
        part = shown[(shown["factor"] == factor) & shown["share"].notna()]
        ax.errorbar(
            part["share"],
            row_of(part, places) + lift,
            xerr=whiskers(part, "share", "low", "high"),
            fmt="none",
            ecolor=BLACK,
            elinewidth=1.8,
            capsize=3,
        )
    missing = shown[shown["share"].isna() & shown["factor"].isin(["A/B", "Yes/No"])]
    for concept, without in missing.groupby("concept", sort=False):
        lacking = " or ".join(without["factor"])
        ax.text(0.99, places[str(concept)], f"no {lacking} here", ha="right", va="center")
    ax.set(xlim=(0, 1), xlabel="share of the variance of steerability", ylabel="")
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.legend(loc="lower center", bbox_to_anchor=(0.45, 1.0), ncols=3)
    return ax
