"""At which layer, and how strongly: what the vector of each layer does, BASE→BASE."""

from __future__ import annotations

import pandas as pd

from steering.analysis import training
from steering.analysis.curves import chosen_layers, of
from steering.tables import ITEM_KEY, Results

CURVE = ["model", "concept", "layer", "item", "order"]
RUN = ["model", "concept"]


def layer_slopes(results: Results, *, split: str = "validation") -> pd.DataFrame:
    """Return the mean slope of each layer's vector over the items of `split`.

    Columns: model, concept, layer, the columns of `training.means` and `chosen` (whether the run
    took that layer). Intervals are over items alone: resampled vectors are measured on test items.
    """
    items = results.items.loc[results.items["split"] == split, [*ITEM_KEY, "group"]]
    curves = of(results.steerability).merge(items, on=list(ITEM_KEY))
    return _chosen(training.means(curves, "steerability", [*RUN, "layer"]), results)


def layer_map(results: Results) -> pd.DataFrame:
    """Return how far the mean propensity moves from that at λ = 0, for each layer and λ.

    Columns: model, concept, layer, multiplier, `propensity_change` (logits), `n` (curves),
    `chosen`. All layers of a concept are compared on the same test items in the same orders, those
    that were measured at every layer.
    """
    items = results.items.loc[results.items["split"] == "test", list(ITEM_KEY)]
    points = of(results.sweep).merge(items, on=list(ITEM_KEY))
    layers = points.groupby(RUN)["layer"].transform("nunique")
    seen = points.groupby([*RUN, "item", "order"])["layer"].transform("nunique")
    points = points[layers == seen]
    still = points.loc[points["multiplier"] == 0, [*CURVE, "propensity"]]
    moved = points.merge(still, on=CURVE, suffixes=("", "_still"), validate="many_to_one")
    moved = moved.assign(change=moved["propensity"] - moved["propensity_still"])
    found = moved.groupby([*RUN, "layer", "multiplier"], as_index=False).agg(
        propensity_change=("change", "mean"), n=("change", "size")
    )
    return _chosen(found, results)


def _chosen(table: pd.DataFrame, results: Results) -> pd.DataFrame:
    chosen = chosen_layers(results.cards).assign(chosen=True)
    marked = table.merge(chosen, how="left", on=[*RUN, "layer"])
    return marked.assign(chosen=marked["chosen"].notna())
