"""How long a vector is beside the residual stream that it is added to."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from steering.records.run_card import RunCard

Cards = Iterable[RunCard]


def lengths(cards: Cards) -> pd.DataFrame:
    """Return how long each setting's vector is beside that of BASE, at the chosen layer.

    Columns: model, concept, vector_setting, `length` (1 for BASE itself).
    """
    rows = []
    for card in cards:
        run = (card["model"]["name"], card["concept"]["name"])
        norms = card["vector_norms"]
        rows += [(*run, name, float(norm) / float(norms["BASE"])) for name, norm in norms.items()]
    return pd.DataFrame(rows, columns=["model", "concept", "vector_setting", "length"])


def doses(cards: Cards) -> pd.DataFrame:
    """Return how large λv is beside the residual stream that it is added to, ‖λv‖ / ‖h‖.

    Columns: model, concept, layer, multiplier, `dose`. Vectors of all settings have the norm of the
    BASE vector, so that one dose stands for all of them.
    """
    rows = []
    for card in cards:
        run = (card["model"]["name"], card["concept"]["name"], int(card["layer"]))
        unit = float(card["vector_norms"]["BASE"]) / float(card["residual_norm"])
        rows += [(*run, float(value), abs(float(value)) * unit) for value in card["multipliers"]]
    return pd.DataFrame(rows, columns=["model", "concept", "layer", "multiplier", "dose"])
