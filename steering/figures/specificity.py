"""The figure of whose vector moves the answers to whose questions."""

from __future__ import annotations

from functools import partial

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from steering.figures.heat import cells
from steering.figures.theme import ON_LIGHT, axes, grouped, name_of, number
from steering.figures.widths import at_any_width, narrow
from steering.records.kinds import KINDS, kinds_of

MEAN = "mean steerability (logits per unit of λ)"
MULTIPLE = "mean steerability, as a multiple of\nthe size of the own vector's"
FEW = 7  # up to so many vectors have a number in their cells, and names that lie
MOST = 30  # more than these stand too close to each other for names
SMALL = 8.5  # points, of the names of many


@at_any_width
def specificity_matrix(
    means: pd.DataFrame, ax: Axes | None = None, *, multiples: bool = False
) -> Axes:
    """Return axes that show the mean slope of each concept's vector on each concept's questions.

    A row has the questions of one concept, a column the vector of one, in the same order; the cell
    of a concept's own vector is framed. Vectors of concepts that were not asked stand last.

    Takes the table of `analysis.specificity.matrix_means` for one model. Needs `concept`, `kind`,
    `vector_concept`, `mean`. With `multiples`, every mean slope is shown as a multiple of the size
    of the own vector's on the same questions, which makes rows comparable; where the latter is
    close to zero, they are large.
    """
    kinds = kinds_of(means.sort_values("concept"))
    rows = grouped(kinds)
    vectors = [*rows, *sorted(set(means["vector_concept"]) - set(kinds))]
    table = means.pivot(index="concept", columns="vector_concept", values="mean")
    if multiples:
        own = pd.Series({name: abs(table.loc[name, name]) for name in table.index})
        table = table.div(own.where(own > 0), axis="index")
    few = len(vectors) <= FEW
    many = len(vectors) > (FEW if narrow() else MOST)
    each, beside = (0.62, 2.2) if few else (0.27, 2.6) if many else (0.2, 3.6)
    ax = axes(ax, height=beside + (0.38 if narrow() else each) * len(rows))
    cells(
        ax,
        table.reindex(index=rows, columns=vectors),
        label=MULTIPLE if multiples else MEAN,
        line=0.3 if many else 1.2,
        written=partial(number, places=1) if few else None,
        bar_at="top",
    )
    for row, name in enumerate(rows):
        if name in kinds:
            corner = (vectors.index(name), row)
            frame = Rectangle(corner, 1, 1, fill=False, edgecolor=ON_LIGHT, lw=1.6 if few else 1)
            frame.set_clip_on(False)
            ax.add_patch(frame)
    size = 11 if few else SMALL
    _name_rows(ax, rows, 19 if few or narrow() else 40 if many else 60, size)
    if many:
        ax.set_xticks([])
        beyond = f", then {len(vectors) - len(rows)} more" if len(vectors) > len(rows) else ""
        ax.set_xlabel(f"whose vector, in the order of the rows{beyond}")
    else:
        # The names of kinds stand between the rows; their columns are empty.
        width = 12 if few else 60
        columns = ["" if name in KINDS else name_of(name, width=width) for name in vectors]
        places = [at + 0.5 for at in range(len(columns))]
        ax.set_xticks(places, columns, rotation=0 if few and not narrow() else 90, fontsize=size)
        ax.set_xlabel("whose vector")
    ax.set_ylabel("whose questions")
    return ax


def _name_rows(ax: Axes, rows: list[str], width: int, size: float) -> None:
    names = [name_of(name, width=width) for name in rows]
    # Two lines of a long name are as high as a row at most.
    ax.set_yticks([at + 0.5 for at in range(len(rows))], names, fontsize=size, linespacing=1.0)
    for name, label in zip(rows, ax.get_yticklabels(), strict=True):
        label.set_fontweight("bold" if name in KINDS else "normal")
