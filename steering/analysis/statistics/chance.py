"""Chance: what random vectors of the same norm do to the mean slope.

A slope under a random direction is a linear functional of that direction, so over random directions
it is nearly normal, with mean zero by symmetry (λ and −λ are alike). Its spread is estimated from
all random vectors of the concept, prompt setting and layer. The QQ plot of `quantiles` shows
whether the random slopes are in fact normal.

Vectors made from the training pairs with shuffled labels, at their own norm, are a second null. A
label is decided by a coin, so their slopes have mean zero too, and being means over many pairs they
are nearly normal. Whether a vector does more than either is decided in `analysis.verdict`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from steering.analysis.curves import RUN_KEY, select
from steering.records.directions import RANDOM

RATE = 0.05  # of false discoveries within a family of tests
FEWEST = 10  # vectors from which a spread is estimated

# Random vectors are measured at the norm of the BASE vector, to which those of other settings are
# rescaled: the null depends on the prompt setting, and not on the vector's.
NULL_KEY = [*RUN_KEY, "prompt_setting", "layer"]


def beside_random(
    table: pd.DataFrame,
    *,
    vector_setting: str = "BASE",
    prompt_setting: str = "BASE",
    direction: str = "contrastive",
) -> pd.DataFrame:
    """Return the rows of one direction and pair of settings, and those of its random vectors."""
    there = select(table, direction=None, vector_setting=None, prompt_setting=prompt_setting)
    own = select(there, direction=direction, vector_setting=vector_setting, prompt_setting=None)
    return pd.concat([own, there[there["direction"] == RANDOM]])


def control_means(table: pd.DataFrame, control: str = "random") -> pd.DataFrame:
    """Return the mean slope of each random vector and its share of slopes below zero.

    Columns: model, concept, prompt_setting, layer, direction, number, mean, anti_steerable.
    `control` "shuffled" gives those of the shuffled labels' vectors instead.
    """
    drawn = table[table["direction"] == control]
    drawn = drawn.assign(below=(drawn["steerability"] < 0).astype(float))
    return drawn.groupby([*NULL_KEY, "direction", "number"], as_index=False, sort=False).agg(
        mean=("steerability", "mean"), anti_steerable=("below", "mean")
    )


def null(table: pd.DataFrame, control: str = "random") -> pd.DataFrame:
    """Return what random vectors do to the mean slope, per model, concept, prompt and layer.

    Columns: those four, `vectors`, `chance_sd`, `chance_low` and `chance_high` (95 % of mean slopes
    under chance), `chance_anti_low` and `chance_anti_high` (95 % of the random vectors' shares of
    slopes below zero). All but `vectors` are NaN where there are fewer than ten vectors.
    """
    by_place = control_means(table, control).groupby(NULL_KEY, as_index=False, sort=False)
    spread = by_place.agg(
        vectors=("mean", "size"),
        chance_sd=("mean", _about_zero),
        chance_anti_low=("anti_steerable", lambda share: share.quantile(0.025)),
        chance_anti_high=("anti_steerable", lambda share: share.quantile(0.975)),
    )
    chance_columns = spread.columns.str.startswith("chance_")
    spread.loc[spread["vectors"] < FEWEST, chance_columns] = math.nan
    width = spread["chance_sd"] * stats.t.ppf(0.975, spread["vectors"])
    return spread.assign(chance_low=-width, chance_high=width)


def spreads(table: pd.DataFrame, value: str, by: Sequence[str], control: str) -> pd.DataFrame:
    """Return how many vectors of a control there are, and how far their means of `value` spread.

    One row for each `by`, with the columns `control` (named like it: the number) and
    `<control>_spread`, the root mean square of the vectors' means: what is known to have mean zero.
    """
    drawn = table[table["direction"] == control]
    means = drawn.groupby([*by, "number"], sort=False, observed=True)[value].mean()
    squares = np.square(means).groupby(list(by), sort=False, observed=True)
    named = {control: squares.size(), f"{control}_spread": np.sqrt(squares.mean())}
    return pd.DataFrame(named).reset_index()


def quantiles(table: pd.DataFrame) -> pd.DataFrame:
    """Return the random vectors' mean slopes against those of a normal, for a QQ plot.

    Columns: model, concept, prompt_setting, layer, direction, number, `observed` (mean slope over
    its spread) and `theoretical` (standard normal quantile of its rank).
    """
    means = control_means(table)
    groups = means.groupby(NULL_KEY, sort=False)["mean"]
    spread, size = groups.transform(_about_zero), groups.transform("size")
    place = (groups.rank(method="first") - 0.5) / size
    scaled = means["mean"] / spread.where(spread > 0)
    observed = means.assign(observed=scaled, theoretical=stats.norm.ppf(place))
    return observed.drop(columns=["mean", "anti_steerable"])


def false_discovery(p: pd.Series, *, within: Sequence[pd.Series] = ()) -> pd.Series:
    """Return Benjamini and Hochberg's adjusted p, over all values or within each group of them."""
    values = p.dropna()
    if values.empty:
        return p.astype(float)
    if not within:
        adjusted = pd.Series(stats.false_discovery_control(values), index=values.index)
    else:
        keys = [series.loc[values.index] for series in within]
        adjusted = values.groupby(keys, sort=False).transform(stats.false_discovery_control)
    return adjusted.reindex(p.index)


def _about_zero(values: pd.Series) -> float:
    """Return the root mean square: the spread of what is known to have mean zero."""
    return float(np.sqrt(np.mean(np.square(values))))
