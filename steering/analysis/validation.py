"""How well slopes are recovered where the true ones are known, because they were planted.

An embedded model was trained so that every item's slope is known. The `planted` direction is the
one that carries the persona in that model, the `contrastive` one is what the pipeline found without
knowing it: the first shows what the model learned, the second what the pipeline recovers of it.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from steering.analysis.brittleness import shift_name
from steering.analysis.curves import RUN_CURVE_KEY, RUN_KEY, SETTING_PAIR, select
from steering.analysis.statistics import training_pairs
from steering.analysis.statistics.groups import (
    each,
    effective_number,
    percentiles,
    share_interval,
)

DIRECTIONS = ("contrastive", "planted")
FEW_VALUES = 6  # planted slopes of a concept; more are drawn as a scatter plot
HOME, EVERY = shift_name("BASE", "BASE"), "all that were measured"
CLEAR = 0.4  # logits per unit of λ: planted slopes nearer to zero have no sign worth agreeing on


def planted_curves(
    table: pd.DataFrame, *, vector_setting: str = "BASE", prompt_setting: str = "BASE"
) -> pd.DataFrame:
    """Return the curves of both directions whose true slope is known; empty where none is."""
    pair = select(
        table, direction=None, vector_setting=vector_setting, prompt_setting=prompt_setting
    )
    has_truth = pair["direction"].isin(DIRECTIONS) & pair["planted_steerability"].notna()
    return pair[has_truth]


def recovery(
    table: pd.DataFrame,
    *,
    vector_setting: str = "BASE",
    prompt_setting: str = "BASE",
    pooled: bool = False,
) -> pd.DataFrame:
    """Return how well planted slopes are recovered, per model, direction, concept and kind.

    `table` is `curve_table(...)`. `pooled` takes all concepts together (`concept` is then "all",
    and has no `kind`).

    - `planted`: mean planted slope; `recovered`, `recovered_low`, `recovered_high`: mean measured
      slope with its 95 % interval; `covered`: whether that holds `planted`
    - `bias`, `bias_low`, `bias_high`: mean of measured less planted, curve by curve, so that it is
      seen even where items differ by more
    - `rmse`, `rmse_low`, `rmse_high`: root mean square of measured less planted, over curves
    - `correlation`, `correlation_low`, `correlation_high`: Pearson's, over curves; NaN where the
      planted slopes do not vary
    - `sign_agreement`, `sign_low`, `sign_high`, `clear`: share of the `clear` curves with
      |planted slope| > 0.4 whose sign is recovered; NaN where there is none
    - `anti_steerable_planted`, `anti_steerable_recovered`: shares of slopes below zero
    - `n` (curves), `groups`, `vectors_resampled`

    Intervals are by a bootstrap of groups of test items and, along the contrastive vector
    BASE→BASE, of training pairs (see `training_pairs`); the planted direction is not made from any.
    """
    pair = {"vector_setting": vector_setting, "prompt_setting": prompt_setting}
    curves = planted_curves(table, **pair)
    beside = training_pairs.beside_resampled(table, **pair)
    beside = beside[training_pairs.is_resampled(beside["direction"])]
    # The truth of a curve is that of its item, whatever vector it is steered by.
    truth = curves.loc[
        curves["direction"] == DIRECTIONS[0], [*RUN_CURVE_KEY, "planted_steerability"]
    ]
    beside = beside.drop(columns="planted_steerability").merge(truth, on=RUN_CURVE_KEY)
    rows = pd.concat([curves.assign(along=curves["direction"]), beside.assign(along=DIRECTIONS[0])])
    if pooled:
        rows = rows.assign(concept="all")
    by = ["model", "along", "concept", *([] if pooled else ["kind"])]
    recovered = [
        {**dict(zip(by, key, strict=True)), **_recovered(part)} for key, part in each(rows, by)
    ]
    return pd.DataFrame(recovered, columns=[*by, *_COLUMNS]).rename(columns={"along": "direction"})


_COLUMNS = [
    *("planted", "recovered", "recovered_low", "recovered_high", "covered"),
    *("bias", "bias_low", "bias_high"),
    *("rmse", "rmse_low", "rmse_high"),
    *("correlation", "correlation_low", "correlation_high"),
    *("sign_agreement", "sign_low", "sign_high", "clear"),
    *("anti_steerable_planted", "anti_steerable_recovered", *training_pairs.COUNTS),
]


def covered_truth(table: pd.DataFrame) -> pd.DataFrame:
    """Return how many intervals of mean slopes hold the truth, along either direction.

    `table` is `curve_table(...)`. An interval is that of one concept's mean slope in one pair of
    settings. One row per model, `direction`, `against` and `settings` (BASE→BASE alone, or all):

    - along the planted direction, against what was planted: no vector was estimated here, so what
      is missed is the model's own error, which learned a little more or less than its plan
    - along the contrastive vector, against what was planted: the pipeline's error and the model's
    - along the contrastive vector, against what is `learned`: the mean slope that the planted
      direction has in this model on the same curves, so that the model's own error is left out

    Columns: `intervals`, `held`, `share`, `low`, `high` (95 %, Wilson's, on an effective number
    that counts concepts, since the settings of one are not independent), `concepts`, `distance`
    (median size of measured less true), `resampled` (intervals that count training pairs too).
    """
    cells = truth_cells(table)
    rows = []
    for settings, part in ((HOME, cells[_at_home(cells)]), (EVERY, cells)):
        for key, held in each(part, ["model", "direction", "against"]):
            number = effective_number(held["holds"], held["concept"])
            share = float(held["holds"].mean())
            ends = share_interval(share * number, number)
            distance = (held["mean"] - held["truth"]).abs().median()
            counts = (held["concept"].nunique(), distance, (held["vectors_resampled"] > 0).sum())
            rows.append((*key, settings, len(held), held["holds"].sum(), share, *ends, *counts))
    columns = ["intervals", "held", "share", "low", "high", "concepts", "distance", "resampled"]
    return pd.DataFrame(rows, columns=["model", "direction", "against", "settings", *columns])


def truth_cells(table: pd.DataFrame) -> pd.DataFrame:
    """Return each interval that `covered_truth` counts, beside the truth.

    One row per model, concept, kind, vector_setting, prompt_setting, `direction` and `against`:
    `mean`, `low`, `high`, `vectors_resampled`, `truth` and `holds`.
    """
    by = [*RUN_KEY, *SETTING_PAIR]
    known = table[table["direction"].isin(DIRECTIONS) & table["planted_steerability"].notna()]
    found = []
    for direction in DIRECTIONS:
        own = known[known["direction"] == direction]
        concepts = own[["model", "concept"]].drop_duplicates()
        beside = own
        if direction == DIRECTIONS[0]:
            beside = training_pairs.beside_resampled(
                table.merge(concepts), vector_setting=None, prompt_setting=None
            )
        means = training_pairs.means(beside, "steerability", by)
        truth = own.groupby(by, observed=True)["planted_steerability"].mean().rename("truth")
        found.append(
            means.merge(truth.reset_index(), on=by).assign(direction=direction, against="planted")
        )
    learned = found[1][[*by, "mean"]].rename(columns={"mean": "truth"})
    alone = found[0].drop(columns="truth").merge(learned, on=by)
    cells = pd.concat([*found, alone.assign(against="learned")], ignore_index=True)
    cells["holds"] = (cells["low"] <= cells["truth"]) & (cells["truth"] <= cells["high"])
    columns = ["mean", "low", "high", "vectors_resampled", "truth", "holds"]
    return cells[[*by, "direction", "against", *columns]]


def _at_home(cells: pd.DataFrame) -> pd.Series:
    return (cells["vector_setting"] == "BASE") & (cells["prompt_setting"] == "BASE")


def by_planted_value(curves: pd.DataFrame) -> pd.DataFrame:
    """Return the slopes of the curves that were planted alike: their mean, and how far they spread.

    `curves` are those of `planted_curves`. One row per model, direction, concept, kind and
    `planted` (the planted slope): `mean`, `low`, `high` (the middle 95 % of curves), `n`.
    """
    rounded = curves.assign(planted=curves["planted_steerability"].round(6))
    by = ["model", "direction", "concept", "kind", "planted"]
    slopes = rounded.groupby(by, observed=True, sort=False)["steerability"]
    ends = {"low": slopes.quantile(0.025), "high": slopes.quantile(0.975)}
    return pd.DataFrame({"mean": slopes.mean(), **ends, "n": slopes.size()}).reset_index()


def with_many_values(curves: pd.DataFrame, most: int = FEW_VALUES) -> pd.DataFrame:
    """Return the curves of concepts that were planted with more than `most` different slopes.

    Of those with fewer, a scatter plot would show columns of points; see `by_planted_value`.
    """
    values = curves["planted_steerability"].round(6)
    counts = values.groupby([curves["model"], curves["concept"]]).transform("nunique")
    return curves[counts > most]


def _recovered(part: pd.DataFrame) -> dict[str, float | bool]:
    part = part.assign(error=part["steerability"] - part["planted_steerability"])
    own = part[~training_pairs.is_resampled(part["direction"])]
    planted, slope, error = own["planted_steerability"], own["steerability"], own["error"]
    errors = training_pairs.drawn(
        part, np.column_stack([np.ones(len(part)), part["error"], part["error"] ** 2])
    )
    bias, square = (errors.sums[:, at] / errors.sums[:, 0] for at in (1, 2))
    rmse = float(np.sqrt((error**2).mean()))
    mean = training_pairs.means(part, "steerability", []).iloc[0]
    r = training_pairs.correlations(part, "planted_steerability", "steerability", []).iloc[0]
    clear = part[part["planted_steerability"].abs() > CLEAR]
    clear = clear.assign(
        agrees=np.sign(clear["steerability"]) == np.sign(clear["planted_steerability"])
    )
    signs = training_pairs.shares(clear, "agrees", [])
    sign = signs.iloc[0] if len(signs) else dict.fromkeys(["share", "low", "high"], math.nan)
    return {
        "planted": float(planted.mean()),
        "recovered": mean["mean"],
        "recovered_low": mean["low"],
        "recovered_high": mean["high"],
        "covered": bool(mean["low"] <= planted.mean() <= mean["high"]),
        "bias": float(error.mean()),
        **_ends("bias", percentiles(bias, errors.groups)),
        "rmse": rmse,
        **_ends("rmse", percentiles(np.sqrt(square), errors.groups, estimate=rmse)),
        "correlation": r["correlation"],
        **_ends("correlation", (r["low"], r["high"])),
        "sign_agreement": sign["share"],
        **_ends("sign", (sign["low"], sign["high"])),
        "clear": int((planted.abs() > CLEAR).sum()),
        "anti_steerable_planted": float((planted < 0).mean()),
        "anti_steerable_recovered": float((slope < 0).mean()),
        **{name: int(mean[name]) for name in training_pairs.COUNTS},
    }


def _ends(name: str, interval: tuple[float, float]) -> dict[str, float]:
    return {f"{name}_low": interval[0], f"{name}_high": interval[1]}
