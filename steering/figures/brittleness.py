"""Figure 5: steerability in and out of distribution, and the whole matrix of settings."""

from __future__ import annotations

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from steering.figures.heat import cells
from steering.figures.keys import draw_key, key_above
from steering.figures.scatter import (
    agreement_of,
    few,
    identity,
    kinds_key,
    lay_out,
    name_outlying,
    points,
)
from steering.figures.theme import (
    BLACK,
    MEAN_STEERABILITY,
    PALE,
    SETTING_COLOURS,
    SHIFT_COLOURS,
    axes,
    grouped,
    height_of,
    number,
    row_of,
    rows_of,
    whiskers,
    zero_line,
)
from steering.figures.widths import across, at_any_width, width
from steering.records.kinds import kinds_of


@at_any_width
def shift_panels(
    shifted: pd.DataFrame, agreement: pd.DataFrame, *, unit: str = "logits per unit of λ"
) -> Figure:
    """Return figure 5 for one model: a panel for each shift, all with the same axes.

    `shifted` is the table of `analysis.brittleness.in_and_out` (or of `variance_in_and_out`, with
    its `unit`), `agreement` that of `rank_agreement`. Up to seven concepts have a colour and a
    marker of their own; of more, those furthest from the line are named.
    """
    shifts = list(dict.fromkeys(shifted["shift"]))
    columns = min(across(2), len(shifts))
    rows = -(-len(shifts) // columns)
    own = few(shifted["concept"])
    figure, panels = plt.subplots(
        nrows=rows,
        ncols=columns,
        sharex=True,
        sharey=True,
        squeeze=False,
        figsize=(
            width(),
            0.5 + 3.3 * rows + (0.35 * ((shifted["concept"].nunique() + 1) // 2) if own else 0.3),
        ),
        layout="constrained",
    )
    flat = list(panels.flat)
    for shift, ax in zip(shifts, flat, strict=False):
        in_against_out_of_distribution(
            shifted[shifted["shift"] == shift], agreement[agreement["shift"] == shift], ax=ax
        )
        ax.set(xlabel="", ylabel="")
    for ax in flat[len(shifts) :]:
        ax.set_visible(False)
    figure.supxlabel(f"in distribution, BASE→BASE ({unit})", fontsize=12.5)
    figure.supylabel(f"out of distribution ({unit})", fontsize=12.5)
    handles = flat[0].get_legend_handles_labels()[0] if own else kinds_key(shifted)
    if handles:
        draw_key(figure, handles=handles, ncols=2)
    lay_out(flat[0])
    for shift, ax in zip(shifts, flat, strict=False):
        part = shifted[shifted["shift"] == shift]
        lost = (part["out_of_distribution"] - part["in_distribution"]).abs()
        name_outlying(ax, part, "in_distribution", "out_of_distribution", lost, laid_out=True)
    return figure


@at_any_width
def in_against_out_of_distribution(
    shifted: pd.DataFrame, agreement: pd.DataFrame | None = None, ax: Axes | None = None
) -> Axes:
    """Return axes that show mean steerability under one shift against that in distribution.

    Needs `concept`, `kind`, `shift`, `in_distribution`, `in_low`, `in_high`, `out_of_distribution`,
    `out_low`, `out_high`; of `agreement`, where given, `rho`, `low`, `high`, `concepts`.
    """
    ax = axes(ax, width=5.2, height=5)
    shift = str(shifted["shift"].iloc[0])
    x = ("in_distribution", "in_low", "in_high")
    y = ("out_of_distribution", "out_low", "out_high")
    points(ax, shifted, x, y, SHIFT_COLOURS.get(shift, BLACK))
    identity(ax)
    zero_line(ax)
    zero_line(ax, vertical=True)
    ax.set_title(shift)
    ax.set(xlabel="in distribution, BASE→BASE\n(logits per unit of λ)")
    ax.set(ylabel="out of distribution\n(logits per unit of λ)")
    if agreement is not None:
        ax.set_title(shift, pad=6 + 16 * len(agreement))
        agreement_of(ax, agreement)
    return ax


@at_any_width
def shift_matrix(matrix: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Return axes that show the mean slope of each vector setting (row) in each prompt setting.

    Takes the rows of `analysis.brittleness.shift_matrix` for one model and concept. Needs
    `vector_setting`, `prompt_setting`, `mean`.
    """
    ax = axes(ax, height=4.8)
    names = [name for name in SETTING_COLOURS if name in set(matrix["prompt_setting"])]
    rows = [name for name in SETTING_COLOURS if name in set(matrix["vector_setting"])]
    table = matrix.pivot_table(index="vector_setting", columns="prompt_setting", values="mean")
    table = table.reindex(index=rows, columns=names)
    cells(ax, table, label=MEAN_STEERABILITY, written=number)
    ax.set(xlabel="prompt setting", ylabel="setting of the vector")
    ax.tick_params(axis="x", rotation=30)
    return ax


@at_any_width
def setting_slopes(matrix: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Return axes that show the slope of the BASE vector in each prompt setting, by concept.

    Takes the table of `analysis.brittleness.shift_matrix` for one model. Needs `concept`,
    `kind`, `vector_setting`, `prompt_setting`, `mean`, `low`, `high`.
    """
    of_base = matrix[matrix["vector_setting"] == "BASE"]
    home = of_base[of_base["prompt_setting"] == "BASE"].sort_values("mean", ascending=False)
    names = grouped(kinds_of(home))
    ax = axes(ax, height=1.9 + height_of(len(names), 0.75))
    places = rows_of(names, ax)
    present = [name for name in SETTING_COLOURS if name in set(of_base["prompt_setting"])]
    for place, name in enumerate(present):
        part = of_base[of_base["prompt_setting"] == name]
        beside = 0.15 * (place - (len(present) - 1) / 2)
        ax.errorbar(
            part["mean"],
            row_of(part, places) + beside,
            xerr=whiskers(part, "mean", "low", "high"),
            fmt="o",
            markersize=5.5,
            color=SETTING_COLOURS[name],
            elinewidth=1.8,
            label=name,
        )
    zero_line(ax, vertical=True)
    for row in range(1, len(places)):
        ax.axhline(row - 0.5, color=PALE, linewidth=0.8)
    ax.set(xlabel="mean steerability (logits per unit of λ)", ylabel="")
    key_above(ax, title="prompt setting", ncols=3)
    return ax
