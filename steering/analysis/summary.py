"""The summary of a run that `steering measure` prints: mean slopes and their intervals."""

from __future__ import annotations

from typing import Any

from steering.analysis.curves import SETTING_PAIR, curve_table
from steering.analysis.statistics.training_pairs import COUNTS, beside_resampled, means, shares
from steering.records.results import Results


def summary(results: Results) -> list[dict[str, Any]]:
    """Return one row a pair of settings: the contrastive vector's mean slope, and how many fall.

    On test items at the chosen layer. `mean` has its 95 % interval `low`, `high` (bootstrap of
    groups), `sd`, that of the slopes, has `sd_low` and `sd_high`; `anti_steerable`, the share of
    slopes below zero, has `anti_steerable_low` and `anti_steerable_high` (Wilson, on the effective
    number of observations). `n` counts curves, `groups` what they are resampled by, and
    `vectors_resampled` the vectors that other training pairs gave (0 where the intervals are over
    test items alone).
    """
    curves = beside_resampled(curve_table(results), vector_setting=None, prompt_setting=None)
    below = curves.assign(below=curves["steerability"] < 0)
    share = shares(below, "below", SETTING_PAIR).drop(columns=list(COUNTS))
    named = {"share": "anti_steerable"} | {end: f"anti_steerable_{end}" for end in ("low", "high")}
    table = means(below, "steerability", SETTING_PAIR).merge(
        share.rename(columns=named), on=SETTING_PAIR
    )
    rows = table.astype(dict.fromkeys(COUNTS, int)).to_dict("records")
    return [{str(name): _known(value) for name, value in row.items()} for row in rows]


def _known(value: Any) -> Any:
    # JSON has no NaN: what cannot be said (one group has no interval) is null.
    return None if isinstance(value, float) and value != value else value  # noqa: PLR0124
