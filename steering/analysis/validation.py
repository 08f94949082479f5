"""Recovered against planted: does the pipeline find the truth where the truth is known?

An embedded model was trained so that every item's slope is known. The `planted` direction is the
one that carries the persona in that model, the `contrastive` one is what the pipeline found without
knowing it: the first shows what the model learned, the second what the pipeline recovers of it.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from steering.analysis.curves import of
from steering.analysis.intervals import (
    correlations,
    each,
    effective_number,
    percentiles,
    resampled,
    share_interval,
)

DIRECTIONS = ("contrastive", "planted")
CLEAR = 0.4  # logits per unit of λ: planted slopes nearer to zero have no sign worth agreeing on


def known(
    table: pd.DataFrame, *, vector_setting: str = "BASE", prompt_setting: str = "BASE"
) -> pd.DataFrame:
    """Return the curves of both directions whose true slope is known; empty where none is."""
    pair = of(table, direction=None, vector_setting=vector_setting, prompt_setting=prompt_setting)
    told = pair["direction"].isin(DIRECTIONS) & pair["planted_steerability"].notna()
    return pair[told]


def recovery(
    table: pd.DataFrame,
    *,
    vector_setting: str = "BASE",
    prompt_setting: str = "BASE",
    pooled: bool = False,
) -> pd.DataFrame:
    """Return how well planted slopes are recovered, per model, direction and concept.

    `table` is `joined(...)`. `pooled` takes all concepts together (`concept` is then "all").

    - `planted`: mean planted slope; `recovered`, `recovered_low`, `recovered_high`: mean measured
      slope with its 95 % interval (bootstrap of groups); `covered`: whether that holds `planted`
    - `bias`, `bias_low`, `bias_high`: mean of measured less planted, curve by curve, so that it is
      seen even where items differ by more
    - `rmse`, `rmse_low`, `rmse_high`: root mean square of measured less planted, over curves
    - `correlation`, `correlation_low`, `correlation_high`: Pearson's, over curves; NaN where the
      planted slopes do not vary
    - `sign_agreement`, `sign_low`, `sign_high`, `clear`: share of the `clear` curves with
      |planted slope| > 0.4 whose sign is recovered; NaN where there is none
    - `anti_steerable_planted`, `anti_steerable_recovered`: shares of slopes below zero
    - `n` (curves), `groups`
    """
    told = known(table, vector_setting=vector_setting, prompt_setting=prompt_setting)
    if pooled:
        told = told.assign(concept="all")
    by = ["model", "direction", "concept"]
    rows = [{**dict(zip(by, key, strict=True)), **_recovered(part)} for key, part in each(told, by)]
    found = pd.DataFrame(rows, columns=[*by, *_COLUMNS])
    r = correlations(told, "planted_steerability", "steerability", by)
    r = r.drop(columns=["n", "groups"]).rename(
        columns={"low": "correlation_low", "high": "correlation_high"}
    )
    return found.merge(r, on=by)


_COLUMNS = [
    *("planted", "recovered", "recovered_low", "recovered_high", "covered"),
    *("bias", "bias_low", "bias_high"),
    *("rmse", "rmse_low", "rmse_high"),
    *("sign_agreement", "sign_low", "sign_high", "clear"),
    *("anti_steerable_planted", "anti_steerable_recovered", "n", "groups"),
]


def _recovered(part: pd.DataFrame) -> dict[str, float | bool]:
    planted = part["planted_steerability"].to_numpy(dtype=np.float64)
    slope = part["steerability"].to_numpy(dtype=np.float64)
    error = slope - planted
    columns = np.column_stack([np.ones_like(slope), slope, error, error**2])
    sums, groups = resampled(columns, part["group"])
    drawn = sums[:, 1:] / sums[:, :1]
    low, high = percentiles(drawn[:, 0], groups)
    bias_low, bias_high = percentiles(drawn[:, 1], groups)
    rmse_low, rmse_high = percentiles(np.sqrt(drawn[:, 2]), groups)

    clear = np.abs(planted) > CLEAR
    agree = np.sign(slope[clear]) == np.sign(planted[clear])
    share = float(agree.mean()) if clear.any() else math.nan
    effective = effective_number(agree, part["group"][clear])
    sign_low, sign_high = share_interval(share * effective, effective)
    return {
        "planted": float(planted.mean()),
        "recovered": float(slope.mean()),
        "recovered_low": low,
        "recovered_high": high,
        "covered": bool(low <= planted.mean() <= high),
        "bias": float(error.mean()),
        "bias_low": bias_low,
        "bias_high": bias_high,
        "rmse": float(np.sqrt((error**2).mean())),
        "rmse_low": rmse_low,
        "rmse_high": rmse_high,
        "sign_agreement": share,
        "sign_low": sign_low,
        "sign_high": sign_high,
        "clear": int(clear.sum()),
        "anti_steerable_planted": float((planted < 0).mean()),
        "anti_steerable_recovered": float((slope < 0).mean()),
        "n": len(part),
        "groups": groups,
    }
