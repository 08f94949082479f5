"""Figures of how alike vectors are, and of what steering keeps between prompts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from steering.figures.keys import draw_key, key_above
from steering.figures.scatter import few, kinds_key, name_outlying
from steering.figures.theme import (
    DIRECTION_COLOURS,
    GREY,
    GRID,
    PALE,
    PALETTE,
    SETTING_COLOURS,
    axes,
    concept_styles,
    grouped,
    height_of,
    name_of,
    number,
    row_of,
    rows_of,
    whiskers,
)
from steering.figures.widths import across, at_any_width, narrow
from steering.records.kinds import SHORT, by_kind, kinds_of


@at_any_width
def cosine_similarities(cosines: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Return axes that show the cosine of each setting's vector with that of BASE, by concept.

    Takes the table of `analysis.similarity.cosines` for one model; the diamond is the cosine of the
    BASE vector with the true direction, where that is known. Needs `concept`, `kind`,
    `vector_setting`, `cosine`, `cosine_planted`.
    """
    names = grouped(kinds_of(cosines))
    ax = axes(ax, height=1.9 + height_of(len(names), 0.5))
    places = rows_of(names, ax)
    others = [name for name in SETTING_COLOURS if name != "BASE"]
    present = [name for name in others if name in set(cosines["vector_setting"])]
    for place, name in enumerate(present):
        part = cosines[cosines["vector_setting"] == name]
        beside = 0.14 * (place - (len(present) - 1) / 2)
        ax.plot(
            part["cosine"],
            row_of(part, places) + beside,
            linestyle="none",
            marker="o",
            color=SETTING_COLOURS[name],
            label=name,
        )
    planted = cosines.dropna(subset="cosine_planted").drop_duplicates("concept")
    if len(planted):
        ax.plot(
            planted["cosine_planted"],
            row_of(planted, places),
            linestyle="none",
            marker="D",
            markersize=8,
            color=DIRECTION_COLOURS["planted"],
            label="true direction",
        )
    for row in range(1, len(names)):
        ax.axhline(row - 0.5, color=PALE, linewidth=0.8)
    ax.axvline(1, color=PALE, linewidth=1)
    ax.xaxis.set_major_locator(MaxNLocator(5))
    ax.set(xlabel="cosine with the vector of BASE", ylabel="")
    key_above(ax, ncols=3)
    return ax


LEAST = 0.2  # how far the axis reaches from 1, to either side, at least


@at_any_width
def relative_steerability(
    relative: pd.DataFrame, agreement: pd.DataFrame | None = None, ax: Axes | None = None
) -> Axes:
    """Return axes that show s(v_A on D_B) / s(v_B on D_B) against how far propensities differ.

    Takes the table of `analysis.similarity.relative_steerability` for one model, a point per
    concept and pair of settings; `agreement` is that of `similarity_agreement`. Needs `concept`,
    `kind`, `propensity_distance`, `relative`, `low`, `high`. Of more than seven concepts, those
    furthest from the line are named, and a kind has a marker of its own.
    """
    ax = axes(ax, height=5.2)
    styles = concept_styles(relative["concept"])
    own = few(styles)
    kinds = kinds_of(relative)
    first = next(iter(by_kind(kinds)), None)
    for concept, part in relative.groupby("concept", sort=False):
        full = own or kinds[str(concept)] == first
        colour, marker = styles[str(concept)] if own else (PALETTE[0], "o" if full else "^")
        ax.errorbar(
            part["propensity_distance"],
            part["relative"],
            yerr=whiskers(part, "relative", "low", "high"),
            fmt=marker,
            color=colour,
            markerfacecolor=colour if full else "white",
            markersize=5.5,
            elinewidth=1,
            alpha=0.75,
            label=name_of(str(concept), width=30),
        )
    ax.axhline(1, color=GREY, linewidth=1.2, linestyle="--", zorder=1)
    # Differences of a thousandth are not blown up to the height of the figure.
    low, high = ax.get_ylim()
    ax.set_ylim(min(low, 1 - LEAST), max(high, 1 + LEAST))
    ax.set(
        xlabel="mean change of the unsteered propensity, A to B (logits)",
        ylabel="relative steerability\ns(vector of A on B) / s(vector of B on B)",
    )
    ax.grid(color=GRID)
    ranked = [] if agreement is None else agreement.to_dict("records")
    handles = None if own else kinds_key(relative)
    if own or handles:
        above = 1.02 + 0.05 * len(ranked) * across(1, 2)
        draw_key(ax, handles or None, bbox_to_anchor=(0.45, above), ncols=2)
    lines = [_ranked(row, several=len(ranked) > 1) for row in ranked]
    ax.text(0, 1.02, "\n".join(lines), transform=ax.transAxes, fontsize=11, linespacing=1.2)
    name_outlying(ax, relative, "propensity_distance", "relative", (relative["relative"] - 1).abs())
    return ax


def _ranked(row: Mapping[Any, Any], *, several: bool) -> str:
    """Return ρ of one kind of concepts and of how many it is, as a line above the axes."""
    text = f"{row['pairs']} pairs of {row['concepts']} concepts"
    if pd.notna(row["rho"]):
        interval = f"[{number(row['low'])}, {number(row['high'])}]"
        parted = ",\n" if narrow() else ", "
        text = f"ρ = {number(row['rho'])} {interval}{parted}{text}"
    return f"{SHORT[row['kind']]}: {text}" if several else text
