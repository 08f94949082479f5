"""Figures of recovered against planted slopes, for models whose true slopes are known."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import fill

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from steering.figures.concept_link import concept_address
from steering.figures.explorer_link import addresses
from steering.figures.keys import draw_key, key_above
from steering.figures.scatter import few, name_outlying
from steering.figures.theme import (
    BLACK,
    BLUE,
    DIRECTION_COLOURS,
    GREY,
    GRID,
    LETTER_COLOURS,
    MARKERS,
    PALETTE,
    STEERABILITY,
    axes,
    concept_styles,
    height_of,
    name_of,
    rows_of,
    whiskers,
    zero_line,
)
from steering.figures.widths import across, at_any_width, width

PLANTED_MARKS = {
    "contrastive": ("contrastive vector", "o"),
    "planted": ("planted direction", "D"),
}
MANY = 1500  # points above which a picture inside the figure is smaller than its points


@at_any_width
def planted_panels(curves: pd.DataFrame, designs: Mapping[str, str] | None = None) -> Figure:
    """Return a panel per concept: the slope of every curve against the planted one.

    `curves` are the rows of `analysis.validation.planted_curves` for one model and direction.
    Colour says at which letter the positive answer stands. `designs` says of each concept what it
    was planted as.
    """
    concepts = list(dict.fromkeys(curves["concept"]))
    most = across(2) if few(concepts) else across(3, 2)
    columns = min(most, len(concepts))
    rows = -(-len(concepts) // columns)
    figure, panels = plt.subplots(
        nrows=rows,
        ncols=columns,
        sharex=True,
        sharey=True,
        squeeze=False,
        figsize=(width(), 0.9 + (2.9 if columns < 3 else 2.15) * rows),
        layout="constrained",
    )
    wide, size = (24, 11.5) if columns < 3 else (17, 10)
    flat = list(panels.flat)
    for concept, ax in zip(concepts, flat, strict=False):
        part = curves[curves["concept"] == concept]
        planted_against_recovered(part, ax=ax, colour="positive_letter")
        ax.set(xlabel="", ylabel="")
        design = (designs or {}).get(concept)
        lines = fill(design, wide + 3) if design else ""
        ax.set_title(name_of(concept, width=wide), pad=6 + 1.25 * size * len(lines.splitlines()))
        ax.text(0, 1.02, lines, transform=ax.transAxes, fontsize=size, linespacing=1.1)
        ax.get_legend().remove()
    for ax in flat[len(concepts) :]:
        ax.set_visible(False)
    for ax in flat[len(concepts) - columns : len(concepts)]:
        ax.tick_params(labelbottom=True)  # the last panel of its column, with none below
    handles, labels = flat[0].get_legend_handles_labels()
    draw_key(figure, handles, labels, title="positive answer at", ncols=len(labels))
    figure.supxlabel("planted slope (logits per unit of λ)", fontsize=12.5)
    figure.supylabel("recovered slope (logits per unit of λ)", fontsize=12.5)
    return figure


@at_any_width
def planted_values(values: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Return axes that show the measured slopes of curves that were planted alike, beside the plan.

    Takes the table of `analysis.validation.by_planted_value` for one model: a row for each concept
    and planted slope. The tick is what was planted, a mark the mean along one of the directions,
    its whisker the middle 95 % of the curves.
    """
    ordered = values.sort_values(["planted", "concept"], ascending=[False, True], kind="stable")
    places: dict[tuple[str, float], int] = {}
    for concept, planted in zip(ordered["concept"], ordered["planted"], strict=True):
        places.setdefault((str(concept), float(planted)), len(places))
    ax = axes(ax, height=1.7 + height_of(len(places), 0.42))
    labels = rows_of([str(number) for number in places.values()], ax, concepts=False)
    ax.set_yticks(list(labels.values()), [name_of(name) for name, _ in places])
    present = [name for name in PLANTED_MARKS if name in set(values["direction"])]
    for beside, direction in zip((-0.17, 0.17), present, strict=False):
        part = values[values["direction"] == direction]
        rows = [
            places[str(name), float(planted)]
            for name, planted in zip(part["concept"], part["planted"], strict=True)
        ]
        label, marker = PLANTED_MARKS[direction]
        ax.errorbar(
            part["mean"],
            [row + beside for row in rows],
            xerr=whiskers(part, "mean", "low", "high"),
            fmt=marker,
            markersize=5.5,
            color=DIRECTION_COLOURS[direction],
            elinewidth=1.6,
            label=label,
            zorder=3,
        )
    for (_, planted), row in places.items():
        ax.plot([planted, planted], [row - 0.42, row + 0.42], color=BLACK, linewidth=2, zorder=4)
    zero_line(ax, vertical=True)
    ax.plot([], [], color=BLACK, marker="|", markersize=12, linestyle="none", label="planted")
    ax.set(xlabel=STEERABILITY, ylabel="")
    key_above(ax, ncols=3)
    return ax


