"""What the scatter plots of concepts share: a point with whiskers for each, and their agreement."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from steering.figures.theme import GREY, PALETTE, concept_styles, name_of, number, whiskers


def points(
    ax: Axes,
    table: pd.DataFrame,
    x: tuple[str, str, str],
    y: tuple[str, str, str],
    colour: str,
) -> None:
    """Draw a point with whiskers for each concept; `x` and `y` name value, low and high.

    Up to seven concepts have a colour and a marker of their own, more share `colour`.
    """
    styles = concept_styles(table["concept"])
    few = len(styles) <= len(PALETTE)
    for row in table.to_dict("records"):
        tint, marker = styles[row["concept"]] if few else (colour, "o")
        one = pd.DataFrame([row])
        ax.errorbar(
            row[x[0]],
            row[y[0]],
            xerr=whiskers(one, *x),
            yerr=whiskers(one, *y),
            fmt=marker,
            color=tint,
            alpha=1 if few else 0.75,
            elinewidth=1.5,
            label=name_of(row["concept"], width=30),
            zorder=3,
        )


def identity(ax: Axes) -> None:
    """Draw the line on which both axes agree."""
    ax.axline((0, 0), slope=1, color=GREY, linewidth=1.2, linestyle="--", zorder=1)


def agreement_of(ax: Axes, agreement: pd.DataFrame | None) -> None:
    """Write ρ and its interval above the axes; nothing where no agreement is given."""
    if agreement is None or agreement.empty:
        return
    row = agreement.iloc[0]
    text = f"{row['concepts']} concepts, too few to rank"
    if pd.notna(row["rho"]):
        text = f"ρ = {number(row['rho'])} [{number(row['low'])}, {number(row['high'])}]"
    elif row["concepts"] >= 4:
        text = "ρ has no value here"
    ax.text(0, 1.02, text, transform=ax.transAxes, fontsize=11.5)
