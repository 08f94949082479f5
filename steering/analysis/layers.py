"""What the vector of each layer does at each strength, in prompts without a persona."""

from __future__ import annotations

import pandas as pd

from steering.analysis.curves import RUN_CURVE_KEY, RUN_KEY, chosen_layers, select, with_kind
from steering.analysis.statistics import training_pairs
from steering.records.results import Results
from steering.records.tables import ITEM_KEY


def layer_slopes(results: Results, *, split: str = "validation") -> pd.DataFrame:
    """Return the mean slope of each layer's vector over the items of `split`.

    Columns: model, concept, kind, layer, the columns of `training_pairs.means` and `chosen`
    (whether the run took that layer). Intervals are over items alone: resampled vectors are
    measured on test items.
    """
    items = results.items.loc[results.items["split"] == split, [*ITEM_KEY, "group"]]
    curves = with_kind(select(results.steerability).merge(items, on=list(ITEM_KEY)), results.cards)
    return _chosen(training_pairs.means(curves, "steerability", [*RUN_KEY, "layer"]), results)


def layer_map(results: Results) -> pd.DataFrame:
    """Return how far the mean propensity moves from that at λ = 0, for each layer and λ.

    Columns: model, concept, kind, layer, multiplier, `propensity_change` (logits), `n` (curves),
    `chosen`. All layers of a concept are compared on the same test items in the same orders, those
    that were measured at every layer.
    """
    items = results.items.loc[results.items["split"] == "test", list(ITEM_KEY)]
    points = with_kind(select(results.sweep).merge(items, on=list(ITEM_KEY)), results.cards)
    layers = points.groupby(RUN_KEY)["layer"].transform("nunique")
    seen = points.groupby(RUN_CURVE_KEY)["layer"].transform("nunique")
    points = points[layers == seen]
    still = points.loc[points["multiplier"] == 0, [*RUN_CURVE_KEY, "layer", "propensity"]]
    moved = points.merge(
        still, on=[*RUN_CURVE_KEY, "layer"], suffixes=("", "_still"), validate="many_to_one"
    )
    moved = moved.assign(change=moved["propensity"] - moved["propensity_still"])
    changes = moved.groupby([*RUN_KEY, "layer", "multiplier"], as_index=False).agg(
        propensity_change=("change", "mean"), n=("change", "size")
    )
    return _chosen(changes, results)


def _chosen(table: pd.DataFrame, results: Results) -> pd.DataFrame:
    chosen = chosen_layers(results.cards).assign(chosen=True)
    marked = table.merge(chosen, how="left", on=["model", "concept", "layer"])
    return marked.assign(chosen=marked["chosen"].notna())
