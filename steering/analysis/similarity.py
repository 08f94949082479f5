"""Does a vector carry over better between prompts that the model treats alike (figure 7)?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from steering.analysis.curves import of
from steering.analysis.intervals import each, percentiles, rank_correlation, resampled
from steering.tables import Results

THRESHOLD = 0.25  # logits per unit of λ: below it, the paper divides by nothing worth dividing by
RUN = ["model", "concept"]
CURVE = ["model", "concept", "item", "order"]


def unsteered(results: Results) -> pd.DataFrame:
    """Return the propensity of every prompt without a vector.

    Columns: model, concept, prompt_setting, item, order, `propensity`.
    """
    still = results.sweep[results.sweep["multiplier"] == 0]
    key = ["model", "concept", "prompt_setting", "item", "order"]
    return still[[*key, "propensity"]].drop_duplicates(key, ignore_index=True)


def relative_steerability(
    table: pd.DataFrame, results: Results, *, threshold: float = THRESHOLD
) -> pd.DataFrame:
    """Return how well the vector of setting A steers in setting B, relative to B's own vector.

    `table` is `joined(results)`. One row per model, concept, vector_setting A and prompt_setting B
    (A ≠ B) where the mean slope of B's own vector is above `threshold`:

    - `relative`, `low`, `high`: s(v_A on D_B) / s(v_B on D_B), 95 %, bootstrap of groups
    - `propensity_change`: mean over curves of the unsteered propensity in B less that in A
    - `propensity_distance`: mean of its absolute value
    - `n` (curves), `groups`
    """
    made = of(table, vector_setting=None, prompt_setting=None)
    native = made.loc[made["vector_setting"] == made["prompt_setting"]]
    native = native[[*CURVE, "prompt_setting", "steerability"]]
    other = made[made["vector_setting"] != made["prompt_setting"]]
    both = other.merge(native, on=[*CURVE, "prompt_setting"], suffixes=("", "_native"))
    at_rest = unsteered(results)
    both = both.merge(at_rest, on=[*CURVE, "prompt_setting"])
    there = at_rest.rename(columns={"prompt_setting": "vector_setting", "propensity": "from"})
    both = both.merge(there, on=[*CURVE, "vector_setting"])
    both["change"] = both["propensity"] - both["from"]
    rows = []
    by = [*RUN, "vector_setting", "prompt_setting"]
    for key, part in each(both, by):
        slopes = part[["steerability", "steerability_native"]].to_numpy(dtype=np.float64)
        carried, own = slopes.mean(axis=0)
        if own <= threshold:
            continue
        sums, groups = resampled(slopes, part["group"])
        with np.errstate(divide="ignore", invalid="ignore"):
            low, high = percentiles(sums[:, 0] / sums[:, 1], groups)
        change = part["change"]
        rows.append(
            (*key, carried / own, low, high, change.mean(), change.abs().mean(), len(part), groups)
        )
    columns = ["relative", "low", "high", "propensity_change", "propensity_distance"]
    return pd.DataFrame(rows, columns=[*by, *columns, "n", "groups"])


def similarity_agreement(relative: pd.DataFrame) -> pd.DataFrame:
    """Return Spearman's ρ of relative steerability with the change of unsteered propensity.

    Takes the table of `relative_steerability`. Per model, over its pairs of concept and settings:
    `rho`, `low`, `high`, `pairs`, `concepts`. The pairs of one concept are not independent, so the
    interval is that of as many units as there are concepts; with fewer than four it is NaN.
    """
    rows = []
    for key, part in each(relative, ["model"]):
        concepts = part["concept"].nunique()
        found = rank_correlation(part["propensity_distance"], part["relative"], units=concepts)
        rows.append((*key, found["rho"], found["low"], found["high"], len(part), concepts))
    return pd.DataFrame(rows, columns=["model", "rho", "low", "high", "pairs", "concepts"])
