"""The figure of questions reversed in both orders, or both models, beside independence."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from steering.figures.keys import draw_key
from steering.figures.scatter import few, identity, kinds_key, name_outlying, points
from steering.figures.theme import GRID, VERMILION, axes
from steering.figures.widths import at_any_width


@at_any_width
def observed_beside_expected(
    rows: pd.DataFrame, ax: Axes | None = None, *, what: str = "both orders"
) -> Axes:
    """Return axes that show the share of reversed questions against that of independence.

    A dot is a concept. On the dashed line the two orders (or models) reverse questions
    independently of each other; above it the same questions are reversed in both.

    Takes the table of `analysis.reversed.in_both_orders` for one model, or of `in_both_models` for
    one pair. Needs `concept`, `kind`, `questions`, `both`, `low`, `high`, `expected`. Of more than
    seven concepts, those furthest from the line are named.
    """
    ax = axes(ax, width=5.6, height=5)
    rows = rows.assign(independent=100 * rows["expected"] / rows["questions"])
    ends = {name: 100 * rows[name] for name in ("both", "low", "high")}
    rows = rows.assign(**ends, none=float("nan"))
    points(ax, rows, ("independent", "none", "none"), ("both", "low", "high"), VERMILION)
    identity(ax)
    ax.set(
        xlabel=f"if {what} were independent\n(% of questions)",
        ylabel=f"reversed in {what}\n(% of questions)",
    )
    ax.grid(color=GRID)
    own = few(rows["concept"])
    key = ax.get_legend_handles_labels()[0] if own else kinds_key(rows)
    if key:
        draw_key(ax, handles=key, ncols=2)
    name_outlying(ax, rows, "independent", "both", rows["both"] - rows["independent"])
    return ax
