"""Figure 6: the mean slopes of the same concepts in several models, together and in pairs."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from steering.analysis.verdict.outcomes import is_moved
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
    MARKERS,
    PALE,
    PALETTE,
    SHIFT_COLOURS,
    STEERABILITY,
    axes,
    grouped,
    height_of,
    name_of,
    rows_of,
    two_ticks,
    whiskers,
    zero_line,
)
from steering.figures.variability import outcome_key, slope_dots
from steering.figures.widths import at_any_width, narrow, width
from steering.records.kinds import kinds_of

PANELS = ("BASE→BASE", "SYS_POS→USER_NEG")


@at_any_width
def steerability_by_model(concepts: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Return axes that show each concept's mean steerability in each model, a row per concept.

    Takes the table of `analysis.variability.by_concept` for one or more models, with the outcome on
    steering (`verdict.table.with_outcomes`). Needs `model`, `concept`, `kind`, `mean`, `low`,
    `high`, `outcome`: a dot is hollow unless the vector moves the answer.
    """
    models = list(dict.fromkeys(concepts["model"]))
    order = concepts.groupby("concept")["mean"].mean().sort_values(ascending=False).index
    kinds = kinds_of(concepts)
    names = grouped({name: kinds[name] for name in order})
    ax = axes(ax, height=1.9 + height_of(len(names), 0.35 + 0.2 * len(models)))
    places = rows_of(names, ax)
    for number, model in enumerate(models):
        colour = PALETTE[number % len(PALETTE)]
        marker = MARKERS[number % len(MARKERS)]
        beside = 0.6 * ((number + 0.5) / len(models) - 0.5)
        part = concepts[concepts["model"] == model]
        moved = is_moved(part["outcome"])
        for filled in (True, False):
            dots = part[moved == filled]
            ax.errorbar(
                dots["mean"],
                [places[name] + beside for name in dots["concept"]],
                xerr=whiskers(dots, "mean", "low", "high"),
                fmt=marker,
                color=colour,
                markerfacecolor=colour if filled else "white",
                elinewidth=2,
                label="_" if not filled else name_of(model, width=24),
            )
    zero_line(ax, vertical=True)
    for row in range(1, len(places)):
        ax.axhline(row - 0.5, color=PALE, linewidth=0.8)
    ax.set(xlabel="mean steerability (logits per unit of λ)", ylabel="")
    key_above(ax, ncols=3)
    return ax


@at_any_width
def dots_by_model(questions: pd.DataFrame, concepts: pd.DataFrame) -> Figure:
    """Return the slopes of figure 1 for a few models, a column for each, a row per concept.

    `questions` is the table of `analysis.variability.question_slopes`, `concepts` that of
    `by_concept` with the outcome on steering, both of these models. Every column has a scale of its
    own; concepts stand in the order of their mean over the models. Dots lead nowhere here, since
    thousands of links make a page heavy: those on the page of each model do.
    """
    models = list(dict.fromkeys(concepts["model"]))
    means = concepts.groupby("concept")["mean"].mean().sort_values(ascending=False, kind="stable")
    kinds = kinds_of(concepts)
    order = grouped({name: kinds[name] for name in means.index})
    figure, columns = plt.subplots(
        ncols=len(models),
        sharey=True,
        squeeze=False,
        figsize=(width(), 2.0 + height_of(len(order), 0.62)),
        layout="constrained",
    )
    for model, ax in zip(models, columns.flat, strict=True):
        part = concepts[concepts["model"] == model]
        own = questions[questions["model"] == model].drop(columns="model")
        slope_dots(own, part, ax=ax, order=order)
        # One label for all columns.
        ax.set_xlabel("")
        two_ticks(ax)
        ax.set_title(name_of(model, width=40 // len(models)))
    figure.supxlabel(STEERABILITY, fontsize=plt.rcParams["axes.labelsize"])
    draw_key(figure, handles=outcome_key(), ncols=2)
    return figure


@at_any_width
def model_panels(
    pairs: pd.DataFrame, agreement: pd.DataFrame, shifts: Sequence[str] = PANELS
) -> Figure:
    """Return figure 6 for one pair of models: a panel in distribution, a panel out of it.

    `pairs` is the table of `analysis.across.between_models`, `agreement` that of
    `model_agreement`, both of one pair of models.
    """
    present = [shift for shift in shifts if shift in set(pairs["shift"])]
    own = few(pairs["concept"])
    rows = len(present) if narrow() else 1
    legend = 0.35 * ((pairs["concept"].nunique() + 1) // 2) if own else 0.3
    figure, panels = plt.subplots(
        nrows=rows,
        ncols=len(present) // rows,
        squeeze=False,
        figsize=(width(), 3.9 * rows + legend),
        layout="constrained",
    )
    for shift, ax in zip(present, panels.flat, strict=True):
        part = agreement[agreement["shift"] == shift]
        between_models(pairs[pairs["shift"] == shift], part, ax=ax)
    for ax in list(panels[0])[1:]:
        ax.set_ylabel("")
    first = panels.flat[0].get_legend_handles_labels()[0]
    if handles := first if own else kinds_key(pairs):
        draw_key(figure, handles=handles, ncols=2)
    lay_out(panels.flat[0])
    for shift, ax in zip(present, panels.flat, strict=True):
        part = pairs[pairs["shift"] == shift]
        name_outlying(ax, part, "x", "y", (part["y"] - part["x"]).abs(), laid_out=True)
    return figure


@at_any_width
def between_models(
    pairs: pd.DataFrame, agreement: pd.DataFrame | None = None, ax: Axes | None = None
) -> Axes:
    """Return axes that show each concept's mean steerability in one model against another.

    Takes the rows of `analysis.across.between_models` for one pair of models and one shift. Needs
    `model_x`, `model_y`, `shift`, `concept`, `kind`, `x`, `x_low`, `x_high`, `y`, `y_low`,
    `y_high`.
    """
    ax = axes(ax, width=5.2, height=5)
    shift = str(pairs["shift"].iloc[0])
    points(
        ax,
        pairs,
        ("x", "x_low", "x_high"),
        ("y", "y_low", "y_high"),
        SHIFT_COLOURS.get(shift, BLACK),
    )
    identity(ax)
    zero_line(ax)
    zero_line(ax, vertical=True)
    x, y = pairs[["model_x", "model_y"]].iloc[0]
    ax.xaxis.set_major_locator(MaxNLocator(4))
    ax.set(xlabel=f"{x}\n(logits per unit of λ)", ylabel=f"{y}\n(logits per unit of λ)")
    # Of a narrow panel the name of a shift takes nearly the whole width.
    pad = 6 + 16 * len(agreement) if agreement is not None else None
    ax.set_title(shift, pad=pad, fontsize=11)
    agreement_of(ax, agreement)
    return ax
