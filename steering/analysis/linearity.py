"""How well a straight line sums up a propensity curve, and over which range of λ."""

from __future__ import annotations

import numpy as np
import pandas as pd

from steering.analysis.curves import RUN_KEY
from steering.analysis.statistics import training_pairs
from steering.analysis.statistics.groups import Array, each, rank_correlation
from steering.records.kinds import kinds_of
from steering.records.results import Results
from steering.records.tables import STEERABILITY_KEY
from steering.steerability import slopes

KEY = list(STEERABILITY_KEY)
SHAPE = ("curvature", "monotone_low", "monotone_high", "monotone", "sign_depends")


def shapes(curves: pd.DataFrame, results: Results) -> pd.DataFrame:
    """Return the shape of every curve: the rows of `curves`, with

    - `curvature`: twice the coefficient of λ² in a least-squares parabola, logits per unit of λ²
    - `monotone_low`, `monotone_high`: the range of λ about 0 in which the propensity goes the way
      of its slope at every step
    - `monotone`: whether that is all that was measured
    - `sign_depends`: whether the slope's sign differs between ranges |λ| ≤ 0.5, ≤ 1, … as measured

    `curves` are rows of `curve_table(results)`. A flat step goes neither way, and a flat curve is
    monotone nowhere. Curves of fewer than three multipliers have no shape,
    their values are missing.
    """
    sweep = curves[KEY].merge(results.sweep, on=KEY)
    wide = sweep.pivot_table(index=KEY, columns="multiplier", values="propensity", observed=True)
    # Curves of different runs may have different multipliers: each set has its own matrix.
    pattern = np.unique(wide.notna().to_numpy(), axis=0, return_inverse=True)[1]
    parts = []
    for _, rows in wide.groupby(pattern, sort=False):
        grid = rows.dropna(axis="columns", how="all")
        x = grid.columns.to_numpy(dtype=np.float64)
        if len(x) >= 3:
            parts.append(_shape(x, grid.to_numpy(dtype=np.float64), rows.index))
    if not parts:
        return curves.assign(**dict.fromkeys(SHAPE, np.nan))
    shape_of = pd.concat(parts).reset_index()
    return curves.merge(shape_of, how="left", on=KEY, validate="one_to_one")


def by_range(curves: pd.DataFrame, results: Results) -> pd.DataFrame:
    """Return the mean slope per model, concept and range of λ, to see whether rankings hold.

    One row per model, concept, kind and `reach` (only |λ| ≤ reach is fitted): `mean`,
    `anti_steerable`, `n`; and, over the concepts of one kind in a model, Spearman's `rho` with the
    widest range, `rho_low`, `rho_high` (NaN for fewer than four concepts). Ranges of fewer than
    three points are left out.
    """
    sweep = curves[KEY].merge(results.sweep, on=KEY)
    parts = [
        slopes(sweep[sweep["multiplier"].abs() <= reach]).assign(reach=reach)
        for reach in _reaches(sweep["multiplier"].to_numpy(dtype=np.float64))
    ]
    fitted = pd.concat(parts, ignore_index=True)
    fitted["kind"] = fitted["concept"].astype("str").map(kinds_of(curves))
    fitted["below"] = (fitted["steerability"] < 0).astype(float)
    ranges = fitted.groupby([*RUN_KEY, "reach"], as_index=False, sort=False).agg(
        mean=("steerability", "mean"), anti_steerable=("below", "mean"), n=("item", "size")
    )
    rows = []
    widest = ranges[ranges["reach"] == ranges.groupby("model")["reach"].transform("max")]
    for key, part in each(ranges, ["model", "kind", "reach"]):
        pair = part.merge(widest, on=RUN_KEY, suffixes=("", "_widest"))
        rho = rank_correlation(pair["mean"], pair["mean_widest"])
        rows.append((*key, rho["rho"], rho["low"], rho["high"]))
    columns = ["model", "kind", "reach", "rho", "rho_low", "rho_high"]
    agreement = pd.DataFrame(rows, columns=columns)
    return ranges.merge(agreement, on=columns[:3])


def _shape(x: Array, y: Array, index: pd.Index) -> pd.DataFrame:
    parabola = np.polynomial.polynomial.polyfit(x, y.T, 2)
    reaches = _reaches(x)
    signs = np.column_stack([np.sign(_slope(x, y, reach)) for reach in reaches])
    towards = np.sign(_slope(x, y, reaches[-1]))[:, None]
    right = np.sign(np.diff(y, axis=1)) == np.where(towards == 0, np.nan, towards)
    middle = int(np.argmin(np.abs(x)))
    # Count steps outwards from 0 until the first that goes the wrong way.
    above = np.cumprod(right[:, middle:], axis=1).sum(axis=1).astype(int)
    below = np.cumprod(right[:, :middle][:, ::-1], axis=1).sum(axis=1).astype(int)
    return pd.DataFrame(
        {
            "curvature": 2 * parabola[2],
            "monotone_low": x[middle - below],
            "monotone_high": x[middle + above],
            "monotone": right.all(axis=1),
            "sign_depends": np.ptp(signs, axis=1) > 0,
        },
        index=index,
    )


def _slope(x: Array, y: Array, reach: float) -> Array:
    inside = np.abs(x) <= reach
    centred = x[inside] - x[inside].mean()
    slope: Array = y[:, inside] @ centred / (centred @ centred)
    return slope


def _reaches(multipliers: Array) -> list[float]:
    points = np.unique(multipliers)
    sizes = np.unique(np.abs(points))
    return [float(size) for size in sizes if (np.abs(points) <= size).sum() >= 3]


def by_concept(shaped: pd.DataFrame) -> pd.DataFrame:
    """Return how many curves of each concept a line sums up fairly.

    Takes the table of `shapes`, of a vector's curves. Per model, concept and kind: `monotone` and
    `sign_depends` (shares of curves), `curvature` (mean), each with `_low` and `_high` (95 %),
    `r_squared` (median), `n` (curves), `groups`, `vectors_resampled`: none, for resampled vectors
    are measured at so few λ that their curves have no shape of this kind.
    """
    whole = shaped.dropna(subset=list(SHAPE))
    whole = whole[~training_pairs.is_resampled(whole["direction"])]
    concepts = whole.groupby(RUN_KEY, as_index=False, sort=False).agg(
        r_squared=("r_squared", "median")
    )
    for name in ("monotone", "sign_depends"):
        part = training_pairs.shares(
            whole.assign(**{name: whole[name].astype(float)}), name, RUN_KEY
        )
        part = part.drop(columns=list(training_pairs.COUNTS)).rename(columns={"share": name})
        concepts = concepts.merge(_named(part, name), on=RUN_KEY)
    bend = training_pairs.means(whole, "curvature", RUN_KEY).drop(
        columns=["sd", "sd_low", "sd_high"]
    )
    return concepts.merge(
        _named(bend.rename(columns={"mean": "curvature"}), "curvature"), on=RUN_KEY
    )


def _named(table: pd.DataFrame, name: str) -> pd.DataFrame:
    return table.rename(columns={"low": f"{name}_low", "high": f"{name}_high"})
