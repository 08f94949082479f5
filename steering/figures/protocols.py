"""The figure of what each difference between two protocols does, a panel for each number."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from steering.analysis.protocols import claimed
from steering.figures.keys import draw_key
from steering.figures.theme import MARKERS, PALETTE, height_of, rows_of, zero_line
from steering.figures.widths import at_any_width, width
from steering.records.protocol_effects import ALL, NUMBERS
from steering.records.protocols import OPTIONS

# In which unit the difference of each number is drawn.
UNITS = {
    "mean": "logits per unit of λ",
    "reversed": "share of slopes",
    "spread": "logits per unit of λ",
    "ood": "share of the mean slope",
    "ranks": "ρ less 1",
}


def title_of(option: str) -> str:
    """Return what an option is called in a row of the figure: its name on the command line."""
    return "all of them" if option == ALL else option


@at_any_width
def effects_of_options(effects: pd.DataFrame, protocol: str) -> Figure:
    """Return a figure with a panel per number: its change by each option, a mark for each model.

    Takes the rows of `analysis.protocols.effects`, of all models, and the protocol that is begun
    at. A mark is full where `claimed`, of all rows, says that the number is another one.
    """
    names = [title_of(option) for option in (*OPTIONS, ALL)]
    said = claimed(effects)
    effects = effects[effects["protocol"] == protocol]
    models = list(dict.fromkeys(effects["model"]))
    height = len(NUMBERS) * (1.0 + height_of(len(names), 0.34))
    figure, panels = plt.subplots(len(NUMBERS), 1, figsize=(width(), height), layout="constrained")
    shifts = np.linspace(0.24, -0.24, len(models)) if len(models) > 1 else [0.0]
    for ax, (number, title) in zip(panels, NUMBERS.items(), strict=True):
        places = rows_of(names, ax, concepts=False)
        for model, shift, colour, marker in zip(models, shifts, PALETTE, MARKERS, strict=False):
            rows = effects[(effects["model"] == model) & (effects["number"] == number)]
            for at, row in rows.iterrows():
                y = places[title_of(row["option"])] + shift
                ax.plot([row["low"], row["high"]], [y, y], color=colour, lw=2)
                face = colour if said[at] else "white"
                ax.plot(row["difference"], y, marker, mfc=face, mec=colour, mew=1.6, ms=6)
            ax.plot([], [], marker, color=colour, label=model)
        zero_line(ax, vertical=True)
        ax.set(title=title, xlabel=f"change ({UNITS[number]})", ylabel="")
    draw_key(figure, *panels[0].get_legend_handles_labels(), ncols=len(models))
    return figure
