"""How alike vectors and prompts are, and whether steering carries over between alike prompts."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from steering.analysis.answering import unsteered
from steering.analysis.curves import RUN_CURVE_KEY, RUN_KEY, select, with_kind
from steering.analysis.dose import Cards
from steering.analysis.statistics.groups import each, percentiles, rank_correlation, resampled
from steering.records.results import Results


def cosines(cards: Cards) -> pd.DataFrame:
    """Return the cosine of each setting's vector with that of BASE, at the chosen layer.

    Columns: model, concept, kind, layer, vector_setting, `cosine`, and `cosine_planted`, that of
    the BASE vector with the true direction (NaN where no truth is known).
    """
    rows, cards = [], list(cards)
    for card in cards:
        planted = card.get("cosine_planted")
        run = (card["model"]["name"], card["concept"]["name"], int(card["layer"]))
        truth = math.nan if planted is None else float(planted)
        rows += [(*run, name, float(value), truth) for name, value in card["cosines"].items()]
    columns = ["model", "concept", "layer", "vector_setting", "cosine", "cosine_planted"]
    return with_kind(pd.DataFrame(rows, columns=columns), cards)


THRESHOLD = 0.25  # logits per unit of λ; the paper, too, divides by larger slopes only


def relative_steerability(
    table: pd.DataFrame, results: Results, *, threshold: float = THRESHOLD
) -> pd.DataFrame:
    """Return how well the vector of setting A steers in setting B, relative to B's own vector.

    `table` is `curve_table(results)`. One row per model, concept, vector_setting A and
    prompt_setting B (A ≠ B) where the mean slope of B's own vector is above `threshold`:

    - `relative`, `low`, `high`: s(v_A on D_B) / s(v_B on D_B), 95 %, bootstrap of groups
    - `propensity_change`: mean over curves of the unsteered propensity in B less that in A
    - `propensity_distance`: mean of its absolute value
    - `n` (curves), `groups`
    """
    curves = select(table, vector_setting=None, prompt_setting=None)
    # As texts: categories are compared only where both columns have the same ones.
    same = curves["vector_setting"].astype("str") == curves["prompt_setting"].astype("str")
    native = curves.loc[same]
    native = native[[*RUN_CURVE_KEY, "prompt_setting", "steerability"]]
    other = curves[~same]
    both = other.merge(native, on=[*RUN_CURVE_KEY, "prompt_setting"], suffixes=("", "_native"))
    at_rest = unsteered(results)[[*RUN_CURVE_KEY, "prompt_setting", "propensity"]]
    both = both.merge(at_rest, on=[*RUN_CURVE_KEY, "prompt_setting"])
    there = at_rest.rename(columns={"prompt_setting": "vector_setting", "propensity": "from"})
    both = both.merge(there, on=[*RUN_CURVE_KEY, "vector_setting"])
    both["change"] = both["propensity"] - both["from"]
    rows = []
    by = [*RUN_KEY, "vector_setting", "prompt_setting"]
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

    Takes the table of `relative_steerability`. Per model and kind of concept, over its pairs of
    concept and settings: `rho`, `low`, `high`, `pairs`, `concepts`. The pairs of one concept are
    not independent, so the interval is that of as many units as there are concepts; with fewer than
    four it is NaN.
    """
    rows = []
    for key, part in each(relative, ["model", "kind"]):
        concepts = part["concept"].nunique()
        correlation = rank_correlation(
            part["propensity_distance"], part["relative"], units=concepts
        )
        rows.append(
            (*key, correlation["rho"], correlation["low"], correlation["high"], len(part), concepts)
        )
    return pd.DataFrame(rows, columns=["model", "kind", "rho", "low", "high", "pairs", "concepts"])
