"""What each difference between two protocols does to the numbers, one at a time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from steering.analysis.statistics.chance import RATE, false_discovery
from steering.analysis.statistics.groups import DRAWS, LEVEL, SEED, times
from steering.records.beside import without_rows
from steering.records.protocol_effects import (
    ALL,
    CONTRACT,
    MEAN,
    OOD,
    RANKS,
    REVERSED,
    SPREAD,
)
from steering.records.protocols import CLEAN, TAN2024

HOME, AWAY = "BASE", "USER_NEG"
# How many standard errors a mean has to be for a share of it to be told.
LARGE = 4
_OTHER = {CLEAN: TAN2024, TAN2024: CLEAN}

Array = NDArray[np.float64]


def effects(slopes: pd.DataFrame) -> pd.DataFrame:
    """Return what each option does to each number of one model: rows of `CONTRACT`.

    Takes a row for each slope: model, concept, group, item, order, prompt_setting, steerability
    (logits per unit of λ), the protocol it was measured under, and the option that was as in the
    other one; "" for none. A number is one of all concepts: slopes are pooled within a concept, and
    concepts count alike. Differences are paired: a draw takes the same groups of questions, with
    replacement, from both sides (Efron and Tibshirani 1993, chapter 8), and a group that only one
    side has tested counts there alone. The interval is the bootstrap's percentiles, and p is two-
    sided, of the difference in units of the bootstrap's standard error.

    What is left under a persona is a share of the mean slope, and is missing where that mean is
    less than four of its standard errors on either side: a share of next to nothing says nothing.

    The order of questions is compared over those that both sides have tested; it has no p, since
    that two orders are not quite the same is no finding.
    """
    ways = slopes[["protocol", "option"]].drop_duplicates().itertuples(index=False, name=None)
    sides: dict[tuple[str, str], pd.DataFrame] = {
        (protocol, option): slopes[(slopes["protocol"] == protocol) & (slopes["option"] == option)]
        for protocol, option in sorted(ways)
    }
    rows: list[tuple[object, ...]] = []
    for (protocol, option), after in sides.items():
        if not option or (protocol, "") not in sides:
            continue
        before = sides[protocol, ""]
        rows += _compared(before, after, str(protocol), str(option))
    for protocol, other in _OTHER.items():
        if (protocol, "") in sides and (other, "") in sides:
            rows += _compared(sides[protocol, ""], sides[other, ""], protocol, ALL)
    if not rows:
        return without_rows(CONTRACT)
    table = pd.DataFrame(rows, columns=list(CONTRACT.columns))
    counts = ["questions", "groups", "concepts"]
    return table.astype(dict.fromkeys(counts, "int64"))


def claimed(table: pd.DataFrame) -> pd.Series:
    """Return which effects are claimed: of all that are shown together, at most 5 % falsely.

    Benjamini and Hochberg's procedure over all rows with a p, of all models.
    """
    return (false_discovery(table["p"]) <= RATE).fillna(False).astype(bool)


def _compared(
    before: pd.DataFrame, after: pd.DataFrame, protocol: str, option: str
) -> list[tuple[object, ...]]:
    """Return a row for each number, before and after one difference."""
    keys = pd.concat([before, after])[["concept", "group"]].drop_duplicates()
    keys = keys.sort_values(["concept", "group"], ignore_index=True)
    counts = _weights(keys)
    one, two = (_sums(side, keys) for side in (before, after))
    concepts = keys["concept"].to_numpy()
    home = after[after["prompt_setting"] == HOME]
    each = [len(home[["concept", name]].drop_duplicates()) for name in ("item", "group")]
    about = (*each, home["concept"].nunique())
    model = str(before["model"].iloc[0])
    rows: list[tuple[object, ...]] = []
    moved = all(_is_large(_over_concepts(_mean, side, counts, concepts)) for side in (one, two))
    for number, formula in _FORMULAS.items():
        if number == OOD and not moved:
            rows.append((model, protocol, option, number, *[np.nan] * 6, *about))
            continue
        drawn = [_over_concepts(formula, side, counts, concepts) for side in (one, two)]
        value, difference = [each[0] for each in drawn], drawn[1] - drawn[0]
        low, high, p = _interval(difference)
        rows.append((model, protocol, option, number, *value, difference[0], low, high, p, *about))
    rho, low, high = _same_order(before, after, counts, keys)
    rows.append(
        (model, protocol, option, RANKS, 1.0, rho, rho - 1, low - 1, high - 1, np.nan, *about)
    )
    return rows


def _weights(keys: pd.DataFrame) -> Array:
    """Return how often each group counts: once as measured, then in each draw of its concept."""
    drawn = [times(len(rows), DRAWS, SEED + at).T
             for at, (_, rows) in enumerate(keys.groupby("concept", sort=True))]  # fmt: skip
    return np.hstack([np.ones((len(keys), 1)), np.vstack(drawn)])


def _sums(side: pd.DataFrame, keys: pd.DataFrame) -> dict[str, Array]:
    """Return for each group its sums: of slopes, of their squares, and of those below zero."""
    index = pd.MultiIndex.from_frame(keys)
    found = {}
    for setting in (HOME, AWAY):
        rows = side[side["prompt_setting"] == setting]
        slope = rows["steerability"]
        table = pd.DataFrame(
            {"n": 1.0, "sum": slope, "squares": slope**2, "below": (slope < 0).astype(float)}
        )
        by = [rows["concept"], rows["group"]]
        found[setting] = table.groupby(by).sum().reindex(index, fill_value=0.0).to_numpy()
    return found


def _over_concepts(
    formula: Callable[[Array, Array], Array],
    side: dict[str, Array],
    counts: Array,
    concepts: NDArray[np.object_],
) -> Array:
    """Return a number of all concepts, as measured and in each draw."""
    each = []
    for concept in np.unique(concepts):
        own = concepts == concept
        each.append([side[setting][own].T @ counts[own] for setting in (HOME, AWAY)])
    home, away = (np.stack([one[at] for one in each]) for at in (0, 1))
    return formula(home, away)


def _mean(home: Array, _: Array) -> Array:
    return (home[:, 1] / home[:, 0]).mean(axis=0)


def _below(home: Array, _: Array) -> Array:
    return (home[:, 3] / home[:, 0]).mean(axis=0)


def _spread(home: Array, _: Array) -> Array:
    variance = home[:, 2] / home[:, 0] - (home[:, 1] / home[:, 0]) ** 2
    return np.sqrt(np.maximum(variance, 0)).mean(axis=0)


def _left(home: Array, away: Array) -> Array:
    # Of means over concepts, since the slope of a single one may be next to nothing.
    return _mean(away, away) / _mean(home, home)


_FORMULAS = {MEAN: _mean, REVERSED: _below, SPREAD: _spread, OOD: _left}


def _is_large(mean: Array) -> bool:
    return bool(abs(mean[0]) >= LARGE * mean[1:].std(ddof=1))


def _interval(difference: Array) -> tuple[float, float, float]:
    draws = difference[1:][np.isfinite(difference[1:])]
    if not len(draws):
        return np.nan, np.nan, np.nan
    low, high = np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    spread = draws.std(ddof=1)
    p = 2 * stats.norm.sf(abs(difference[0]) / spread) if spread > 0 else float(difference[0] == 0)
    return float(low), float(high), float(p)


def _same_order(
    before: pd.DataFrame, after: pd.DataFrame, counts: Array, keys: pd.DataFrame
) -> tuple[float, float, float]:
    """Return how alike both sides order their common questions: mean ρ over concepts, interval.

    A question's slope is the mean over its orders; draws weigh the ranks that the questions have.
    """
    of = ["concept", "group", "item"]
    means = [
        side[side["prompt_setting"] == HOME].groupby(of)["steerability"].mean()
        for side in (before, after)
    ]
    both = pd.concat(means, axis=1, keys=["x", "y"], join="inner").reset_index()
    place = pd.Series(range(len(keys)), index=pd.MultiIndex.from_frame(keys))
    each = []
    for _, rows in both.groupby("concept"):
        if len(rows) < 3:
            continue
        x, y = (np.asarray(rows[name].rank(), dtype=np.float64) for name in ("x", "y"))
        weight = counts[place.loc[list(zip(rows["concept"], rows["group"], strict=True))]]
        each.append(_correlations(x, y, weight))
    if not each:
        return np.nan, np.nan, np.nan
    rho = np.nanmean(np.stack(each), axis=0)
    low, high = np.nanquantile(rho[1:], [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(rho[0]), float(low), float(high)


def _correlations(x: Array, y: Array, weight: Array) -> Array:
    """Return the correlation of two series under each column of weights; NaN without spread."""
    total = weight.sum(axis=0)
    total = np.where(total > 0, total, np.nan)
    mean_x, mean_y = x @ weight / total, y @ weight / total
    covariance = (x * y) @ weight / total - mean_x * mean_y
    variances = (x**2 @ weight / total - mean_x**2) * (y**2 @ weight / total - mean_y**2)
    safe = np.where(variances > 1e-12, variances, np.nan)
    return covariance / np.sqrt(safe)
