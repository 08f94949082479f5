"""How long a vector is beside the residual stream that it is added to."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from steering.records.run_card import RunCard

Cards = Iterable[RunCard]
_ENDS = {"mean": "", "low": "_low", "high": "_high"}


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


def with_doses(concepts: pd.DataFrame, cards: Cards) -> pd.DataFrame:
    """Return a table of mean slopes with what they are per unit of dose, which λ is not.

    Added: `unit`, the dose of λ = 1 (‖v‖ over the norm of the residual stream), and `per_dose`,
    `per_dose_low`, `per_dose_high`: the mean slope and its interval over that, so that slopes of
    different vectors, layers and models can be compared. `concepts` has `mean`, `low` and
    `high`; all cards are of one form of the questions. Missing where a card has no such norms.
    """
    units = {
        (card["model"]["name"], card["concept"]["name"]): (
            float(card["vector_norms"]["BASE"]) / float(card["residual_norm"])
        )
        for card in cards
        if float(card["residual_norm"]) > 0 and float(card["vector_norms"]["BASE"]) > 0
    }
    keys = zip(concepts["model"], concepts["concept"], strict=True)
    unit = pd.Series([units.get(key, float("nan")) for key in keys], index=concepts.index)
    per = {f"per_dose{end}": concepts[name] / unit for name, end in _ENDS.items()}
    return concepts.assign(unit=unit, **per)