@at_any_width
def planted_against_recovered(
    curves: pd.DataFrame, ax: Axes | None = None, *, colour: str = "concept"
) -> Axes:
    """Return axes that show every curve's slope against the planted one.

    On the dashed line the two agree.

    `colour` names the column that colours the points: `concept`, `feature`, `positive_letter`, ….
    A point leads to its question in the explorer. Needs that column, `model`, `concept`, `item`,
    `order`, `planted_steerability` and `steerability`.
    """
    ax = axes(ax, width=6, height=5.4)
    kinds = curves[colour].astype("object").where(curves[colour].notna(), "other").astype(str)
    for number, name in enumerate(sorted(kinds.unique())):
        part = curves[kinds == name]
        tint = LETTER_COLOURS.get(name, PALETTE[number % len(PALETTE)])
        drawn = ax.scatter(
            part["planted_steerability"],
            part["steerability"],
            s=26,
            alpha=0.7,
            # Every second kind is drawn hollow, so that points on top don't hide those below.
            facecolors=tint if number % 2 == 0 else "none",
            edgecolors="none" if number % 2 == 0 else tint,
            linewidths=1.2,
            marker=MARKERS[number % len(MARKERS)],
            label=name_of(name, width=24),
            rasterized=len(curves) > MANY,
        )
        drawn.set_urls(addresses(part))
    ax.axline((0, 0), slope=1, color=GREY, linewidth=1.2, linestyle="--", zorder=1)
    zero_line(ax)
    zero_line(ax, vertical=True)
    ax.set(
        xlabel="planted slope (logits per unit of λ)",
        ylabel="recovered slope (logits per unit of λ)",
    )
    ax.legend(loc="upper left", handletextpad=0.2)
    return ax


@at_any_width
def planted_means(recovered: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Return axes that show each concept's mean recovered slope against the planted mean.

    With more than seven concepts, each is named at its point as far as there is room.

    Takes the table of `analysis.validation.recovery` for one model and direction. Needs `concept`,
    `planted`, `recovered`, `recovered_low`, `recovered_high`.
    """
    ax = axes(ax, width=6, height=5)
    styles = concept_styles(recovered["concept"])
    own = few(styles)
    for row in recovered.to_dict("records"):
        colour, marker = styles[row["concept"]] if own else (BLUE, "o")
        error = whiskers(pd.DataFrame([row]), "recovered", "recovered_low", "recovered_high")
        mark, *_ = ax.errorbar(
            row["planted"],
            row["recovered"],
            yerr=error,
            fmt=marker,
            color=colour,
            label=name_of(row["concept"], width=24),
            zorder=3,
        )
        mark.set_url(concept_address(row["concept"]))
    ax.axline((0, 0), slope=1, color=GREY, linewidth=1.2, linestyle="--", zorder=1)
    ax.set(
        xlabel="planted mean slope (logits per unit of λ)",
        ylabel="recovered mean slope\n(logits per unit of λ)",
    )
    ax.grid(color=GRID)
    if own:
        ax.legend(loc="upper left", handletextpad=0.2)
    missed = (recovered["recovered"] - recovered["planted"]).abs()
    name_outlying(ax, recovered, "planted", "recovered", missed, most=len(styles))
    return ax
