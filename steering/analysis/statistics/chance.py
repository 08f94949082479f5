"""Chance: what random vectors of the same norm do, and tests of a vector against them.

A slope under a random direction is a linear functional of that direction, so over random directions
it is nearly normal, with mean zero by symmetry (λ and −λ are alike). Its spread is estimated from
all random vectors of the concept, prompt setting and layer; since the spread is estimated, the test
is two-sided with Student's t of as many degrees of freedom as there are vectors. The QQ plot of
`quantiles` shows whether the random slopes are in fact normal.

Vectors made from the training pairs with shuffled labels, at their own norm, are a second null. A
label is decided by a coin, so their slopes have mean zero too, and being means over many pairs they
are nearly normal: the same test serves.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from steering.analysis.curves import CURVE_KEY, RUN_KEY, SETTING_PAIR, select
from steering.records.directions import CONTRASTIVE, PLANTED, RANDOM

RATE = 0.05  # of false discoveries among what is called beyond chance
FEWEST = 10  # vectors from which a spread is estimated
TESTED = (CONTRASTIVE, PLANTED)  # all other directions are controls, or have another norm

# Random vectors are measured at the norm of the BASE vector, to which those of other settings are
# rescaled: the null depends on the prompt setting, and not on the vector's.
NULL_KEY = [*RUN_KEY, "prompt_setting", "layer"]
CURVE_NULL_KEY = [*NULL_KEY, *CURVE_KEY]
EFFECT_KEY = [*RUN_KEY, *SETTING_PAIR, "layer", "direction"]


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


def against_chance(
    table: pd.DataFrame, control: str = "random", *, rate: float = RATE
) -> pd.DataFrame:
    """Return the mean slopes of contrastive and planted vectors beside their null.

    One row per model, concept, vector_setting, prompt_setting, layer and direction, with `mean`,
    the columns of `null`, `p` (two-sided), `q` (Benjamini-Hochberg over all rows of the same
    direction: give the rows that are shown together) and `beyond_chance` (q ≤ `rate`; missing where
    there is no null, as for a direction planted at another layer). `control` names the null,
    "random" or "shuffled".
    """
    curves = table[table["direction"].isin(TESTED)]
    effects = curves.groupby(EFFECT_KEY, as_index=False, sort=False).agg(
        mean=("steerability", "mean")
    )
    effects = effects.merge(null(table, control), how="left", on=NULL_KEY)
    return _tested(effects, "mean", rate, within=["direction"])


def items_against_chance(
    table: pd.DataFrame, *, pooled: bool = False, rate: float = RATE
) -> pd.DataFrame:
    """Return every curve beside the slopes that random vectors give the same item and order.

    The rows of `table` that are no control, with `vectors` and `chance_sd` (of that curve's own
    random slopes, or, `pooled`, of those of all curves of the concept), `p`, `q` (over the curves
    of one direction, concept and pair of settings), `beyond_chance`, `steerable_beyond_chance` and
    `anti_steerable_beyond_chance`; the last three are missing where there is no null.
    """
    key = NULL_KEY if pooled else CURVE_NULL_KEY
    drawn = table[table["direction"] == RANDOM]
    drawn = drawn.assign(square=drawn["steerability"] ** 2)
    spread = drawn.groupby(key, as_index=False, sort=False).agg(
        vectors=("number", "nunique"), square=("square", "mean")
    )
    spread["chance_sd"] = np.sqrt(spread.pop("square")).where(spread["vectors"] >= FEWEST)
    own = table[table["direction"].isin(TESTED)]
    curves = own.merge(spread, how="left", on=key)
    tested = _tested(curves, "steerability", rate, within=EFFECT_KEY)
    beyond, positive = tested["beyond_chance"], tested["steerability"] > 0
    # Missing and false is false in three-valued logic: missing has to be put back.
    return tested.assign(
        steerable_beyond_chance=(beyond & positive).mask(beyond.isna()),
        anti_steerable_beyond_chance=(beyond & ~positive).mask(beyond.isna()),
    )


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


def _tested(
    table: pd.DataFrame, value: str, rate: float, *, within: Sequence[str] = ()
) -> pd.DataFrame:
    with np.errstate(divide="ignore", invalid="ignore"):
        distance = table[value].abs() / table["chance_sd"]
    freedom = table["vectors"].where(table["chance_sd"].notna())
    p = pd.Series(2 * stats.t.sf(distance, freedom), index=table.index)
    q = false_discovery(p, within=[table[name] for name in within])
    beyond = (q <= rate).astype("boolean").mask(q.isna())
    return table.assign(p=p, q=q, beyond_chance=beyond)


def _about_zero(values: pd.Series) -> float:
    """Return the root mean square: the spread of what is known to have mean zero."""
    return float(np.sqrt(np.mean(np.square(values))))
