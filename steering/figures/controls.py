"""Figures of the controls: what other vectors do, and what a persona in the prompt does."""

from __future__ import annotations

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from steering.analysis.verdict.outcomes import is_moved
from steering.figures.keys import key_above
from steering.figures.theme import (
    BLACK,
    DIRECTION_COLOURS,
    PALE,
    SETTING_COLOURS,
    axes,
    grouped,
    height_of,
    row_of,
    rows_of,
    whiskers,
    zero_line,
)
from steering.figures.widths import at_any_width, width
from steering.records.kinds import kinds_of

NAMES = {
    "contrastive": "contrastive vector",
    "planted": "true direction",
    "other": "another concept's",
    "shuffled": "shuffled labels",
    "random": "random vectors",
}
MARKERS = {"contrastive": "o", "planted": "D", "other": "^"}
MEAN = ("mean", "low", "high")
CHANGE = "change of the mean propensity (logits)"


def names_of(controls: pd.DataFrame) -> dict[str, str]:
    """Return what each kind of vector is called: a given one is not called contrastive.

    Takes rows of `analysis.controls.controls` for one model and concept.
    """
    return NAMES | ({"contrastive": "given vector"} if controls["given"].any() else {})


@at_any_width
def vectors_beside(controls: pd.DataFrame, vectors: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Return axes that show one concept's mean slope under each kind of vector, a row per kind.

    `controls` are the rows of `analysis.controls.controls` for one model and concept, with the
    outcome on steering (`verdict.table.with_outcomes`), `vectors` those of `vector_means`: a tick
    for each vector of a kind that has several, and a dot for the mean over them. The contrastive
    vector's dot is hollow unless it moves the answer. Needs `control`, `mean`, `low`, `high`,
    `outcome`.
    """
    names = names_of(controls)
    kinds = [name for name in names if name in set(controls["control"])]
    ax = axes(ax, height=1.1 + 0.5 * len(kinds))
    places = rows_of([names[kind] for kind in kinds], ax, concepts=False)
    moved = bool(is_moved(controls["outcome"]).all())
    for kind in kinds:
        row, colour = places[names[kind]], DIRECTION_COLOURS[kind]
        own = vectors.loc[vectors["control"] == kind, "mean"]
        if len(own) > 1:
            ax.plot(
                own,
                [row] * len(own),
                linestyle="none",
                marker="|",
                markersize=14,
                markeredgewidth=1.4,
                alpha=0.6,
                color=colour,
            )
        part = controls[controls["control"] == kind]
        hollow = kind == "contrastive" and not moved
        ax.errorbar(
            part["mean"],
            [row],
            xerr=whiskers(part, *MEAN),
            fmt=MARKERS.get(kind, "o"),
            color=BLACK if kind in ("random", "shuffled") else colour,
            markersize=4 if kind in ("random", "shuffled") else 7,
            markerfacecolor="white" if hollow else None,
            elinewidth=1.8,
            zorder=4,
        )
    zero_line(ax, vertical=True)
    # A number of ticks that does not hang on the width, or the last label is cut.
    ax.xaxis.set_major_locator(MaxNLocator(6))
    ax.set(xlabel="mean steerability (logits per unit of λ)", ylabel="")
    return ax


@at_any_width
def vectors_and_personas(
    controls: pd.DataFrame, vectors: pd.DataFrame, prompting: pd.DataFrame
) -> Figure:
    """Return one figure of `vectors_beside` above and `persona_or_vector` below, on one scale.

    A slope is what a vector does at λ = 1, so that both are in logits. Without any persona there
    are vectors alone.
    """
    kinds, personas = controls["control"].nunique(), len(prompting)
    if not personas:
        figure = vectors_beside(controls, vectors).figure.get_figure(root=True)
        assert figure is not None
        return figure
    figure, (above, below) = plt.subplots(
        nrows=2,
        sharex=True,
        figsize=(width(), 1.4 + 0.45 * (kinds + personas)),
        height_ratios=[kinds, personas],
        layout="constrained",
    )
    vectors_beside(controls, vectors, ax=above)
    persona_or_vector(prompting, ax=below)
    above.set(xlabel="")
    below.set(xlabel="change of the mean propensity at λ = 1 (logits)")
    return figure


@at_any_width
def prompt_against_vector(prompting: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Return axes that show what each persona in the prompt does beside the vector, by concept.

    Takes the table of `analysis.controls.prompting` for one model. Needs `concept`, `kind`,
    `means`, `towards`, `mean`, `low`, `high`.
    """
    if prompting.empty:
        return _nothing(ax)
    order = prompting.groupby("concept", sort=False)["mean"].agg(lambda change: change.abs().max())
    of_concept = kinds_of(prompting)
    order = order.sort_values(ascending=False, kind="stable")
    names = grouped({name: of_concept[name] for name in order.index})
    ax = axes(ax, height=1.9 + height_of(len(names), 0.85))
    places = rows_of(names, ax)
    kinds = list(dict.fromkeys(prompting["means"]))
    movers = [name for name in SETTING_COLOURS if name in kinds] + ["vector"] * ("vector" in kinds)
    for place, name in enumerate(movers):
        part = prompting[prompting["means"] == name]
        beside = 0.15 * (place - (len(movers) - 1) / 2)
        ax.errorbar(
            part["mean"],
            row_of(part, places) + beside,
            xerr=whiskers(part, *MEAN),
            fmt="D" if name == "vector" else "o",
            markersize=6,
            color=SETTING_COLOURS.get(name, BLACK),
            elinewidth=1.8,
            label="vector, λ = ±1" if name == "vector" else f"{name}, no vector",
        )
    zero_line(ax, vertical=True)
    ax.xaxis.set_major_locator(MaxNLocator(6))
    _between(ax, len(places))
    ax.set(xlabel=CHANGE, ylabel="")
    key_above(ax, ncols=2, columnspacing=1.0)
    return ax


@at_any_width
def persona_or_vector(prompting: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Return axes that show what each persona in the prompt does beside the vector, by persona.

    Takes the rows of `analysis.controls.prompting` for one model and concept. Needs `means`,
    `towards`, `mean`, `low`, `high`.
    """
    if prompting.empty:
        return _nothing(ax)
    ordered = prompting.sort_values("towards", ascending=False, kind="stable")
    names = [
        f"vector, λ = {'' if side > 0 else '−'}1" if name == "vector" else name
        for name, side in zip(ordered["means"], ordered["towards"], strict=True)
    ]
    ax = axes(ax, height=1.1 + 0.5 * len(names))
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.45, -0.55)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x", color=PALE, linewidth=0.8)
    for place, (_, row) in enumerate(ordered.iterrows()):
        vector = row["means"] == "vector"
        ax.errorbar(
            row["mean"],
            place,
            xerr=whiskers(pd.DataFrame([row]), *MEAN),
            fmt="D" if vector else "o",
            color=SETTING_COLOURS.get(row["means"], BLACK),
            elinewidth=2,
        )
    zero_line(ax, vertical=True)
    ax.xaxis.set_major_locator(MaxNLocator(6))
    ax.set(xlabel=CHANGE, ylabel="")
    return ax


def _nothing(ax: Axes | None) -> Axes:
    ax = axes(ax, height=1)
    ax.set_axis_off()
    ax.text(0, 0.5, "neither a persona nor λ = ±1 was measured", transform=ax.transAxes)
    return ax


def _between(ax: Axes, rows: int) -> None:
    for row in range(1, rows):
        ax.axhline(row - 0.5, color=PALE, linewidth=0.8)
