"""The figure of how many training pairs and test questions a vector and its verdict need."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator

from steering.analysis.how_many_questions import ENOUGH
from steering.analysis.statistics.subsets import kept
from steering.figures.theme import BLACK, BLUE, MEAN_STEERABILITY, PALE, whiskers, zero_line
from steering.figures.widths import at_any_width, width

MEAN = ("mean", "low", "high")


@at_any_width
def how_many(
    sizes: pd.DataFrame, vectors: pd.DataFrame, needed: pd.DataFrame, questions: pd.DataFrame
) -> Figure:
    """Return the figure: mean slope against training groups, and against groups of questions.

    Takes the tables `by_size`, `vectors_of_sizes` and `pairs_needed` of `analysis.how_many_pairs`,
    and `by_test_groups` of `analysis.how_many_questions`, of one run.
    """
    figure, (left, right) = plt.subplots(
        ncols=2, sharey=True, figsize=(width(), 3.9), layout="constrained"
    )
    training(sizes, vectors, needed, left)
    testing(questions, right)
    left.set(ylabel=MEAN_STEERABILITY)
    return figure


@at_any_width
def training(sizes: pd.DataFrame, vectors: pd.DataFrame, needed: pd.DataFrame, ax: Axes) -> Axes:
    """Return axes with a tick for each vector, a dot for each size, and the curve fitted to all."""
    row = needed.iloc[0]
    if pd.notna(row["lost"]):
        x = np.geomspace(sizes["groups"].min(), sizes["of"].max(), 60)
        ends = [
            row["effect"] * kept(x, row["groups"], row[f"lost{end}"]) for end in ("_high", "_low")
        ]
        ax.fill_between(x, *ends, color=PALE, zorder=0.5, linewidth=0)
        ax.plot(x, row["effect"] * kept(x, row["groups"], row["lost"]), color=BLUE)
    ax.plot(vectors["groups"], vectors["mean"], "_", markersize=12, color=BLUE, alpha=0.6)
    ax.errorbar(
        sizes["groups"],
        sizes["mean"],
        yerr=whiskers(sizes, *MEAN),
        fmt="o",
        markersize=5,
        color=BLACK,
        elinewidth=1.4,
    )
    _logarithmic(ax, sizes["groups"])
    ax.set(xlabel="groups of training items")
    return ax


@at_any_width
def testing(questions: pd.DataFrame, ax: Axes) -> Axes:
    """Return axes with the interval for each number of groups; full where the verdict holds."""
    full = questions["same"] >= ENOUGH
    for same, part in questions.groupby(full):
        ax.errorbar(
            part["groups"],
            part["mean"],
            yerr=part["half"],
            fmt="o",
            markersize=6,
            color=BLACK,
            markerfacecolor=BLACK if same else "white",
            elinewidth=1.4,
        )
    _logarithmic(ax, questions["groups"])
    ax.set(xlabel="groups of test questions")
    return ax


def _logarithmic(ax: Axes, groups: pd.Series) -> None:
    zero_line(ax)
    ax.set_xscale("log")
    low, high = float(groups.min()), float(groups.max())
    ax.set_xlim(low / 1.25, high * 1.25)
    ends = sorted({int(one) for one in groups})
    shown = [one for at, one in enumerate(ends) if (len(ends) - 1 - at) % 2 == 0]
    ax.xaxis.set_major_locator(FixedLocator(shown))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_xticks(shown, [str(one) for one in shown])
