"""In-distribution variability: how much steerability differs between the items of one concept."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from steering.analysis.chance import against_chance, beside_random, items_against_chance
from steering.analysis.curves import of
from steering.analysis.intervals import each, means, percentiles, resampled, shares

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

    - `mean`, `low`, `high`: mean slope with its 95 % interval (bootstrap of groups)
    - `sd`, `median`: over curves; `r_squared`: median share of a curve that its line explains
    - `n` (curves), `items`, `groups`
    - `anti_steerable`, `anti_steerable_low`, `anti_steerable_high`: share of slopes below zero, as
      in the paper, with its 95 % interval (Wilson, on the effective number of observations)
    - `anti_steerable_beyond_chance`, `steerable_beyond_chance`: shares of curves whose slope random
      vectors do not explain
    - `vectors`, `chance_sd`, `chance_low`, `chance_high`, `chance_anti_low`, `chance_anti_high`,
      `p`, `q`, `beyond_chance`: the mean slope against random vectors (see `chance`), tested over
      all rows returned
    """
    shown = beside_random(
        table, vector_setting=vector_setting, prompt_setting=prompt_setting, direction=direction
    )
    tested = items_against_chance(shown)
    tested = tested.assign(below=tested["steerability"] < 0)

    mean = means(tested, "steerability", RUN)
    share = shares(tested, "below", RUN).rename(
        columns={
            "share": "anti_steerable",
            "low": "anti_steerable_low",
            "high": "anti_steerable_high",
        }
    )
    beyond = ["anti_steerable_beyond_chance", "steerable_beyond_chance"]
    tested[beyond] = tested[beyond].astype("Float64")
    spread = tested.groupby(RUN, as_index=False, sort=False).agg(
        median=("steerability", "median"),
        r_squared=("r_squared", "median"),
        items=("item", "nunique"),
        **{name: (name, "mean") for name in beyond},
    )
    spread[beyond] = spread[beyond].astype("float64")
    chance = against_chance(shown).drop(
        columns=["mean", "vector_setting", "prompt_setting", "layer", "direction"]
    )
    table = mean.merge(spread, on=RUN).merge(share.drop(columns=["n", "groups"]), on=RUN)
    return table.merge(chance, on=RUN)


def by_answer(
    table: pd.DataFrame, *, vector_setting: str = "BASE", prompt_setting: str = "BASE"
) -> pd.DataFrame:
    """Return the mean steerability where the positive answer is A or B, Yes or No (figure 3).

    One row per model, concept, `positive_letter` and `positive_is_yes` (missing where the format of
    the choices has no Yes and No), with `mean`, `low`, `high`, `sd`, `n` (curves), `groups`.
    """
    made = of(table, vector_setting=vector_setting, prompt_setting=prompt_setting)
    found = means(made, "steerability", [*RUN, "positive_letter", "positive_is_yes"])
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
    """Return the mean position bias per model and concept: `mean`, `low`, `high`, `sd`, `n`, …

    Half the difference that it makes to the slope that the positive answer stands at A, in logits
    per unit of λ.
    """
    made = of(table, vector_setting=vector_setting, prompt_setting=prompt_setting)
    return means(counterbalanced(made), "position_bias", RUN)


def spread_by_concept(table: pd.DataFrame) -> pd.DataFrame:
    """Return the variance of steerability between curves, beside its mean.

    `table` is `joined(...)`. One row per model, concept, vector_setting and prompt_setting: `mean`,
    `mean_low`, `mean_high`, `variance`, `variance_low`, `variance_high` (95 %, bootstrap of
    groups), `n` (curves), `groups`.
    """
    by = [*RUN, "vector_setting", "prompt_setting"]
    rows = []
    for key, part in each(of(table, vector_setting=None, prompt_setting=None), by):
        slope = part["steerability"].to_numpy(dtype=np.float64)
        middle, n = slope.mean(), len(slope)
        columns = np.column_stack([np.ones(n), slope - middle, (slope - middle) ** 2])
        sums, groups = resampled(columns, part["group"])
        mean = sums[:, 1] / sums[:, 0]
        variance = (sums[:, 2] / sums[:, 0] - mean**2) * n / max(n - 1, 1)
        found = float(slope.var(ddof=1)) if n > 1 else math.nan
        mean_interval = percentiles(middle + mean, groups)
        interval = percentiles(variance, groups, estimate=found)
        rows.append((*key, float(middle), *mean_interval, found, *interval, n, groups))
    columns_of = ["mean", "mean_low", "mean_high", "variance", "variance_low", "variance_high"]
    return pd.DataFrame(rows, columns=[*by, *columns_of, "n", "groups"])
