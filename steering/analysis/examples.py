"""A few propensity curves that stand for all of a concept's (figure 2)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from steering.analysis.curves import select
from steering.analysis.statistics import training_pairs
from steering.records.results import Results
from steering.records.tables import STEERABILITY_KEY

MEAN = "mean of all items"
EXAMPLES = ("most steerable", "median", "least steerable", MEAN)


def example_curves(
    table: pd.DataFrame,
    results: Results,
    *,
    vector_setting: str = "BASE",
    prompt_setting: str = "BASE",
) -> pd.DataFrame:
    """Return the curves of the most, the median and the least steerable item, and the mean curve.

    `table` is `curve_table(results)`. One row per model, concept, `example` and multiplier, with
    `propensity`, `low` and `high` (95 %, bootstrap of groups of test items; of the mean only),
    `fitted` (on the least-squares line), `steerability`, `r_squared`, `item`, `order`, `statement`
    (of an item only), `n` (curves) and `vectors_resampled`: none, for resampled vectors are
    measured at other λ. The least steerable item is called "most anti-steerable" where its slope is
    below zero.
    """
    pair = {"vector_setting": vector_setting, "prompt_setting": prompt_setting}
    curves, sweep = select(table, **pair), select(results.sweep, **pair)
    parts = []
    for _, concept in curves.groupby(["model", "concept"], sort=False):
        points = concept.merge(sweep, on=list(STEERABILITY_KEY), validate="one_to_many")
        ranked = concept.sort_values("steerability", kind="stable", ignore_index=True)
        least = "most anti-steerable" if ranked["steerability"].iloc[0] < 0 else EXAMPLES[2]
        chosen = {EXAMPLES[0]: len(ranked) - 1, EXAMPLES[1]: len(ranked) // 2, least: 0}
        for name, place in chosen.items():
            key = ranked.loc[[place], list(STEERABILITY_KEY)]
            one = points.merge(key, on=list(STEERABILITY_KEY))
            parts.append(one.assign(example=name, n=1, vectors_resampled=np.nan))
        mean = training_pairs.means(points, "propensity", ["model", "concept", "multiplier"])
        line = {name: concept[name].mean() for name in ("steerability", "intercept")}
        parts.append(mean.rename(columns={"mean": "propensity"}).assign(**line, example=MEAN))
    examples = pd.concat(parts, ignore_index=True)
    examples = examples.merge(
        results.items[["concept", "item", "statement"]], how="left", on=["concept", "item"]
    )
    examples["fitted"] = examples["intercept"] + examples["steerability"] * examples["multiplier"]
    columns = ["example", "multiplier", "propensity", "low", "high", "fitted", "steerability"]
    columns += ["r_squared", "item", "order", "statement", "n", "vectors_resampled"]
    whole = examples[["item", "order"]].replace({np.nan: pd.NA}).astype("Int64")
    return examples.assign(**whole)[["model", "concept", *columns]]
