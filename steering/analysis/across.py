"""The same concepts on several models (figure 6)."""

from __future__ import annotations

from itertools import combinations

import pandas as pd

from steering.analysis import training
from steering.analysis.brittleness import RUN, SHIFTS, in_and_out, shift_name
from steering.analysis.intervals import each, rank_correlation

HOME = shift_name("BASE", "BASE")
SLOPE = ["mean", "low", "high"]


def concept_means(
    table: pd.DataFrame, shifts: tuple[tuple[str, str], ...] = SHIFTS
) -> pd.DataFrame:
    """Return the mean steerability per model, concept and shift, BASE→BASE among them.

    `table` is `joined(...)`. Columns: model, concept, shift, `mean`, `low`, `high`,
    `vectors_resampled` (0 out of distribution, see `training`). Published numbers in these columns
    (intervals missing) can be put below it.
    """
    home = training.means(training.beside_resampled(table), "steerability", RUN).assign(shift=HOME)
    away = in_and_out(table, shifts).assign(vectors_resampled=0)
    away = away.rename(
        columns={"out_of_distribution": "mean", "out_low": "low", "out_high": "high"}
    )
    columns = ["model", "concept", "shift", *SLOPE, "vectors_resampled"]
    return pd.concat([home[columns], away[columns]], ignore_index=True)


def between_models(found: pd.DataFrame) -> pd.DataFrame:
    """Return every pair of models side by side, for the concepts that both have.

    Takes the table of `concept_means`. Columns: model_x, model_y, shift, concept, `x`, `x_low`,
    `x_high`, `y`, `y_low`, `y_high`.
    """
    parts = []
    keep = ["concept", "shift", *SLOPE]
    for one, other in combinations(dict.fromkeys(found["model"]), 2):
        x, y = (found.loc[found["model"] == name, keep] for name in (one, other))
        pair = x.merge(y, on=["concept", "shift"], suffixes=("_x", "_y"))
        parts.append(pair.assign(model_x=one, model_y=other))
    names = {
        f"{name}_{axis}": axis if name == "mean" else f"{axis}_{name}"
        for name in SLOPE
        for axis in ("x", "y")
    }
    columns = ["model_x", "model_y", "shift", "concept", *sorted(names.values())]
    if not parts:
        return pd.DataFrame(columns=columns)
    return pd.concat(parts, ignore_index=True).rename(columns=names)[columns]


def model_agreement(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return Spearman's ρ between models over the concepts that they share, per shift.

    Takes the table of `between_models`. Columns: model_x, model_y, shift, `rho`, `low`, `high`,
    `concepts`.
    """
    rows = []
    for key, part in each(pairs, ["model_x", "model_y", "shift"]):
        found = rank_correlation(part["x"], part["y"])
        rows.append((*key, found["rho"], found["low"], found["high"], len(part)))
    columns = ["model_x", "model_y", "shift", "rho", "low", "high", "concepts"]
    return pd.DataFrame(rows, columns=columns)
