"""The same concepts in several models: their mean slopes, and how far models agree (figure 6)."""

from __future__ import annotations

from itertools import combinations

import pandas as pd

from steering.analysis.brittleness import in_and_out, shift_name
from steering.analysis.curves import RUN_KEY
from steering.analysis.statistics import training_pairs
from steering.analysis.statistics.groups import each, rank_correlation
from steering.records.kinds import kinds_of
from steering.records.tables import SHIFTS

HOME = shift_name("BASE", "BASE")
SLOPE = ["mean", "low", "high"]


def concept_means(
    table: pd.DataFrame, shifts: tuple[tuple[str, str], ...] = SHIFTS
) -> pd.DataFrame:
    """Return the mean steerability per model, concept and shift, BASE→BASE among them.

    `table` is `curve_table(...)`. Columns: model, concept, kind, shift, `mean`, `low`, `high`,
    `vectors_resampled` (see `training_pairs`; of a shift, those measured under it). Published
    numbers in these columns (intervals missing) can be put below it.
    """
    home = training_pairs.means(training_pairs.beside_resampled(table), "steerability", RUN_KEY)
    home = home.assign(shift=HOME)
    away = in_and_out(table, shifts)
    away = away.assign(vectors_resampled=away["vectors_resampled_out"])
    away = away.rename(
        columns={"out_of_distribution": "mean", "out_low": "low", "out_high": "high"}
    )
    columns = [*RUN_KEY, "shift", *SLOPE, "vectors_resampled"]
    return pd.concat([home[columns], away[columns]], ignore_index=True)


def between_models(means: pd.DataFrame) -> pd.DataFrame:
    """Return every pair of models side by side, for the concepts that both have.

    Takes the table of `concept_means`. Columns: model_x, model_y, shift, concept, kind, `x`,
    `x_low`, `x_high`, `y`, `y_low`, `y_high`.
    """
    parts = []
    keep = ["concept", "shift", *SLOPE]
    for one, other in combinations(dict.fromkeys(means["model"]), 2):
        x, y = (means.loc[means["model"] == name, keep] for name in (one, other))
        pair = x.merge(y, on=["concept", "shift"], suffixes=("_x", "_y"))
        parts.append(pair.assign(model_x=one, model_y=other))
    names = {
        f"{name}_{axis}": axis if name == "mean" else f"{axis}_{name}"
        for name in SLOPE
        for axis in ("x", "y")
    }
    columns = ["model_x", "model_y", "shift", "concept", "kind", *sorted(names.values())]
    if not parts:
        return pd.DataFrame(columns=columns)
    pairs = pd.concat(parts, ignore_index=True).rename(columns=names)
    return pairs.assign(kind=pairs["concept"].astype("str").map(kinds_of(means)))[columns]


def model_agreement(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return Spearman's ρ between models over the concepts that they share, per shift and kind.

    Takes the table of `between_models`. Columns: model_x, model_y, shift, kind, `rho`, `low`,
    `high`, `concepts`. Concepts of different kinds are never pooled: those that one plan has built
    into both models agree because they were built so.
    """
    rows = []
    for key, part in each(pairs, ["model_x", "model_y", "shift", "kind"]):
        correlation = rank_correlation(part["x"], part["y"])
        rows.append((*key, correlation["rho"], correlation["low"], correlation["high"], len(part)))
    columns = ["model_x", "model_y", "shift", "kind", "rho", "low", "high", "concepts"]
    return pd.DataFrame(rows, columns=columns)
