"""Whether training items alone tell how well a vector will work, over all concepts and models.

Each predictor (`records.predictors`) is held against four outcomes of the same vector on test
items. Ranks are taken within each model, so that nothing is learned from what sets models apart,
and concepts are what is resampled and permuted, with all of their models. Concepts whose truth we
have planted and public data sets are never pooled.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from steering.analysis.curves import RUN_KEY, select
from steering.analysis.letters import counterbalanced
from steering.analysis.statistics.chance import RATE, beside_random, false_discovery, null
from steering.analysis.statistics.groups import (
    DRAWS,
    SEED,
    Array,
    each,
    pearson,
    percentiles,
    times,
)
from steering.records.predictors import PREDICTORS
from steering.records.tables import SHIFTS

SLOPE, EFFECT, REVERSED, LEFT = "slope", "effect", "reversed", "left"
OUTCOMES = (SLOPE, EFFECT, REVERSED, LEFT)
PERMUTATIONS = 9999
FEWEST = 4  # concepts of a model, below which ranks say nothing
# Where the mean slope is within 95 % of random vectors', there is no effect of which a share could
# be left.
_CHANCE = 1.96
_SETTING = ["form", "kind", "predictor", "outcome"]
_COLUMNS = [
    *(*_SETTING, "rho", "low", "high", "p", "concepts", "models"),
    *("error", "baseline", "gain"),
]


def outcomes(*curves: pd.DataFrame) -> pd.DataFrame:
    """Return how well each vector works: a row per model, concept, kind and form.

    Takes `curve_table(...)` of each form that was asked. Of the contrastive vector on test items:

    - `slope`: mean slope, per unit of λ, as papers have it: a longer vector does more
    - `effect`: mean slope, as a multiple of what a random vector of the same length does (root mean
      square of their mean slopes), so that neither the vector's length nor the model's logits count
    - `reversed`: share of questions (both orders together) whose slope is below zero
    - `left`: what is left of the mean slope under the paper's four shifts of the prompt, on average
      over those that were measured; NaN where random vectors do as much in distribution
    """
    parts = [
        _of_form(part).assign(form=str(form))
        for table in curves
        for (form,), part in each(table, ["form"])
    ]
    columns = [*RUN_KEY, "form", *OUTCOMES]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def beside_outcomes(predictors: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """Return each predictor of each vector beside each of its outcomes.

    Takes the tables of `records.predictors.predictors_of_runs` and `outcomes`. Columns: model,
    concept, kind, form, predictor, outcome, `x` (the predictor's value), `y` (the outcome's).
    """
    long = found.melt([*RUN_KEY, "form"], list(OUTCOMES), var_name="outcome", value_name="y")
    keys = ["model", "concept", "form"]
    words = dict.fromkeys(keys, "str")
    named = predictors.rename(columns={"value": "x"})[[*keys, "predictor", "x"]].astype(words)
    both = named.merge(long.astype(words), on=keys)
    return both.dropna(subset=["x", "y"]).reset_index(drop=True)


def correlations(
    both: pd.DataFrame, *, permutations: int = PERMUTATIONS, draws: int = DRAWS
) -> pd.DataFrame:
    """Return how far each predictor goes with each outcome, and whether it is worth anything.

    Takes the table of `beside_outcomes`. One row per form, kind, predictor and outcome:

    - `rho`: Spearman's rank correlation within models, on average over models (by their concepts);
      `low`, `high`: 95 %, bootstrap of concepts, each with all of its models
    - `p`: two-sided, by permuting concepts, each with all of its models; `q`: adjusted over all
      rows of the table (Benjamini and Hochberg, 1995)
    - `error`: root mean square error of a line that is fitted in all other models and foretells the
      outcome in the one left out; `baseline`: that of the other models' mean outcome; `gain`: the
      share of the squared error that the line saves (below zero: it does worse). NaN for one model.
    - `worth`: q is at most 5 %, and with several models the line beats the mean
    - `concepts`, `models`
    """
    rows = []
    for key, part in each(both, _SETTING):
        rows.append((*key, *_correlated(part, permutations, draws), *_left_out(part)))
    table = pd.DataFrame(rows, columns=_COLUMNS)
    q = false_discovery(table["p"].astype(float))
    worth = (q <= RATE) & ((table["gain"] > 0) | (table["models"] < 2))
    table = table.assign(q=q, worth=worth.astype(bool))
    ranks = table["predictor"].map({name: at for at, name in enumerate(PREDICTORS)})
    return table.iloc[np.argsort(ranks.to_numpy(dtype=float), kind="stable")].reset_index(drop=True)


def place_among(value: float, others: pd.Series) -> tuple[int, int]:
    """Return how many of the other values lie below one, and how many there are."""
    known = others.dropna()
    return int((known < value).sum()), len(known)


def _of_form(curves: pd.DataFrame) -> pd.DataFrame:
    own = select(curves)
    found = own.groupby(RUN_KEY, as_index=False, sort=False).agg(slope=("steerability", "mean"))
    chance = null(beside_random(curves))[[*RUN_KEY, "chance_sd"]]
    found = found.merge(chance, how="left", on=RUN_KEY)
    questions = counterbalanced(own)
    below = (questions["steerability"] < 0).groupby([questions[name] for name in RUN_KEY])
    found = found.merge(below.mean().rename(REVERSED).reset_index(), how="left", on=RUN_KEY)
    found[EFFECT] = found[SLOPE] / found["chance_sd"]
    away = [
        select(curves, vector_setting=vector, prompt_setting=prompt) for vector, prompt in SHIFTS
    ]
    means = [one.groupby(RUN_KEY)["steerability"].mean() for one in away if len(one)]
    if not means:
        return found.assign(**{LEFT: math.nan})
    mean_away = pd.concat(means, axis=1).mean(axis=1).rename("away").reset_index()
    found = found.merge(mean_away, how="left", on=RUN_KEY)
    steers = found[EFFECT].abs() > _CHANCE
    return found.assign(**{LEFT: (found["away"] / found[SLOPE]).where(steers)})


def _correlated(part: pd.DataFrame, permutations: int, draws: int) -> tuple[Any, ...]:
    """Return rho, its interval, p, and the numbers of concepts and of models."""
    counted = part.groupby("model").agg(n=("x", "size"), x=("x", np.ptp), y=("y", np.ptp))
    usable = counted.index[(counted["n"] >= FEWEST) & (counted["x"] > 0) & (counted["y"] > 0)]
    part = part[part["model"].isin(usable)]
    concepts = part["concept"].nunique()
    if not len(usable):
        return (math.nan,) * 4 + (concepts, 0)
    x, y = (_ranks(part.pivot(index="concept", columns="model", values=name)) for name in "xy")
    there = np.isfinite(x)
    zx, zy = np.where(there, x, 0.0), np.where(there, y, 0.0)
    rho = float((zx * zy).sum() / there.sum())
    low, high = percentiles(_drawn(zx, zy, there, draws), concepts)
    shuffled = zy[_orders(there, permutations)]
    beyond = np.abs((zx * shuffled).sum((1, 2)) / there.sum()) >= abs(rho) - 1e-12
    p = (1 + int(beyond.sum())) / (permutations + 1)
    return rho, low, high, p, concepts, len(usable)


def _ranks(values: pd.DataFrame) -> Array:
    """Return the ranks within each column, with mean 0 and variance 1; NaN stays NaN."""
    ranks = stats.rankdata(values.to_numpy(dtype=float), axis=0, nan_policy="omit")
    return np.asarray((ranks - np.nanmean(ranks, axis=0)) / np.nanstd(ranks, axis=0))


def _drawn(zx: Array, zy: Array, there: np.ndarray, draws: int) -> Array:
    """Return the correlation of the ranks in each bootstrap draw of concepts."""
    drawn = times(len(zx), draws, SEED)
    total, size = np.zeros(draws), np.zeros(draws)
    for a, b, known in zip(zx.T, zy.T, there.T, strict=True):
        sums = drawn @ np.column_stack([known, a, b, a * a, b * b, a * b]).astype(float)
        rho = pearson(sums)
        counted = np.where(np.isfinite(rho), sums[:, 0], 0.0)
        total += np.nan_to_num(rho) * counted
        size += counted
    return np.divide(total, size, out=np.full(draws, np.nan), where=size > 0)


def _orders(there: np.ndarray, count: int) -> np.ndarray:
    """Return random orders of the concepts (orders × concepts).

    Only concepts that were measured in the same models change places.
    """
    generator = np.random.default_rng(SEED)
    orders = np.tile(np.arange(len(there)), (count, 1))
    _, pattern = np.unique(there, axis=0, return_inverse=True)
    for number in range(pattern.max() + 1):
        own = np.flatnonzero(pattern.ravel() == number)
        orders[:, own] = generator.permuted(np.tile(own, (count, 1)), axis=1)
    return orders


def _left_out(part: pd.DataFrame) -> tuple[float, float, float]:
    """Return the errors of a line and of the mean in models left out, and what the line saves."""
    errors, flat = [], []
    for model in part["model"].unique():
        own = part["model"] == model
        seen, new = part[~own], part[own]
        if len(seen) < FEWEST or np.ptp(seen["x"]) == 0:
            continue
        line = stats.linregress(seen["x"], seen["y"])
        errors.append(new["y"] - (line.intercept + line.slope * new["x"]))
        flat.append(new["y"] - seen["y"].mean())
    if not errors:
        return math.nan, math.nan, math.nan
    error, baseline = (float(np.sqrt((pd.concat(one) ** 2).mean())) for one in (errors, flat))
    return error, baseline, 1 - (error / baseline) ** 2 if baseline else math.nan
