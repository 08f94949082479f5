"""Figures of how much CPU time a sweep takes, and how that grows."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from steering.figures.keys import draw_key
from steering.figures.theme import GRID, PALE, axes, concept_styles
from steering.figures.widths import across, at_any_width, width

_WHAT = {
    "items": "items, two prompts each",
    "prompt tokens": "tokens of a prompt",
    "layers": "layers, 7 λ each",
    "copies": "steered copies of a prompt",
    "prompts a row": "prompts in a row",
    "tokens a forward": "tokens in a forward pass",
}
WAYS = {
    "ours": "this report",
    "answers": "this report,\nwhole answers",
    "by hand": "hooks by hand",
    "naive": "nnsight, a trace\nfor each λ",
    "peer": "steering-bench's\nprocedure",
}
TIME = "CPU time (ms a prompt)"


@at_any_width
def cost_panels(growth: pd.DataFrame, grown: tuple[str, ...]) -> Figure:
    """Return a panel for each of `grown`: CPU time a prompt against it, a line per model.

    Takes the table of `analysis.cost.growth`, or that of `choices`, whose size taken is ringed.
    """
    columns = across(2)
    rows = -(-len(grown) // columns)
    figure, panels = plt.subplots(
        nrows=rows,
        ncols=columns,
        squeeze=False,
        figsize=(width(), 0.5 + 2.8 * rows),
        layout="constrained",
    )
    flat = list(panels.flat)
    for name, ax in zip(grown, flat, strict=False):
        cost(growth, name, ax=ax)
        ax.set_ylabel("")
        ax.get_legend().remove()
    for ax in flat[len(grown) :]:
        ax.set_visible(False)
    figure.supylabel(TIME, fontsize=12.5)
    handles, labels = flat[0].get_legend_handles_labels()
    draw_key(figure, handles, labels, ncols=2)
    return figure


@at_any_width
def cost(
    growth: pd.DataFrame, grown: str, ax: Axes | None = None, *, proportional: bool = False
) -> Axes:
    """Return axes that show CPU time a prompt against what grows, a line per model.

    Takes the table of `analysis.cost.growth` and one of its `grown`. `proportional` adds the line
    of a cost that grows like x. Needs `model`, `grown`, `x` and `value` (milliseconds a prompt);
    where there is a column `chosen`, that x is ringed.
    """
    ax = axes(ax)
    chosen = growth[growth["grown"] == grown]
    styles = concept_styles(growth["model"])
    for model, part in chosen.groupby("model", sort=False):
        colour, marker = styles[str(model)]
        line = part.sort_values("x")
        ax.plot(line["x"], line["value"], color=colour, marker=marker, label=str(model))
        if proportional:
            first = line.iloc[0]
            alike = line["x"] * first["value"] / first["x"]
            ax.plot(line["x"], alike, color=colour, linewidth=1.2, linestyle="--", zorder=1)
        if "chosen" in line:
            taken = line[line["x"] == line["chosen"]]
            ring: dict[str, Any] = {
                "markersize": 15,
                "markerfacecolor": "none",
                "markeredgewidth": 1.8,
            }
            ax.plot(taken["x"], taken["value"], linestyle="none", marker="o", color=colour, **ring)
    ax.set(xscale="log", yscale="log")
    sizes = sorted(chosen["x"].unique())
    ax.set_xticks(sizes, [_plain(size, 0) for size in sizes])
    ax.set_xticks([], minor=True)
    ax.yaxis.set_major_formatter(FuncFormatter(_plain))
    ax.yaxis.set_minor_formatter(NullFormatter())
    ax.set(xlabel=_WHAT.get(grown, grown), ylabel=TIME)
    ax.grid(color=GRID)
    ax.legend()
    return ax


@at_any_width
def ways(times: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Return axes that show the CPU time of seven λ at one layer, a row per way of measuring.

    Takes the table of `analysis.cost.times`. Needs `model`, `way`, `value` (milliseconds).
    """
    names = [name for name in WAYS if name in set(times["way"])]
    ax = axes(ax, height=1.9 + 0.62 * len(names))
    styles = concept_styles(times["model"])
    for model, part in times.groupby("model", sort=False):
        colour, marker = styles[str(model)]
        times_of_model = part[part["way"].isin(names)]
        ax.plot(
            times_of_model["value"],
            [names.index(way) for way in times_of_model["way"]],
            linestyle="none",
            marker=marker,
            markersize=8,
            color=colour,
            label=str(model),
        )
    ax.set_yticks(range(len(names)), [WAYS[name] for name in names])
    ax.set_ylim(len(names) - 0.45, -0.55)
    ax.tick_params(axis="y", length=0)
    ax.set(xscale="log", xlabel=TIME)
    ax.xaxis.set_major_formatter(FuncFormatter(_plain))
    ax.grid(axis="x", color=PALE, linewidth=0.8)
    for row in range(1, len(names)):
        ax.axhline(row - 0.5, color=PALE, linewidth=0.8)
    draw_key(ax, ncols=2)
    return ax


def _plain(value: float, _: int) -> str:
    return f"{value:,.0f}".replace(",", "\u202f") if value >= 1 else f"{value:g}"
