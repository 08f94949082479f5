"""Side effects: what a vector does to every other concept, at its own operating point."""

from __future__ import annotations

import numpy as np
import pandas as pd

from steering.analysis.statistics.groups import each

_KEY = ["model", "concept"]


def side_effects(means: pd.DataFrame, points: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """Return what each vector does to other concepts' questions, at the dose of its own point.

    Args:
        means: the table of `analysis.specificity.matrix_means`: the mean slope of every vector on
            the questions of every concept, at that concept's layer and vector norm.
        points: the table of `verdict.operating.operating_points`.
        units: `model`, `concept` and `unit`, the dose of λ = 1 on a concept's questions.

    One row per model and concept with an operating point: `others` (how many other concepts it was
    tried on), `own` (what its own questions change by), `spread` (root mean square of what those of
    the others change by), `farthest` (the concept that is changed most, by `farthest_change`).
    Changes are of the mean propensity, in logits, with slopes taken as straight up to the point: a
    slope per unit of dose times the dose.
    """
    per_dose = means.merge(units[[*_KEY, "unit"]], on=_KEY)
    per_dose = per_dose.assign(per_dose=per_dose["mean"] / per_dose["unit"])
    rows = []
    for (model, concept), point in each(points, _KEY):
        dose = float(point["dose"].iloc[0])
        own = per_dose[(per_dose["model"] == model) & (per_dose["vector_concept"] == concept)]
        changes = own.set_index("concept")["per_dose"] * dose
        others = changes.drop(labels=concept, errors="ignore")
        if others.empty or concept not in changes:
            continue
        farthest = str(others.abs().idxmax())
        spread = float(np.sqrt((others**2).mean()))
        values = (len(others), float(changes[concept]), spread, farthest, float(others[farthest]))
        rows.append((model, concept, *values))
    columns = ["others", "own", "spread", "farthest", "farthest_change"]
    return pd.DataFrame(rows, columns=[*_KEY, *columns])
