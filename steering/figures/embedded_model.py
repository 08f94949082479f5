"""Figures of what an embedded model learned: right answers, slopes by layer, losses, seeds."""

from __future__ import annotations

from functools import partial

import pandas as pd
import seaborn as sns
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

from steering.analysis.embedded_model import UNSEEN
from steering.figures.heat import cells
from steering.figures.keys import draw_key
from steering.figures.scatter import identity
from steering.figures.theme import (
    BLACK,
    BLUE,
    GREY,
    GRID,
    MARKERS,
    MEAN_STEERABILITY,
    PALE,
    PALETTE,
    SETTING_COLOURS,
    VERMILION,
    axes,
    name_of,
    number,
    row_of,
    rows_of,
    zero_line,
)
from steering.figures.widths import at_any_width, narrow, width
from steering.records.kinds import OURS, PUBLIC
from steering.records.training import SHAPES

KIND_COLOURS = {OURS: BLUE, PUBLIC: VERMILION, UNSEEN: GREY}
PLACES = {
    "no persona": ("BASE",),
    "system prompt": ("SYS_POS", "SYS_NEG"),
    "user's message": ("USER_POS", "USER_NEG"),
}


@at_any_width
def accuracy_map(accuracy: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Return axes that show the share of right answers, a row per concept, a column per setting.

    Takes the table of `analysis.embedded_model.accuracy` by kind, concept and prompt_setting, for
    one model. Cells without prompts that ask for a sign are empty. Half is what chance would reach.
    """
    order = [kind for kind in KIND_COLOURS if kind in set(accuracy["kind"])]
    parts = [accuracy[accuracy["kind"] == kind] for kind in order]
    names = [name for part in parts for name in dict.fromkeys(part["concept"])]
    columns = [name for name in SETTING_COLOURS if name in set(accuracy["prompt_setting"])]
    table = accuracy.pivot_table(index="concept", columns="prompt_setting", values="share")
    table = table.reindex(index=names, columns=columns)
    table.index = pd.Index(
        [name_of(name) if narrow() else name_of(name, width=99) for name in names]
    )
    ax = axes(ax, height=1.8 + (0.4 if narrow() else 0.32) * len(names))
    label = "prompts answered as asked (%)"
    cells(ax, 100 * table, label=label, written=partial(number, places=0), between=(50, 100))
    widest = max(map(len, table.index), default=0)
    ax.tick_params(axis="y", labelsize=12 if widest <= 22 else 10)
    ax.tick_params(axis="x", rotation=90 if narrow() else 30)
    ax.set(xlabel="prompt setting")
    for edge in pd.Series([part["concept"].nunique() for part in parts]).cumsum()[:-1]:
        ax.axhline(edge, color=BLACK, linewidth=1.5)
    return ax


@at_any_width
def calibration_panels(bins: pd.DataFrame) -> Figure:
    """Return a panel for each place of the persona: measured against planted propensity.

    Takes the table of `analysis.embedded_model.calibration_bins` for one model. Whiskers are the
    middle of the prompts of a dot; on the dashed line the model does what the teacher says.
    """
    there = set(bins["prompt_setting"])
    places = {name: settings for name, settings in PLACES.items() if there & set(settings)}
    rows = len(places) if narrow() else 1
    figure, panels = plt.subplots(
        nrows=rows,
        ncols=len(places) // rows,
        sharex=True,
        sharey=True,
        squeeze=False,
        figsize=(width(), 3.9 if rows == 1 else 0.9 + 2.6 * rows),
        layout="constrained",
    )
    for (place, settings), ax in zip(places.items(), panels.flat, strict=True):
        for setting in settings:
            part = bins[bins["prompt_setting"] == setting]
            ax.errorbar(
                part["planted"],
                part["measured"],
                yerr=[part["measured"] - part["low"], part["high"] - part["measured"]],
                fmt="o" if setting.endswith("POS") or setting == "BASE" else "s",
                markersize=5.5,
                elinewidth=1.4,
                color=SETTING_COLOURS[setting],
                label=setting,
                zorder=3,
            )
        identity(ax)
        ax.grid(color=GRID)
        ax.set_title(place, fontsize=12)
    figure.supxlabel("planted propensity without steering (logits)", fontsize=12.5)
    figure.supylabel("measured (logits)", fontsize=12.5)
    draw_key(figure, ncols=3)
    return figure


@at_any_width
def slopes_by_layer(layers: pd.DataFrame, block: int | None, ax: Axes | None = None) -> Axes:
    """Return axes that show the mean slope on validation items at each layer.

    Thin lines are concepts, thick lines the means over those of one kind.

    Takes the table of `analysis.embedded_model.slopes_by_kind` for one model; `block` is the one
    that was trained, marked by a band. Needs `kind`, `concept`, `layer`, `mean`.
    """
    ax = axes(ax, height=4.6)
    if block is not None:
        ax.axvspan(block - 0.35, block + 0.35, color=PALE, lw=0, label="the trained block")
    counts = layers.groupby("kind")["concept"].nunique()
    order = [kind for kind in KIND_COLOURS if kind in counts]
    names = {kind: f"{kind} ({counts[kind]})" for kind in order}
    named = layers.assign(kind=layers["kind"].map(names))
    by_kind = {"x": "layer", "y": "mean", "hue": "kind", "hue_order": [*names.values()], "ax": ax}
    by_kind |= {"palette": {name: KIND_COLOURS[kind] for kind, name in names.items()}}
    # seaborn draws a line for each concept of a kind, and then for the means of each kind.
    every = {"units": "concept", "estimator": None, "linewidth": 0.9, "alpha": 0.45}
    sns.lineplot(named, **by_kind, **every, legend=False)
    means = named.groupby(["kind", "layer"], as_index=False)["mean"].mean()
    markers = dict(zip(names.values(), MARKERS, strict=False))
    sns.lineplot(means, **by_kind, style="kind", markers=markers, dashes=False, linewidth=3)
    zero_line(ax)
    ax.set_xticks(sorted(layers["layer"].unique()))
    ax.set(xlabel="layer of the vector (0 is the first block)", ylabel=MEAN_STEERABILITY)
    ax.grid(color=GRID)
    draw_key(ax, ncols=2)
    return ax


@at_any_width
def learning_curve(curve: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Return axes that show the training loss against tokens, a colour per stage.

    The loss has a logarithmic axis.

    Takes `records.training.Training.curve`: stage, tokens, loss.
    """
    ax = axes(ax, height=3.6)
    for place, (stage, part) in enumerate(curve.groupby("stage", sort=False)):
        ax.plot(
            part["tokens"] / 1e6,
            part["loss"],
            color=PALETTE[place % len(PALETTE)],
            marker=MARKERS[place % len(MARKERS)],
            markersize=3.5,
            linewidth=1.5,
            label=str(stage),
        )
    ax.set_yscale("log")
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    ax.yaxis.set_minor_formatter(NullFormatter())
    ax.set(xlabel="tokens (millions)", ylabel="training loss", xlim=(0, None))
    ax.grid(color=GRID)
    draw_key(ax, title="stage", ncols=4)
    return ax


@at_any_width
def seeds(table: pd.DataFrame, order: list[str], ax: Axes | None = None) -> Axes:
    """Return axes that show each run's mean contrastive slope beside the planted mean.

    Takes the table of `records.seeds.read_seeds`; `order` gives the concepts' rows. Colour and
    marker are the model's shape, the black bar is what was planted.
    """
    ax = axes(ax, height=1.9 + 0.42 * len(order))
    places = rows_of(order, ax)
    planted = table.drop_duplicates("concept")
    ax.plot(
        planted["planted"],
        row_of(planted, places),
        linestyle="none",
        marker="|",
        markersize=17,
        markeredgewidth=2.5,
        color=BLACK,
        label="planted",
    )
    shapes = list(dict.fromkeys(table["shape"]))
    for place, shape in enumerate(shapes):
        part = table[table["shape"] == shape]
        beside = 0.5 * ((place + 0.5) / len(shapes) - 0.5)
        ax.plot(
            part["contrastive"],
            row_of(part, places) + beside,
            linestyle="none",
            marker=MARKERS[place],
            markersize=6.5,
            markerfacecolor="none",
            markeredgewidth=1.6,
            color=PALETTE[place],
            label=f"{SHAPES.get(shape, shape)} shape",
        )
    zero_line(ax, vertical=True)
    ax.set(xlabel="mean steerability (logits per unit of λ)", ylabel="")
    draw_key(ax, ncols=3)
    return ax
