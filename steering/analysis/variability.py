"""In-distribution variability: how much steerability differs between the items of one concept."""

from __future__ import annotations

import numpy as np
import pandas as pd

from steering.analysis import training
from steering.analysis.chance import against_chance, beside_random, items_against_chance

RUN = ["model", "concept"]
EFFECT = ["model", "concept", "vector_setting", "prompt_setting", "direction", "layer"]
ITEM = [*EFFECT, "item"]


def by_concept(
    table: pd.DataFrame,
    *,
    vector_setting: str = "BASE",
    prompt_setting: str = "BASE",
    direction: str = "contrastive",
) -> pd.DataFrame:
    """Return one row per model and concept: its mean steerability and how far items differ.

    `table` is `joined(...)`. An observation is a curve, that is an item in one order.

    - `mean`, `low`, `high`: mean slope with its 95 % interval (bootstrap of groups of test items
      and, where they were measured, of training pairs: see `training`); `median`, `median_low`,
      `median_high`, and `sd`, `sd_low`, `sd_high` over curves
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
    shown = beside_random(table, **pair, direction=direction)
    rows = _against_chance(shown, training.beside_resampled(table, **pair, direction=direction))
    rows["anti_steerable"] = rows["steerability"] < 0
    found = training.means(rows, "steerability", RUN)
    own = rows[rows["direction"] == direction].groupby(RUN, as_index=False, sort=False)
    found = found.merge(own.agg(r_squared=("r_squared", "median"), items=("item", "nunique")))
    found = found.merge(training.medians(rows, "steerability", RUN), on=RUN)
    for flag in ("anti_steerable", "anti_steerable_beyond_chance", "steerable_beyond_chance"):
        names = {"share": flag, "low": f"{flag}_low", "high": f"{flag}_high"}
        share = training.shares(rows, flag, RUN).rename(columns=names)
        found = found.merge(share[[*RUN, *names.values()]], on=RUN)
    chance = against_chance(shown).drop(
        columns=["mean", "vector_setting", "prompt_setting", "layer", "direction"]
    )
    return found.merge(chance, on=RUN)


def _against_chance(shown: pd.DataFrame, curves: pd.DataFrame) -> pd.DataFrame:
    """Return the curves of a vector and of its resampled ones, each tested as the vector is."""
    resampled = curves[training.is_resampled(curves["direction"])]
    # Each vector stands as one of a setting of its own: so its curves are tested among themselves.
    apart = resampled.assign(vector_setting=resampled["direction"], direction="contrastive")
    tested = items_against_chance(pd.concat([shown, apart]))
    name = tested["vector_setting"]
    lent = training.is_resampled(name)
    tested = tested.assign(direction=tested["direction"].mask(lent, name))
    beyond = ["anti_steerable_beyond_chance", "steerable_beyond_chance"]
    return tested.astype(dict.fromkeys(beyond, "Float64"))


def by_answer(
    table: pd.DataFrame, *, vector_setting: str = "BASE", prompt_setting: str = "BASE"
) -> pd.DataFrame:
    """Return the mean steerability where the positive answer is A or B, Yes or No (figure 3).

    One row per model, concept, `positive_letter` and `positive_is_yes` (missing where the format of
    the choices has no Yes and No), with the columns of `training.means`.
    """
    made = training.beside_resampled(
        table, vector_setting=vector_setting, prompt_setting=prompt_setting
    )
    by = [*RUN, "positive_letter", "positive_is_yes"]
    found = training.means(made, "steerability", by)
    return found.sort_values(
        [*RUN, "positive_letter", "positive_is_yes"],
        ascending=[True, True, True, False],
        kind="stable",
        ignore_index=True,
    )


def counterbalanced(table: pd.DataFrame) -> pd.DataFrame:
    """Return one row per item measured in both orders, free of the bias towards a letter.

    Columns: model, concept, vector_setting, prompt_setting, direction, layer, item, group, feature,
    positive_is_yes, `steerability` (mean of both orders), `position_bias` (half of the slope with
    the positive answer at A less that with it at B), `standard_error` (of the mean) and
    `planted_steerability`, `planted_position_bias` where they are known. Items of which one order
    only was measured are left out.
    """
    values = ["steerability", "planted_steerability", "standard_error"]
    at_a = table[table["positive_letter"] == "A"]
    at_b = table.loc[table["positive_letter"] == "B", [*ITEM, *values]]
    both = at_a.merge(at_b, on=ITEM, suffixes=("_a", "_b"), validate="one_to_one")
    pairs = {name: (both[f"{name}_a"], both[f"{name}_b"]) for name in values}
    (a, b), (planted_a, planted_b) = pairs["steerability"], pairs["planted_steerability"]
    kept = both[[*ITEM, "group", "feature", "positive_is_yes"]]
    return kept.assign(
        steerability=(a + b) / 2,
        position_bias=(a - b) / 2,
        standard_error=np.hypot(*pairs["standard_error"]) / 2,
        planted_steerability=(planted_a + planted_b) / 2,
        planted_position_bias=(planted_a - planted_b) / 2,
    )


def position_bias(
    table: pd.DataFrame, *, vector_setting: str = "BASE", prompt_setting: str = "BASE"
) -> pd.DataFrame:
    """Return the mean position bias per model and concept, in the columns of `training.means`.

    Half the difference that it makes to the slope that the positive answer stands at A, in logits
    per unit of λ.
    """
    made = training.beside_resampled(
        table, vector_setting=vector_setting, prompt_setting=prompt_setting
    )
    return training.means(counterbalanced(made), "position_bias", RUN)


def spread_by_concept(table: pd.DataFrame) -> pd.DataFrame:
    """Return the variance of steerability between curves, beside its mean.

    `table` is `joined(...)`. One row per model, concept, vector_setting and prompt_setting: `mean`,
    `mean_low`, `mean_high`, `variance`, `variance_low`, `variance_high` (95 %; of BASE→BASE over
    training pairs as well: see `training`), `n` (curves), `groups`, `vectors_resampled`.
    """
    by = [*RUN, "vector_setting", "prompt_setting"]
    made = training.beside_resampled(table, vector_setting=None, prompt_setting=None)
    found = training.means(made, "steerability", by)
    squared = {f"variance{end}": found[f"sd{end}"] ** 2 for end in ("", "_low", "_high")}
    found = found.rename(columns={"low": "mean_low", "high": "mean_high"}).assign(**squared)
    counts = ["n", "groups", "vectors_resampled"]
    return found[[*by, "mean", "mean_low", "mean_high", *squared, *counts]]
