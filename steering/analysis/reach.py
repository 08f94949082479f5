"""How far a vector reaches along the planted direction, where that is known.

Where the training pairs of a concept do not all point the same way, their differences cancel in
part, and the vector is shorter than the planted direction. What it would do if the model had
learned its plan exactly is the planted slope times this reach.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd


def reaches(cards: Iterable[Mapping[str, Any]], lengths: pd.DataFrame | None) -> pd.DataFrame:
    """Return how far each run's BASE vector reaches along the planted direction, in units of it.

    `cards` are those of the runs of one model, `lengths` is the table of
    `records.training.planted_lengths` of its folder. Columns: model, concept, `reach`. Concepts
    whose vector is of another layer than the one that was trained are left out.
    """
    if lengths is None:
        return pd.DataFrame(columns=["model", "concept", "reach"])
    planted = lengths.set_index("concept")
    rows = []
    for card in cards:
        concept, cosine = card["concept"]["name"], card.get("cosine_planted")
        if cosine is None or concept not in planted.index:
            continue
        if int(card["layer"]) == planted.loc[concept, "layer"]:
            reach = cosine * card["vector_norms"]["BASE"] / planted.loc[concept, "length"]
            rows.append((card["model"]["name"], concept, float(reach)))
    return pd.DataFrame(rows, columns=["model", "concept", "reach"])
