"""Tables of strength whose truth is known: curves over doses, costs, and operating points."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from steering.records.strength import CONTRACTS
from tests.support.synthetic import standard_curves

DOSES = (0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 1.0)
UNIT = 0.5  # the dose of λ = 1
RUN = {"model": "m", "form": "chosen", "operator": "add", "maker": "mean", "layer": 2, "number": 0}


def multipliers() -> list[float]:
    up = [dose / UNIT for dose in DOSES]
    return [*(-one for one in reversed(up)), 0.0, *up]


def costs(concept: str = "strong", texts: int = 8, seed: int = 0) -> pd.DataFrame:
    """A loss of the squared dose for the vector, of half of that for random ones, with noise."""
    noise = np.random.default_rng(seed)
    rows = []
    for text in range(texts):
        base = -2.0 - 0.1 * text
        tried = [("contrastive", 0, 2, one, 1.0) for one in multipliers()]
        tried += [("random", at, 2, 0.7, 0.5) for at in range(3)]
        tried += [("contrastive", 0, 1, 0.7, 2.0)] * (text < 4)
        for direction, number, layer, multiplier, factor in tried:
            dose = abs(multiplier) * UNIT
            loss = factor * dose**2 * (1 + 0.1 * noise.standard_normal())
            rows.append(
                {
                    **RUN, "concept": concept, "direction": direction, "number": number,
                    "layer": layer, "prompt_setting": "BASE", "text": f"text-{text}",
                    "tokens": 40, "multiplier": multiplier, "dose": dose, "first": loss / 2,
                    "divergence": 2 * loss, "log_likelihood": base - loss,
                    # One of four replies loops at a dose of one, and none at others.
                    "reply_tokens": 24.0 if direction == "contrastive" and layer == 2 else np.nan,
                    "repeated": 0.9 if dose >= 1 and text % 4 == 0 else 0.1,
                }
            )  # fmt: skip
        persona = {
            **RUN, "concept": concept, "direction": "contrastive", "prompt_setting": "SYS_POS",
            "text": f"text-{text}", "tokens": 40, "multiplier": 0.0, "dose": 0.0,
            "first": np.nan, "divergence": np.nan, "log_likelihood": base - 0.25,
            "reply_tokens": np.nan, "repeated": np.nan,
        }  # fmt: skip
        rows.append(persona)
    return CONTRACTS["costs"].validate(pd.DataFrame(rows))


def swept(
    curve: Callable[[float], float],
    concept: str = "strong",
    *,
    items: int = 10,
    spread: float = 0.05,
    mass: Callable[[float], float] = lambda _: 1.0,
    seed: int = 0,
) -> pd.DataFrame:
    """The wide sweep of questions whose mean change is a known function of the dose."""
    noise = np.random.default_rng(seed)
    rows = []
    for item in range(items):
        own = 1 + spread * noise.standard_normal()
        for order in (0, 1):
            for multiplier in multipliers():
                signed = multiplier * UNIT
                rows.append(
                    {
                        **RUN, "concept": concept, "direction": "contrastive", "role": "swept",
                        "item": item, "order": order, "request": "", "multiplier": multiplier,
                        "dose": abs(signed), "propensity": 0.3 + own * curve(signed),
                        "letter_mass": mass(signed),
                    }
                )  # fmt: skip
    return CONTRACTS["wide"].validate(pd.DataFrame(rows))


def operating(multiplier: float = 2.0, curves: pd.DataFrame | None = None) -> pd.DataFrame:
    """The test questions at an operating point, each moved as its slope says."""
    curves = standard_curves() if curves is None else curves
    here = curves[
        (curves["vector_setting"] == "BASE")
        & (curves["prompt_setting"] == "BASE")
        & curves["direction"].isin(["contrastive", "random", "shuffled", "resampled"])
    ]
    keys = [
        *("model", "concept", "form", "direction", "number", "layer", "operator", "maker"),
        *("item", "order", "request"),
    ]
    rows = here[keys].astype(dict.fromkeys(("operator", "maker", "form", "request"), "str"))
    rows = rows.assign(role="operating", letter_mass=np.nan)
    pushed = rows.assign(
        multiplier=multiplier,
        dose=multiplier * UNIT,
        propensity=1.0 + multiplier * here["steerability"],
    )
    own = rows[rows["direction"] == "contrastive"]
    plain = own.assign(multiplier=0.0, dose=0.0, propensity=1.0)
    table = pd.concat([plain, pushed], ignore_index=True)
    for name in ("direction", "concept", "model"):
        table[name] = table[name].astype("str")
    table = table.astype({"number": "int64", "layer": "int64", "item": "int64", "order": "int64"})
    return CONTRACTS["wide"].validate(table[list(CONTRACTS["wide"].columns)])
