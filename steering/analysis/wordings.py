"""Wordings: what is left of a vector's effect in other words, and how much wordings vary.

The vector of BASE is applied to the same questions in every wording of a family (or a vector of
fewer training pairs to the published ones). Wordings are drawn from all that one could think of, as
questions are: intervals count both.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from scipy import stats

from steering.analysis.answering import LEAST_MASS
from steering.analysis.statistics.crossed_effects import error_of_mean, spreads
from steering.analysis.statistics.groups import LEVEL, Array, each
from steering.records.wordings import PAIRS, PUBLISHED

_RUN = ["model", "concept", "form"]
# Fewer wordings than these tell nothing of a family.
FEWEST_WORDINGS = 4
# The two shares that are tried: that of the margin, and zero.
_ENDS, _TESTED = ("weaker", "turned"), ("mean", "error", "freedom")


def by_family(table: pd.DataFrame, margin: float) -> pd.DataFrame:
    """Return what is left of the effect in each family, a row for each model, concept and family.

    `table` is that of `records.wordings`; the two orders of a question count as one. Columns:

    - `base`: the mean slope in the published wording, in logits per unit of λ
    - `share`, `low`, `high`: the mean slope over the wordings of the family as a share of it, on
      the same questions, with its 95 % interval (Student's t; wordings and groups of questions are
      both drawn at random, see `crossed_effects.error_of_mean`)
    - `p_weaker`: two-sided, that the share is `margin`; `p_turned`: that it is zero
    - `mass`: the mean probability of the two labels in the family, without a vector
    - `wordings`, `groups`

    Without a published wording, or of one group or one wording, there is nothing to compare.
    """
    means = _means(table)
    at_home = {
        run: own.set_index("group")["steerability"]
        for run, own in each(means[means["wording_family"] == PUBLISHED], _RUN)
    }
    rows = []
    away = means[means["wording_family"] != PUBLISHED]
    for (*run, family), own in each(away, [*_RUN, "wording_family"]):
        slopes, groups = _crossed(own)
        if tuple(run) in at_home and min(slopes.shape) >= 2:
            home = at_home[tuple(run)].reindex(groups).to_numpy(dtype=np.float64)
            found = _left(slopes, home, margin)
            rows.append((*run, family, *found, own["letter_mass"].mean(), *slopes.shape))
    tried = ["error", "freedom", *(f"{end}_{what}" for end in _ENDS for what in _TESTED)]
    columns = [*_RUN, "family", "base", "share", *tried, "mass", "wordings", "groups"]
    numbers = dict.fromkeys(columns[len(_RUN) + 1 :], "float64")
    table = pd.DataFrame(rows, columns=columns).astype(numbers)
    half = stats.t.ppf((1 + LEVEL) / 2, table["freedom"]) * table["error"]
    table = table.assign(low=table["share"] - half, high=table["share"] + half)
    for end in _ENDS:
        with np.errstate(divide="ignore", invalid="ignore"):
            distance = table[f"{end}_mean"].abs() / table[f"{end}_error"]
        table[f"p_{end}"] = 2 * stats.t.sf(distance, table[f"{end}_freedom"])
    return table.drop(columns=tried)


def by_wording(table: pd.DataFrame) -> pd.DataFrame:
    """Return the mean slope in each wording as a share of that in the published one.

    Columns: model, concept, form, `family`, `wording`, `share`, `mass`. Vectors of fewer training
    pairs, which are not the same draws in any two concepts, are left out.
    """
    rows = []
    for run, part in each(table, _RUN):
        base = part.loc[part["wording_family"] == PUBLISHED, "steerability"].mean()
        for (family, wording), own in each(part, ["wording_family", "wording"]):
            if family not in (PUBLISHED, PAIRS):
                share = own["steerability"].mean() / base
                rows.append((*run, family, wording, share, own["letter_mass"].mean()))
    return pd.DataFrame(rows, columns=[*_RUN, "family", "wording", "share", "mass"])


def variances(table: pd.DataFrame) -> pd.DataFrame:
    """Return how much slopes vary between families, wordings of a family, and questions.

    One row per model, concept and `source` (family, wording, question): `sd`, `low`, `high`, the
    standard deviation as a share of the mean slope in the published wording, with its 95 %
    interval. Wordings that change the prompt count, if the model answers in them: the labels hold
    half of the probability. `wordings`, `groups`: how many.
    """
    rows = []
    for run, part in each(table, _RUN):
        base = part.loc[part["wording_family"] == PUBLISHED, "steerability"].mean()
        others = part[~part["wording_family"].isin([PUBLISHED, PAIRS])]
        mass = others.groupby(["wording_family", "wording"])["letter_mass"].transform("mean")
        answered = others[mass >= LEAST_MASS]
        families = answered.groupby("wording_family", sort=False)["wording"].nunique()
        if not len(families) or families.max() < 2 or answered["group"].nunique() < 2:
            continue
        slopes = [_crossed(own)[0] for _, own in each(_means(answered), ["wording_family"])]
        values = np.concatenate(slopes) / base
        for source, variance in spreads(values, [len(one) for one in slopes]).items():
            ends = (math.sqrt(end) for end in variance)
            rows.append((*run, source, *ends, *values.shape))
    columns = [*_RUN, "source", "sd", "low", "high", "wordings", "groups"]
    return pd.DataFrame(rows, columns=columns)


def _means(table: pd.DataFrame) -> pd.DataFrame:
    """Return the means over both orders of each group of questions in each wording."""
    by = [*_RUN, "wording_family", "wording", "group"]
    means = table.groupby(by, sort=False, observed=True)[["steerability", "letter_mass"]].mean()
    return means.reset_index()


def _crossed(means: pd.DataFrame) -> tuple[Array, pd.Index]:
    """Return the slopes of wordings (rows) on groups of questions (columns), and these groups.

    Each wording asks the same questions: where one is missing, its slope is NaN.
    """
    wording, wordings = pd.factorize(means["wording"])
    group, groups = pd.factorize(means["group"], sort=True)
    slopes = np.full((len(wordings), len(groups)), np.nan)
    slopes[wording, group] = means["steerability"]
    return slopes, groups


def _left(slopes: Array, base: Array, margin: float) -> tuple[float, ...]:
    """Return `base`, `share` and what is tried of one family: slopes and those at home.

    A share is tried by the slopes less that share of those at home, whose mean is nearly normal, so
    that no ratio has to be (Fieller, 1954). The interval takes the error at the share itself.
    """
    home = float(base.mean())
    if home == 0 or not np.isfinite(slopes).all() or not np.isfinite(base).all():
        return (home, *(math.nan,) * 9)
    share = float(slopes.mean()) / home
    error, freedom = error_of_mean(slopes - share * base)
    found = [home, share, error / abs(home), freedom]
    for end in (margin, 0.0):
        less = slopes - end * base
        found += [float(less.mean()), *error_of_mean(less)]
    return tuple(found)
