"""What the letter and the word (Yes, No or neither) of the positive answer do to the slope."""

from __future__ import annotations

import numpy as np
import pandas as pd

from steering.analysis.curves import RUN_KEY, SETTING_PAIR
from steering.analysis.statistics import training_pairs
from steering.records.directions import VECTOR_KEY

# An item under one vector: what both of its orders have in common.
BOTH_ORDERS_KEY = [*RUN_KEY, "form", *SETTING_PAIR, *VECTOR_KEY, "layer", "item"]


def by_answer(
    table: pd.DataFrame, *, vector_setting: str = "BASE", prompt_setting: str = "BASE"
) -> pd.DataFrame:
    """Return the mean steerability where the positive answer is A or B, Yes, No or neither.

    Figure 3, with one level more. One row per model, concept, kind, `positive_letter` and
    `positive_is_yes` (missing is a level: neither Yes nor No), with the columns of
    `training_pairs.means`.
    """
    curves = training_pairs.beside_resampled(
        table, vector_setting=vector_setting, prompt_setting=prompt_setting
    )
    by = [*RUN_KEY, "positive_letter", "positive_is_yes"]
    means = training_pairs.means(curves, "steerability", by)
    return means.sort_values(
        [*RUN_KEY, "positive_letter", "positive_is_yes"],
        ascending=[*(True for _ in RUN_KEY), True, False],
        kind="stable",
        ignore_index=True,
    )


def counterbalanced(table: pd.DataFrame) -> pd.DataFrame:
    """Return one row per item measured in both orders, free of the bias towards a letter.

    Columns: model, concept, kind, vector_setting, prompt_setting, direction, number,
    vector_concept, maker, layer, item, group, feature, positive_is_yes, `steerability` (mean of
    both orders), `position_bias` (half of the slope with the positive answer at A less that with it
    at B), `standard_error` (of the mean) and `planted_steerability`, `planted_position_bias` where
    they are known. Items of which one order only was measured are left out. Where answers have no
    letters, a question has no order: its slope is what was measured, and it has no position bias.
    """
    without = table[table["positive_letter"].isna()]
    if len(without):
        missing = dict.fromkeys(("position_bias", "planted_position_bias"), np.nan)
        plain = without.assign(**missing)
        lettered = table[table["positive_letter"].notna()]
        if lettered.empty:
            return plain
        return pd.concat([counterbalanced(lettered), plain], ignore_index=True, join="inner")
    values = ["steerability", "planted_steerability", "standard_error"]
    at_a = table[table["positive_letter"] == "A"]
    at_b = table.loc[table["positive_letter"] == "B", [*BOTH_ORDERS_KEY, *values]]
    both = at_a.merge(at_b, on=BOTH_ORDERS_KEY, suffixes=("_a", "_b"), validate="one_to_one")
    pairs = {name: (both[f"{name}_a"], both[f"{name}_b"]) for name in values}
    (a, b), (planted_a, planted_b) = pairs["steerability"], pairs["planted_steerability"]
    items = both[[*BOTH_ORDERS_KEY, "maker", "group", "feature", "positive_is_yes"]]
    return items.assign(
        steerability=(a + b) / 2,
        position_bias=(a - b) / 2,
        standard_error=np.hypot(*pairs["standard_error"]) / 2,
        planted_steerability=(planted_a + planted_b) / 2,
        planted_position_bias=(planted_a - planted_b) / 2,
    )


def position_bias(
    table: pd.DataFrame, *, vector_setting: str = "BASE", prompt_setting: str = "BASE"
) -> pd.DataFrame:
    """Return the mean bias towards a letter per model and concept, as `training_pairs.means`.

    Half the difference that it makes to the slope that the positive answer stands at A, in logits
    per unit of λ.
    """
    curves = training_pairs.beside_resampled(
        table, vector_setting=vector_setting, prompt_setting=prompt_setting
    )
    return training_pairs.means(counterbalanced(curves), "position_bias", RUN_KEY)
