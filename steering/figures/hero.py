"""The two figures that the first page begins with: one vector on its questions, and the paper."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from steering.figures.explorer_link import address, addresses
from steering.figures.keys import draw_key
from steering.figures.published import PUBLISHED
from steering.figures.theme import BLACK, GREY, PALETTE, SKY, VERMILION, axes, name_of, zero_line
from steering.figures.widths import at_any_width

NAMED = (0, 0.5, 1)  # of the published sets in their order, those whose names are written
_MARKERS = ("o", "s", "D", "P", "X")


@at_any_width
def curves_of_questions(points: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Return axes that show how far one vector moves the answer to each of its questions.

    A line is a question, orange and dashed where its slope is below zero, and opens the question in
    the explorer; the black line is the mean. Takes the table of
    `analysis.question_curves.question_curves` for one run.
    """
    ax = axes(ax, height=3.0)
    for _, line in points.groupby("item", sort=True):
        first = line.iloc[0]
        falls = first["steerability"] < 0
        ax.plot(
            line["multiplier"],
            line["change"],
            color=VERMILION if falls else SKY,
            linestyle=(0, (5, 1.5)) if falls else "solid",
            linewidth=1.7 if falls else 1.0,
            alpha=1 if falls else 0.65,
            zorder=3 if falls else 2,
            url=address(first["model"], first["concept"], int(first["item"])),
        )
    mean = points.groupby("multiplier")["change"].mean()
    ax.plot(mean.index, mean, color=BLACK, marker="o", linewidth=3, zorder=4)
    zero_line(ax)
    ax.set(xlabel="strength of the vector (λ)", ylabel="change of preference (logits)")
    handles = [
        Line2D([], [], color=BLACK, label="mean"),
        Line2D([], [], color=SKY, label="a question"),
        Line2D([], [], color=VERMILION, linestyle="--", label="one that reverses"),
    ]
    draw_key(ax, handles, ncols=3)
    return ax


@at_any_width
def published_shares(items: pd.DataFrame, measured: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Return axes that show the published shares of anti-steerable inputs, and ours beside them.

    Takes the table of `analysis.published.items`, a hollow mark a data set from few to many, and
    that of `analysis.published.beside`: full marks of the models measured here, which open the
    concept in the explorer.
    """
    ordered = items.sort_values("anti_steerable", ignore_index=True)
    ax = axes(ax, height=3.0)
    colour, marker = PUBLISHED[0]
    ax.plot(
        100 * ordered["anti_steerable"],
        ordered.index,
        linestyle="none",
        marker=marker,
        markerfacecolor="none",
        color=colour,
        label="published",
    )
    rows = pd.Series(ordered.index, index=ordered["short_name"])
    for place, (model, part) in enumerate(measured.groupby("model", sort=False)):
        dots = ax.scatter(
            100 * part["anti_steerable"],
            part["short_name"].map(rows),
            s=26,
            marker=_MARKERS[place % len(_MARKERS)],
            color=PALETTE[(place + 1) % len(PALETTE)],
            label=name_of(str(model)),
            zorder=3,
        )
        dots.set_urls(addresses(part[["model", "concept"]]))
    named = [round(at * (len(ordered) - 1)) for at in NAMED]
    ax.set_yticks(named, [name_of(str(ordered.loc[row, "short_name"]), width=16) for row in named])
    ax.axvline(50, color=GREY, linewidth=1.2, linestyle="--", zorder=1)
    most = max(52.0, *(100 * measured["anti_steerable"] + 2)) if len(measured) else 52.0
    ax.set(xlim=(-1, most), xlabel="inputs pushed the wrong way (%)")
    draw_key(ax, ncols=3)
    return ax
