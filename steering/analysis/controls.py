"""Controls beside the vector: what other vectors do, and what a persona in the prompt does.

All of them are measured on the same items in the same orders as the contrastive vector, BASE→BASE,
so ratios and differences are paired: whatever groups a draw of the bootstrap takes, it takes for
both.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from steering.analysis.answering import unsteered
from steering.analysis.curves import CURVE_KEY, RUN_CURVE_KEY, RUN_KEY, is_given, select
from steering.analysis.statistics import training_pairs
from steering.analysis.statistics.groups import Array, each, p_of_zero, percentiles, resampled
from steering.records.directions import OTHER, UNSTEERED, VECTOR_KEY
from steering.records.results import Results
from steering.records.tables import STEERABILITY_KEY

# The vector with something as long added at right angles does what it does by itself, and what a
# random vector does: it would say the latter twice.
CONTROLS = ("contrastive", "planted", "other", "shuffled", "random")
NULLS = ("shuffled", "random")
VECTOR = "vector"
TOWARDS = {"SYS_POS": 1, "USER_POS": 1, "SYS_NEG": -1, "USER_NEG": -1}


def vector_means(table: pd.DataFrame) -> pd.DataFrame:
    """Return the mean slope of every vector: the contrastive one, the planted one, each control.

    `table` is `curve_table(...)`. Columns: model, concept, kind, `control` (its kind, one of
    `CONTROLS`), `direction`, `number`, `vector_concept`, `mean`.
    """
    pair = _pair(table)
    by = [*RUN_KEY, "control", *VECTOR_KEY]
    return pair.groupby(by, as_index=False, sort=False).agg(mean=("steerability", "mean"))


def controls(table: pd.DataFrame) -> pd.DataFrame:
    """Return what each kind of control does beside the contrastive vector, per model and concept.

    `table` is `curve_table(...)`. One row for each of `CONTROLS` that was measured, the contrastive
    vector itself among them:

    - `vectors` of that kind, and the `other` concept, where the vector is another concept's
    - `mean`, `low`, `high`: mean slope over those vectors, 95 %, bootstrap of groups; of the
      contrastive vector over training pairs as well (`vectors_resampled`, see `training_pairs`)
    - `size`: root mean square of the vectors' mean slopes, that is what one of them does
    - `ratio`, `ratio_low`, `ratio_high`: mean as a multiple of the contrastive vector's, paired;
      NaN where the interval of the latter holds zero (a multiple of nothing says nothing)
    - `n` (curves of each vector), `groups`
    - `given`: whether the contrastive vector was given as a file

    Whether the contrastive vector does more than the nulls is decided in `analysis.verdict`.
    """
    rows = []
    pair = _pair(table)
    for run, part in each(pair, RUN_KEY):
        contrastive = part[part["direction"] == "contrastive"]
        own_slopes = contrastive[[*CURVE_KEY, "group", "steerability"]]
        for control in CONTROLS:
            vectors = part[part["control"] == control]
            if vectors.empty or own_slopes.empty:
                continue
            own = vectors.groupby(CURVE_KEY, as_index=False)["steerability"].mean()
            both = own_slopes.merge(
                own, on=CURVE_KEY, suffixes=("_made", ""), validate="one_to_one"
            )
            means = vectors.groupby(VECTOR_KEY, sort=False)["steerability"].mean()
            name = str(vectors["vector_concept"].iloc[0]) if control == OTHER else ""
            size = float(np.sqrt((means**2).mean()))
            rows.append((*run, control, name, len(means), size, *_beside(both)))
    columns = [*RUN_KEY, "control", "other", "vectors", "size"]
    effects = pd.DataFrame(rows, columns=[*columns, *_BESIDE])
    contrastive = training_pairs.means(
        training_pairs.beside_resampled(table), "steerability", RUN_KEY
    )
    contrastive = contrastive[[*RUN_KEY, "low", "high", "vectors_resampled"]].assign(
        control="contrastive"
    )
    effects = effects.merge(
        contrastive, how="left", on=[*RUN_KEY, "control"], suffixes=("", "_made")
    )
    ends = {end: effects.pop(f"{end}_made").fillna(effects[end]) for end in ("low", "high")}
    return effects.assign(
        **ends,
        vectors_resampled=effects["vectors_resampled"].fillna(0).astype(int),
        given=is_given(effects, table),
    )


def prompting(table: pd.DataFrame, results: Results, *, multiplier: float = 1.0) -> pd.DataFrame:
    """Return what a persona in the prompt does without a vector, beside what the vector does.

    `table` is `curve_table(results)`. One row per model, concept and `means`: a prompt setting, or
    `VECTOR`, once for each side (`towards` is 1 for the positive persona and λ = `multiplier`, −1
    for the others):

    - `mean`, `low`, `high`: mean change of the propensity, in logits, from BASE without a vector;
      95 %, bootstrap of groups
    - `ahead`, `ahead_low`, `ahead_high`: how much further to its side the prompt moves it than the
      vector does, paired; NaN for the vector's own rows
    - `p`: two-sided, that prompt and vector do as much (Student's t on the groups)
    - `equal_multiplier`: the λ at which the vector would move the answer as far as the persona
      does, by the vector's mean slope; both NaN for the vector's own rows
    - `n` (curves), `groups`

    A λ that was not measured has no rows, and nothing is ahead of it.
    """
    curves = select(table)[[*STEERABILITY_KEY, "kind", "group"]]
    sweep = curves.merge(select(results.sweep), on=list(STEERABILITY_KEY), validate="one_to_many")
    key = RUN_CURVE_KEY
    at = sweep.pivot_table(index=key, columns="multiplier", values="propensity")
    group = curves.set_index(key)["group"].reindex(at.index)
    rest = unsteered(results)
    rest = rest.pivot_table(index=key, columns="prompt_setting", values="propensity")
    rest = rest.reindex(at.index)
    # At λ = 0 an operator may do something: then the model as it is stands in rows of its own.
    apart = (results.sweep["direction"] == UNSTEERED).any()
    still = rest["BASE"] if apart else at[0.0]
    moved = {side: at[side * multiplier] - still for side in (1, -1) if side * multiplier in at}
    changed = {
        (setting, side): rest[setting] - rest["BASE"]
        for setting, side in TOWARDS.items()
        if setting in rest
    }
    changed |= {(VECTOR, side): change for side, change in moved.items()}
    rows = []
    for (means, side), change in changed.items():
        vector = moved.get(side, math.nan) if means != VECTOR else math.nan
        changes = pd.DataFrame({"change": change, "vector": vector, "group": group}).reset_index()
        for run, part in each(changes.dropna(subset="change"), RUN_KEY):
            rows.append((*run, means, side, *_ahead(part, side)))
    columns = ["mean", "low", "high", "ahead", "ahead_low", "ahead_high", "p", "n", "groups"]
    moved_by = pd.DataFrame(rows, columns=[*RUN_KEY, "means", "towards", *columns])
    own = select(table).groupby(RUN_KEY, as_index=False, sort=False)
    slope = own.agg(slope=("steerability", "mean"))
    moved_by = moved_by.merge(slope, how="left", on=RUN_KEY)
    equal = (moved_by["mean"] / moved_by.pop("slope")).where(moved_by["means"] != VECTOR)
    return moved_by.assign(equal_multiplier=equal)


_BESIDE = ("mean", "low", "high", "ratio", "ratio_low", "ratio_high", "n", "groups")


def _pair(table: pd.DataFrame) -> pd.DataFrame:
    pair = select(table, direction=None)
    pair = pair.assign(control=pair["direction"])
    return pair[pair["control"].isin(CONTROLS)]


def _beside(both: pd.DataFrame) -> tuple[float, ...]:
    values: Array = both[["steerability_made", "steerability"]].to_numpy(dtype=np.float64)
    sums, groups = resampled(np.column_stack([np.ones(len(values)), values]), both["group"])
    own, mean = values.mean(axis=0)
    steers = _leaves_out_zero(percentiles(sums[:, 1] / sums[:, 0], groups))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = percentiles(sums[:, 2] / sums[:, 1], groups)
    interval = percentiles(sums[:, 2] / sums[:, 0], groups)
    ratios = (mean / own, *ratio) if steers else (math.nan,) * 3
    return mean, *interval, *ratios, len(values), groups


def _ahead(part: pd.DataFrame, side: int) -> tuple[float, ...]:
    values: Array = part[["change", "vector"]].to_numpy(dtype=np.float64)
    further = side * (values[:, 0] - values[:, 1])
    columns = np.column_stack([np.ones(len(values)), values[:, 0], further])
    sums, groups = resampled(columns, part["group"])
    interval = percentiles(sums[:, 1] / sums[:, 0], groups)
    drawn = sums[:, 2] / sums[:, 0]
    ahead = percentiles(drawn, groups)
    change, mean = float(values[:, 0].mean()), float(further.mean())
    return change, *interval, mean, *ahead, p_of_zero(drawn, mean, groups), len(values), groups


def _leaves_out_zero(interval: tuple[float, float]) -> bool:
    return interval[0] > 0 or interval[1] < 0
