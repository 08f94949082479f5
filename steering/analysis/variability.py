"""How much the slopes of one concept's items differ, beside what random vectors do."""

from __future__ import annotations

import pandas as pd

from steering.analysis.curves import RUN_KEY, SETTING_PAIR
from steering.analysis.statistics import training_pairs
from steering.analysis.statistics.chance import against_chance, beside_random, items_against_chance
from steering.records.directions import CONTRASTIVE, RESAMPLED


def by_concept(
    table: pd.DataFrame,
    *,
    vector_setting: str = "BASE",
    prompt_setting: str = "BASE",
    direction: str = "contrastive",
) -> pd.DataFrame:
    """Return one row per model, concept and kind: its mean steerability and how far items differ.

    `table` is `curve_table(...)`. An observation is a curve, that is an item in one order.

    - `mean`, `low`, `high`: mean slope with its 95 % interval (bootstrap of groups of test items
      and, where they were measured, of training pairs: see `training_pairs`); `median`,
      `median_low`, `median_high`, and `sd`, `sd_low`, `sd_high` over curves
    - `r_squared`: median share of a curve that its line explains
    - `n` (curves), `items`, `groups`, `vectors_resampled` (0: intervals are over test items alone)
    - `anti_steerable`, `anti_steerable_low`, `anti_steerable_high`: share of slopes below zero, as
      in the paper, with its 95 % interval (Wilson, on the effective number of observations)
    - `anti_steerable_beyond_chance`, `steerable_beyond_chance`, with `_low` and `_high`: shares of
      curves whose slope random vectors do not explain
    - `vectors`, `chance_sd`, `chance_low`, `chance_high`, `chance_anti_low`, `chance_anti_high`,
      `p`, `q`, `beyond_chance`: the mean slope against random vectors (see `chance`), tested over
      all rows returned
    """
    pair = {"vector_setting": vector_setting, "prompt_setting": prompt_setting}
    curves = beside_random(table, **pair, direction=direction)
    rows = _against_chance(
        curves, training_pairs.beside_resampled(table, **pair, direction=direction)
    )
    rows["anti_steerable"] = rows["steerability"] < 0
    concepts = training_pairs.means(rows, "steerability", RUN_KEY)
    own = rows[rows["direction"] == direction].groupby(RUN_KEY, as_index=False, sort=False)
    concepts = concepts.merge(own.agg(r_squared=("r_squared", "median"), items=("item", "nunique")))
    concepts = concepts.merge(training_pairs.medians(rows, "steerability", RUN_KEY), on=RUN_KEY)
    for flag in ("anti_steerable", "anti_steerable_beyond_chance", "steerable_beyond_chance"):
        names = {"share": flag, "low": f"{flag}_low", "high": f"{flag}_high"}
        share = training_pairs.shares(rows, flag, RUN_KEY).rename(columns=names)
        concepts = concepts.merge(share[[*RUN_KEY, *names.values()]], on=RUN_KEY)
    chance = against_chance(curves).drop(columns=["mean", *SETTING_PAIR, "layer", "direction"])
    return concepts.merge(chance, on=RUN_KEY)


def _against_chance(own: pd.DataFrame, curves: pd.DataFrame) -> pd.DataFrame:
    """Return the curves of a vector and of its resampled ones, each tested as the vector is."""
    resampled = curves[training_pairs.is_resampled(curves["direction"])]
    # Each vector gets a vector setting of its own, so that its curves are tested among themselves.
    names = "resampled " + resampled["number"].astype(str)
    apart = resampled.assign(vector_setting=names, direction=CONTRASTIVE)
    tested = items_against_chance(pd.concat([own, apart]))
    lent = tested["vector_setting"].isin(names)
    tested = tested.assign(direction=tested["direction"].mask(lent, RESAMPLED))
    beyond = ["anti_steerable_beyond_chance", "steerable_beyond_chance"]
    return tested.astype(dict.fromkeys(beyond, "Float64"))


def spread_by_concept(table: pd.DataFrame) -> pd.DataFrame:
    """Return the variance of steerability between curves, beside its mean.

    `table` is `curve_table(...)`. One row per model, concept, kind, vector_setting and
    prompt_setting: `mean`, `mean_low`, `mean_high`, `variance`, `variance_low`, `variance_high` (95
    %; of BASE→BASE over training pairs as well: see `training_pairs`), `n` (curves), `groups`,
    `vectors_resampled`.
    """
    by = [*RUN_KEY, *SETTING_PAIR]
    curves = training_pairs.beside_resampled(table, vector_setting=None, prompt_setting=None)
    spreads = training_pairs.means(curves, "steerability", by)
    squared = {f"variance{end}": spreads[f"sd{end}"] ** 2 for end in ("", "_low", "_high")}
    spreads = spreads.rename(columns={"low": "mean_low", "high": "mean_high"}).assign(**squared)
    counts = ["n", "groups", "vectors_resampled"]
    return spreads[[*by, "mean", "mean_low", "mean_high", *squared, *counts]]
