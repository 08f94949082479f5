"""Brittleness: does a vector still steer when the prompt changes (out of distribution)?

A vector made under one prompt setting is applied under another: BASE→USER_NEG is the vector of BASE
in prompts of USER_NEG. Vectors of all settings have the norm of the BASE vector.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from steering.analysis.curves import RUN_CURVE_KEY, RUN_KEY, SETTING_PAIR, select
from steering.analysis.statistics import training_pairs
from steering.analysis.statistics.groups import each, percentiles, rank_correlation, resampled
from steering.records.tables import SHIFTS


def shift_name(vector_setting: str, prompt_setting: str) -> str:
    """Return a pair of settings as the paper writes it."""
    return f"{vector_setting}→{prompt_setting}"


def in_and_out(table: pd.DataFrame, shifts: tuple[tuple[str, str], ...] = SHIFTS) -> pd.DataFrame:
    """Return the mean steerability in and out of distribution, per model, concept and shift.

    `table` is `curve_table(...)`. Columns: model, concept, kind, vector_setting, prompt_setting,
    `shift`, `in_distribution`, `in_low`, `in_high` (BASE→BASE), `out_of_distribution`, `out_low`,
    `out_high`, `difference`, `difference_low`, `difference_high` (out less in), `n` (curves),
    `groups`, `vectors_resampled`. Intervals are 95 %, by a bootstrap of groups; both means of a row
    come from the same curves and the same draws, so that the difference is paired. The interval of
    BASE→BASE is over training pairs as well (see `training_pairs`), the others over test items
    alone. A shift that was not measured gives no row.
    """
    curves = select(table, vector_setting=None, prompt_setting=None)
    beside = dict(each(training_pairs.beside_resampled(table), RUN_KEY))
    home = select(curves)[[*RUN_CURVE_KEY, "group", "steerability"]]
    rows = []
    for vector_setting, prompt_setting in shifts:
        away = select(curves, vector_setting=vector_setting, prompt_setting=prompt_setting)
        both = home.merge(
            away[[*RUN_CURVE_KEY, "steerability"]], on=RUN_CURVE_KEY, suffixes=("_in", "_out")
        )
        for run, part in each(both, RUN_KEY):
            slopes = part[["steerability_in", "steerability_out"]].to_numpy(dtype=np.float64)
            sums, groups = resampled(np.column_stack([np.ones(len(part)), slopes]), part["group"])
            drawn = sums[:, 1:] / sums[:, :1]
            inside, outside = slopes.mean(axis=0)
            own = beside[run].merge(part[RUN_CURVE_KEY], on=RUN_CURVE_KEY)
            whole = training_pairs.means(own, "steerability", []).iloc[0]
            rows.append(
                (
                    *run,
                    vector_setting,
                    prompt_setting,
                    shift_name(vector_setting, prompt_setting),
                    inside,
                    *whole[["low", "high"]],
                    outside,
                    *percentiles(drawn[:, 1], groups),
                    outside - inside,
                    *percentiles(drawn[:, 1] - drawn[:, 0], groups),
                    *(int(whole[name]) for name in training_pairs.COUNTS),
                )
            )
    columns = [
        *(*RUN_KEY, *SETTING_PAIR, "shift"),
        *("in_distribution", "in_low", "in_high"),
        *("out_of_distribution", "out_low", "out_high"),
        *("difference", "difference_low", "difference_high"),
        *training_pairs.COUNTS,
    ]
    return pd.DataFrame(rows, columns=columns)


def rank_agreement(shifted: pd.DataFrame) -> pd.DataFrame:
    """Return Spearman's ρ between concepts, in against out of distribution, per model and shift.

    Takes the table of `in_and_out`. Columns: model, shift, `rho`, `low`, `high`, `concepts`. The
    interval is of the number of concepts; with fewer than four of them all three are NaN.
    """
    rows = []
    for key, part in each(shifted, ["model", "shift"]):
        correlation = rank_correlation(part["in_distribution"], part["out_of_distribution"])
        rows.append((*key, correlation["rho"], correlation["low"], correlation["high"], len(part)))
    return pd.DataFrame(rows, columns=["model", "shift", "rho", "low", "high", "concepts"])


def shift_matrix(table: pd.DataFrame) -> pd.DataFrame:
    """Return the mean slope for every vector setting under every prompt setting that was measured.

    One row per model, concept, kind, vector_setting and prompt_setting, with the columns of
    `training_pairs.means`, and `of_base`, the mean as a multiple of that of BASE→BASE (NaN where
    the interval of BASE→BASE holds zero: a multiple of nothing says nothing).
    """
    curves = training_pairs.beside_resampled(table, vector_setting=None, prompt_setting=None)
    means = training_pairs.means(curves, "steerability", [*RUN_KEY, *SETTING_PAIR])
    home = select(means.assign(direction="contrastive"))
    home = home.assign(base=home["mean"].where((home["low"] > 0) | (home["high"] < 0)))
    means = means.merge(home[[*RUN_KEY, "base"]], how="left", on=RUN_KEY)
    return means.assign(of_base=means["mean"] / means["base"]).drop(columns="base")


def variance_in_and_out(
    spreads: pd.DataFrame, shifts: tuple[tuple[str, str], ...] = SHIFTS
) -> pd.DataFrame:
    """Return the variance of steerability in and out of distribution, per concept and shift.

    Takes the table of `variability.spread_by_concept`. Columns: model, concept, kind,
    vector_setting, prompt_setting, shift, `in_distribution`, `in_low`, `in_high`,
    `out_of_distribution`, `out_low`, `out_high`; `rank_agreement` takes it too.
    """
    values = ["variance", "variance_low", "variance_high"]
    inside = dict(zip(values, ("in_distribution", "in_low", "in_high"), strict=True))
    outside = dict(zip(values, ("out_of_distribution", "out_low", "out_high"), strict=True))
    home = select(spreads.assign(direction="contrastive"))[[*RUN_KEY, *values]].rename(
        columns=inside
    )
    away = spreads[[*RUN_KEY, *SETTING_PAIR, *values]].rename(columns=outside)
    wanted = pd.DataFrame(shifts, columns=SETTING_PAIR)
    wanted["shift"] = [shift_name(*shift) for shift in shifts]
    return wanted.merge(away, on=SETTING_PAIR).merge(home, on=RUN_KEY)
