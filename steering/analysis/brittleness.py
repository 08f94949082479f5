"""Brittleness: does a vector still steer when the prompt changes (out of distribution)?

A vector made under one prompt setting is applied under another: BASE→USER_NEG is the vector of BASE
in prompts of USER_NEG. Vectors of all settings have the norm of the BASE vector.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pandas as pd
from scipy import stats

from steering.analysis.curves import CURVE_KEY, RUN_CURVE_KEY, RUN_KEY, SETTING_PAIR, select
from steering.analysis.statistics import training_pairs
from steering.analysis.statistics.few_vectors import effective_groups
from steering.analysis.statistics.groups import Array, each, percentiles, rank_correlation
from steering.records.directions import CONTRASTIVE
from steering.records.tables import SHIFTS

# Shares of the slope in distribution within which a vector is said to keep its effect: the same
# factor away from 1 in either direction.
MARGIN = (0.8, 1.25)


def shift_name(vector_setting: str, prompt_setting: str) -> str:
    """Return a pair of settings as the paper writes it."""
    return f"{vector_setting}→{prompt_setting}"


def in_and_out(table: pd.DataFrame, shifts: tuple[tuple[str, str], ...] = SHIFTS) -> pd.DataFrame:
    """Return the mean steerability in and out of distribution, per model, concept and shift.

    `table` is `curve_table(...)`. Columns: model, concept, kind, vector_setting, prompt_setting and

    - `shift`
    - `in_distribution`, `in_low`, `in_high`: mean slope BASE→BASE; `out_of_distribution`,
      `out_low`, `out_high`: that of the shift
    - `difference`, `difference_low`, `difference_high`: out less in
    - `share`, `share_low`, `share_high`: out as a share of in; NaN where the interval of the slope
      in distribution holds zero, since of nothing no share is left
    - `p_margin`: that the share lies within `MARGIN` (see `p_outside`)
    - `n` (curves), `groups`, `vectors_resampled` (in distribution), `vectors_resampled_out`

    Intervals are 95 %, by a bootstrap of groups of test items and of training pairs, as far as
    vectors of resampled pairs were measured (see `training_pairs`): those of a shift take the same
    draws of training groups in both settings, and are wider for the few vectors that were measured
    there (`few_vectors`). Both means of a row come from the same curves and the
    same draws, so that difference and share are paired. A shift that was not measured gives no row.
    """
    curves = _with_resampled(table, ("BASE", "BASE"))
    at_home = dict(each(curves, RUN_KEY))
    mean_of_all = cache(lambda run: training_pairs.means(at_home[run], "steerability", []).iloc[0])
    count_of_all = cache(lambda run: len(at_home[run][CURVE_KEY].drop_duplicates()))
    rows = []
    for shift in shifts:
        away = _with_resampled(table, shift)
        key = [*RUN_CURVE_KEY, "direction", "number"]
        both = curves.merge(away[[*key, "steerability"]], on=key, suffixes=("_in", "_out"))
        for run, part in each(both, RUN_KEY):
            asked = part.loc[part["direction"] == CONTRASTIVE, CURVE_KEY]
            if len(asked) == count_of_all(run):
                whole = mean_of_all(run)
            elif len(asked):
                own = at_home[run].merge(asked, on=CURVE_KEY)
                whole = training_pairs.means(own, "steerability", []).iloc[0]
            else:
                continue
            rows.append((*run, *shift, shift_name(*shift), *_shifted(part, whole)))
    return pd.DataFrame(rows, columns=[*RUN_KEY, *SETTING_PAIR, "shift", *_SHIFTED])


_SHIFTED = [
    *("in_distribution", "in_low", "in_high"),
    *("out_of_distribution", "out_low", "out_high"),
    *("difference", "difference_low", "difference_high"),
    *("share", "share_low", "share_high", "p_margin"),
    *(*training_pairs.COUNTS, "vectors_resampled_out"),
]


def _with_resampled(table: pd.DataFrame, settings: tuple[str, str]) -> pd.DataFrame:
    """Return the curves of the contrastive vector and of its resampled ones, in one pair."""
    vector_setting, prompt_setting = settings
    pair = select(
        table, direction=None, vector_setting=vector_setting, prompt_setting=prompt_setting
    )
    wanted = (pair["direction"] == CONTRASTIVE) | training_pairs.is_resampled(pair["direction"])
    return pair.loc[wanted, [*RUN_CURVE_KEY, "direction", "number", "group", "steerability"]]


def _shifted(both: pd.DataFrame, whole: pd.Series) -> tuple[float, ...]:
    """Return the values of `_SHIFTED` for one concept and shift.

    `both` holds the slopes of each curve in and out of distribution, `whole` the mean of the same
    curves in distribution under all resampled vectors, of which there may be more.
    """
    slopes = both[["steerability_in", "steerability_out"]].to_numpy(dtype=np.float64)
    drawn = training_pairs.drawn(both, np.column_stack([np.ones(len(both)), slopes]))
    inside, outside = (drawn.own[0, at] / drawn.own[0, 0] for at in (1, 2))
    ins, outs = (drawn.sums[:, at] / drawn.sums[:, 0] for at in (1, 2))

    def ends(values: Array) -> tuple[float, float]:
        return percentiles(values, effective_groups(values, drawn.groups, drawn.vectors))

    low, high = ends(ins)
    steers = low > 0 or high < 0
    with np.errstate(divide="ignore", invalid="ignore"):
        share = (outside / inside, *ends(outs / ins))
    groups = effective_groups(outs, drawn.groups, drawn.vectors)
    return (
        *(inside, whole["low"], whole["high"]),
        *(outside, *ends(outs)),
        *(outside - inside, *ends(outs - ins)),
        *(share if steers else (math.nan,) * 3),
        p_outside(ins, outs, (inside, outside), groups) if steers else math.nan,
        *(int(whole[name]) for name in training_pairs.COUNTS),
        drawn.vectors,
    )


def p_outside(inside: Array, outside: Array, own: tuple[float, float], groups: int) -> float:
    """Return the p of the share's lying within `MARGIN`, from draws of the slopes in and out.

    `own` holds the two mean slopes themselves. For a positive slope in distribution, the share lies
    below the margin's lower end, 0.8, if out − 0.8·in is below zero, and above the upper end, 1.25,
    if out − 1.25·in is above. Each of these is a mean, whose standard error the draws give, so that
    no ratio has to be nearly normal (Fieller, 1954); the reference is Student's t with one less
    degree of freedom than there are groups. The p is two-sided, that of the end that is crossed.
    """
    if groups < 2 or own[0] == 0:
        return math.nan
    side = math.copysign(1.0, own[0])
    nearest = math.inf
    for end, beyond in zip(MARGIN, (-side, side), strict=True):
        spread = float(np.std(outside - end * inside)) * math.sqrt(groups / (groups - 1))
        distance = beyond * (own[1] - end * own[0])
        value = distance / spread if spread > 0 else math.copysign(math.inf, distance)
        nearest = min(nearest, float(stats.t.sf(value, groups - 1)))
    return min(1.0, 2 * nearest)


def rank_agreement(shifted: pd.DataFrame) -> pd.DataFrame:
    """Return Spearman's ρ between concepts, in against out of distribution.

    Takes the table of `in_and_out`. Per model, kind of concept and shift: concepts that were
    planted by one plan keep their order because they were planted so, and pooled with others they
    would lend them theirs. Columns: model, kind, shift, `rho`, `low`, `high`, `concepts`. The
    interval is of the number of concepts; with fewer than four of them all three are NaN.
    """
    rows = []
    for key, part in each(shifted, ["model", "kind", "shift"]):
        correlation = rank_correlation(part["in_distribution"], part["out_of_distribution"])
        rows.append((*key, correlation["rho"], correlation["low"], correlation["high"], len(part)))
    return pd.DataFrame(rows, columns=["model", "kind", "shift", "rho", "low", "high", "concepts"])


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
