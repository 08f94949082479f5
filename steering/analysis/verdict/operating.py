"""Does the vector move the answer at its operating point, the strongest push under a cost?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from steering.analysis.curves import select
from steering.analysis.verdict.movement import judged
from steering.analysis.verdict.nulls import beside_nulls
from steering.analysis.verdict.outcomes import OPERATING
from steering.records.directions import CONTRASTIVE
from steering.records.strength import OPERATING as ROLE
from steering.records.verdicts import COLUMNS

_BY = ["model", "concept", "kind", "form"]
_CURVE = ["model", "concept", "form", "direction", "number", "layer", "item", "order", "request"]
_PROMPT = ["model", "concept", "form", "item", "order", "request"]


def operating_verdicts(
    wide: pd.DataFrame, curves: pd.DataFrame, answers: pd.DataFrame
) -> pd.DataFrame:
    """Return whether each concept's vector moves the answer at its operating point.

    `wide` is the table of `records.strength`, `curves` that of `curve_table`, `answers` that of
    `analysis.answering`. The estimate is the mean change of the propensity from that of the model
    without a vector, in logits (nats where texts are said). The rule is that of
    `verdict.movement`: beside random vectors and vectors of shuffled labels at the same λ, over
    groups of test items and training pairs, adjusted over the concepts of the same model and form.
    """
    rows = operating_effects(wide, curves)
    if rows.empty:
        return pd.DataFrame(columns=COLUMNS)
    tests = beside_nulls(rows, "effect", _BY)
    return judged(tests.assign(direction=CONTRASTIVE), answers, OPERATING)


def operating_effects(wide: pd.DataFrame, curves: pd.DataFrame) -> pd.DataFrame:
    """Return what every vector does to every test question at the operating point.

    The rows are those of `curves` in BASE that were measured there, with `effect`: the propensity
    less that without a vector.
    """
    tested = wide[wide["role"] == ROLE]
    plain = tested[tested["multiplier"] == 0].set_index(_PROMPT)["propensity"]
    pushed = tested[tested["multiplier"] != 0]
    before = plain.reindex(pd.MultiIndex.from_frame(pushed[_PROMPT])).to_numpy()
    pushed = pushed.assign(effect=pushed["propensity"].to_numpy() - before)
    rows = select(curves, direction=None)
    keys = {name: rows[name].astype(pushed[name].dtype) for name in _CURVE}
    return rows.assign(**keys).merge(pushed[[*_CURVE, "effect"]], on=_CURVE)


def operating_points(
    cards: Iterable[Mapping[str, Any]], by_dose: pd.DataFrame, verdicts: pd.DataFrame
) -> pd.DataFrame:
    """Return the operating point of each run beside what it does and costs there.

    Columns: model, concept, form, kind, `multiplier`, `dose`, `limit` (nats a token); `effect`,
    `low`, `high`, `outcome` of the verdict; `loss` and `divergence`, interpolated between the λ
    that were measured; `price`, nats a token for each logit, missing unless the vector moves the
    answer the right way. `by_dose` is the table of `analysis.strength.costs_by_dose`.
    """
    rows = []
    for card in cards:
        point = card.get("operating")
        if point is None:
            continue
        key = (card["model"]["name"], card["concept"]["name"], str(card.get("form", "chosen")))
        own = by_dose[by_dose["chosen"] & (by_dose["direction"] == CONTRASTIVE)]
        for name, value in zip(("model", "concept", "form"), key, strict=True):
            own = own[own[name] == value]
        own = own.sort_values("multiplier")
        at = float(point["multiplier"])
        known = own["multiplier"].to_numpy(dtype=np.float64)
        costs = [
            float(np.interp(at, [0.0, *known[known > 0]], [0.0, *own.loc[known > 0, name]]))
            for name in ("loss", "divergence")
        ]
        rows.append((*key, at, float(point["dose"]), float(point["cost_limit"]), *costs))
    columns = [*_BY[:2], "form", "multiplier", "dose", "limit", "loss", "divergence"]
    points = pd.DataFrame(rows, columns=columns)
    claims = verdicts[(verdicts["claim"] == OPERATING) & (verdicts["direction"] == CONTRASTIVE)]
    told = claims[[*_BY, "outcome", "estimate", "low", "high"]]
    merged = points.merge(told.rename(columns={"estimate": "effect"}), on=[*_BY[:2], "form"])
    price = (merged["loss"] / merged["effect"]).where(merged["low"] > 0)
    return merged.assign(price=price)
