"""Figures of the mean slopes of random vectors beside those of the vector that was made."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from steering.analysis.verdict.outcomes import FOLLOWS, REVERSED, STEERING, is_moved
from steering.figures.keys import draw_key, key_above
from steering.figures.question_dots import question_dots
from steering.figures.scatter import few, name_outlying
from steering.figures.theme import (
    BLACK,
    BLUE,
    DIRECTION_COLOURS,
    GREY,
    GRID,
    MANY_DOTS,
    PALE,
    STEERABILITY,
    VERMILION,
    axes,
    concept_styles,
    grouped,
    height_of,
    name_of,
    row_of,
    rows_of,
    zero_line,
)
from steering.figures.widths import at_any_width
from steering.records.kinds import kinds_of


@at_any_width
def against_chance(
    verdicts: pd.DataFrame,
    random: pd.DataFrame,
    shuffled: pd.DataFrame | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Return axes that show each concept's mean slope beside those of the random vectors.

    `verdicts` are those on steering, of the contrastive vector and of the true direction where it
    is known; `random` is the table of `analysis.statistics.chance.control_means`, of one model and
    one pair of settings; `shuffled` that of the vectors of shuffled labels, below the line. Needs
    `concept`, `kind`, `direction`, `estimate`, `outcome` of the verdicts, and `concept`, `mean` of
    the others. The contrastive vector's dot is hollow unless it moves the answer; the true
    direction is shown for its slope, and not judged.
    """
    effects = verdicts[verdicts["claim"] == STEERING]
    contrastive = effects[effects["direction"] == "contrastive"].sort_values(
        "estimate", ascending=False
    )
    names = grouped(kinds_of(contrastive))
    ax = axes(ax, height=2.2 + height_of(len(names), 0.5))
    places = rows_of(names, ax)
    drawn = {"random": random}
    if shuffled is not None and len(shuffled):
        drawn["shuffled"] = shuffled
    some = len(drawn) > 1
    for name, table in drawn.items():
        aside = (-0.17 if name == "random" else 0.17) if some else 0
        ax.plot(
            table["mean"],
            row_of(table, places) + aside,
            linestyle="none",
            marker="|",
            markersize=9 if some else 13,
            markeredgewidth=1.4,
            alpha=0.6,
            color=DIRECTION_COLOURS[name],
            label=_label(name),
            rasterized=len(table) > MANY_DOTS,
        )
    for name, marker in (("planted", "D"), ("contrastive", "o")):
        part = effects[effects["direction"] == name]
        full = is_moved(part["outcome"]) | (name == "planted")
        for filled in (True, False):
            dots = part[full == filled]
            ax.plot(
                dots["estimate"],
                row_of(dots, places),
                linestyle="none",
                marker=marker,
                markersize=8,
                markeredgewidth=1.8,
                color=DIRECTION_COLOURS[name],
                markerfacecolor=DIRECTION_COLOURS[name] if filled else "white",
                label=_label(name) if filled and len(part) else "_",
                zorder=4,
            )
    zero_line(ax, vertical=True)
    ax.set(xlabel="mean steerability (logits per unit of λ)", ylabel="")
    key_above(ax, ncols=2, columnspacing=1.0)
    return ax


@at_any_width
def chance_quantiles(quantiles: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Return axes that show the random vectors' mean slopes against normal quantiles.

    Points on the dashed line are as a normal distribution would have them.

    Takes the table of `analysis.statistics.chance.quantiles` for one model and prompt setting.
    Needs `concept`, `theoretical`, `observed`. Of more than seven concepts, those furthest from the
    line are named.
    """
    ax = axes(ax, width=5.6, height=5)
    styles = concept_styles(quantiles["concept"])
    own = few(styles)
    for concept, part in quantiles.groupby("concept", sort=False):
        colour, marker = styles[str(concept)]
        ax.plot(
            part["theoretical"],
            part["observed"],
            linestyle="none",
            marker=marker if own else "o",
            markersize=5,
            alpha=0.8,
            color=colour if own else GREY,
            label=name_of(str(concept), width=24),
            rasterized=len(quantiles) > MANY_DOTS,
        )
    ax.axline((0, 0), slope=1, color=BLACK, linewidth=1.2, linestyle="--", zorder=1)
    ax.set(
        xlabel="quantile of a standard normal",
        ylabel="mean slope of a random vector,\nin units of their spread",
    )
    ax.grid(color=GRID)
    if own:
        ax.legend(loc="upper left", handletextpad=0.2)
    away = (quantiles["observed"] - quantiles["theoretical"]).abs()
    name_outlying(ax, quantiles, "theoretical", "observed", away)
    return ax


def _label(direction: str) -> str:
    return {
        "planted": "true direction",
        "contrastive": "contrastive vector",
        "random": "random vectors",
        "shuffled": "shuffled labels",
    }[direction]


@at_any_width
def questions_in_order(questions: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Return axes that show the slopes of all questions in order, each beside its random slopes.

    Takes the rows of `analysis.variability.question_slopes` for one concept, with the outcome of
    each. Full points were told from chance. Needs `steerability`, `chance_sd`, `outcome`.
    """
    ax = axes(ax, height=3.1)
    ordered = questions.sort_values("steerability", ignore_index=True)
    reach = 1.96 * ordered["chance_sd"]
    ax.vlines(ordered.index, -reach, reach, color=PALE, linewidth=3, label="95 % of random vectors")
    wrong, right = (ordered["outcome"] == outcome for outcome in (REVERSED, FOLLOWS))
    kinds = (
        ("moved the right way", right, BLUE, True),
        ("moved the wrong way", wrong, VERMILION, True),
        ("not told apart from chance", ~(wrong | right), GREY, False),
    )
    for label, chosen, colour, filled in kinds:
        part = ordered[chosen]
        if len(part):
            where = part.index, part["steerability"]
            dots = question_dots(ax, *where, part, colour=colour, size=5, full=filled, zorder=2)
            dots.set_label(f"{label}: {len(part)}")
    zero_line(ax)
    ax.set(xlabel="questions, in order of their slope", ylabel=STEERABILITY.replace(" (", "\n("))
    ax.set_xticks([])
    draw_key(ax, ncols=2)
    return ax
