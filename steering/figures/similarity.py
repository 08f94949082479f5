"""Figure 7: relative steerability against how differently the model treats the two prompts."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from steering.figures.scatter import few, name_outlying
from steering.figures.theme import (
    GREY,
    PALETTE,
    axes,
    concept_styles,
    name_of,
    number,
    whiskers,
)

LEAST = 0.2  # how far the axis reaches from 1, to either side, at least


def relative_steerability(
    relative: pd.DataFrame, agreement: pd.DataFrame | None = None, ax: Axes | None = None
) -> Axes:
    """Draw s(v_A on D_B) / s(v_B on D_B) against the mean change of the unsteered propensity.

    Takes the table of `analysis.similarity.relative_steerability` for one model, a point per
    concept and pair of settings; `agreement` is that of `similarity_agreement`. Needs `concept`,
    `propensity_distance`, `relative`, `low`, `high`. Of more than seven concepts, those furthest
    from the line are named.
    """
    ax = axes(ax, height=5.2)
    styles = concept_styles(relative["concept"])
    own = few(styles)
    for concept, part in relative.groupby("concept", sort=False):
        colour, marker = styles[str(concept)] if own else (PALETTE[0], "o")
        ax.errorbar(
            part["propensity_distance"],
            part["relative"],
            yerr=whiskers(part, "relative", "low", "high"),
            fmt=marker,
            color=colour,
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
    ax.grid(color="#EEEEEE")
    if own:
        ax.legend(loc="lower center", bbox_to_anchor=(0.45, 1.06), ncols=2)
    if agreement is not None and len(agreement):
        row = agreement.iloc[0]
        told = f"{row['pairs']} pairs of {row['concepts']} concepts"
        if pd.notna(row["rho"]):
            interval = f"[{number(row['low'])}, {number(row['high'])}]"
            told = f"ρ = {number(row['rho'])} {interval}, {told}"
        ax.text(0, 1.02, told, transform=ax.transAxes, fontsize=11.5)
    name_outlying(ax, relative, "propensity_distance", "relative", (relative["relative"] - 1).abs())
    return ax
