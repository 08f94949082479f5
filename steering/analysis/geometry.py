"""The vectors themselves: how alike those of different settings are, how long, how large a dose."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import pandas as pd

Cards = Iterable[dict[str, Any]]


def cosines(cards: Cards) -> pd.DataFrame:
    """Return the cosine of each setting's vector with that of BASE, at the chosen layer.

    Columns: model, concept, layer, vector_setting, `cosine`, and `cosine_planted`, that of the BASE
    vector with the true direction (NaN where no truth is known).
    """
    rows = []
    for card in cards:
        planted = card.get("cosine_planted")
        run = (card["model"]["name"], card["concept"]["name"], int(card["layer"]))
        truth = math.nan if planted is None else float(planted)
        rows += [(*run, name, float(value), truth) for name, value in card["cosines"].items()]
    columns = ["model", "concept", "layer", "vector_setting", "cosine", "cosine_planted"]
    return pd.DataFrame(rows, columns=columns)


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
