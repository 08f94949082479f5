"""Does the vector move the answer to one question the wrong way?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from steering.analysis.curves import RUN_KEY, is_given, select
from steering.analysis.letters import counterbalanced
from steering.analysis.statistics.chance import FEWEST, spreads
from steering.analysis.statistics.groups import LEVEL
from steering.analysis.verdict.nulls import tail
from steering.analysis.verdict.outcomes import (
    CHANCE,
    FOLLOWS,
    NO_ANSWER,
    PAIRS_UNKNOWN,
    QUESTION,
    REVERSED,
    TOO_LITTLE,
    adjusted,
    is_discovery,
    verdict_table,
)
from steering.records.directions import CONTRASTIVE, RANDOM, RESAMPLED, SHUFFLED

_BY = [*RUN_KEY, "form"]
_KINDS = (RANDOM, SHUFFLED, RESAMPLED)


def question_verdicts(curves: pd.DataFrame, answers: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return for each question whether the vector moves its answer the wrong way, BASE→BASE.

    `curves` is the table of `curve_table`, `answers` that of `analysis.answering.answering`: where
    the model does not answer the concept's questions, none of them is judged. The unit is the
    question, both orders of its answers together: the estimate is the mean of its two slopes, so
    that a push towards a letter cancels.
    The slope is held to those that random vectors, vectors of shuffled labels and the noise of the
    training pairs give *this* question: p is the largest of the three. The family are the questions
    of one concept. *Moves this question the wrong way*: q is at most 5 % and the slope is below
    zero; *the right way*: it is above; *cannot be told apart from chance* otherwise; *too little
    data* where fewer than ten vectors of one of the three kinds were measured. Questions of which
    one order only was measured are left out. `low` and `high` are 95 % over training pairs. A
    vector that was given as a file, whose training pairs are unknown, is held to random vectors
    alone and has neither.
    """
    items = counterbalanced(select(curves, direction=None))
    key = [*_BY, "item"]
    own = items.loc[items["direction"] == CONTRASTIVE, [*key, "group", "steerability"]]
    tests = own.rename(columns={"steerability": "estimate"})
    nulls = [spreads(items, "steerability", key, kind) for kind in (RANDOM, SHUFFLED)]
    for kind, spread in zip(_KINDS, [*nulls, _noise(items)], strict=True):
        tests = tests.merge(spread, how="left", on=key)
        tests[kind] = tests[kind].fillna(0).astype(int)
        tests[f"p_{kind}"] = tail(tests["estimate"], tests[f"{kind}_spread"], tests[kind])
    given = is_given(tests, curves)
    largest = tests[[f"p_{kind}" for kind in _KINDS]].max(axis=1, skipna=False)
    tests["p"] = largest.where(~given, tests[f"p_{RANDOM}"])
    too_few = {kind: (tests[kind] < FEWEST) & ((kind == RANDOM) | ~given) for kind in _KINDS}
    lacking = [kind for kind, rows in too_few.items() if rows.any()]
    few = np.logical_or.reduce([*too_few.values()])
    silent = ~few & _silent(tests, answers)
    tests["p"] = tests["p"].where(~few & ~silent)
    tests = adjusted(tests, _BY).assign(direction=CONTRASTIVE)
    found = is_discovery(tests)
    outcome = np.select(
        [few, silent, found & (tests["estimate"] < 0), found],
        [TOO_LITTLE, NO_ANSWER, REVERSED, FOLLOWS],
        CHANCE,
    )
    half = stats.norm.ppf((1 + LEVEL) / 2) * tests[f"{RESAMPLED}_spread"]
    reason = np.where(given, PAIRS_UNKNOWN, "")
    reason = np.where(few, f"fewer than ten vectors of kind {', '.join(lacking)}", reason)
    return verdict_table(
        tests.assign(
            subject=tests["item"].astype(str),
            outcome=outcome,
            low=tests["estimate"] - half,
            high=tests["estimate"] + half,
            reason=reason,
        ),
        QUESTION,
    )


def reversed_in_both_orders(curves: pd.DataFrame, *, by: Sequence[str] = ()) -> pd.DataFrame:
    """Return whether each question's slope is below zero in both orders of its answers, BASE→BASE.

    One row per model, concept, kind, form and item of which both orders were measured: `group`,
    `steerability` (mean of both orders), `first` and `second` (whether the slope is below zero with
    the positive answer at A, and at B), `both`. `by` names columns that tell several vectors apart,
    all of them given as contrastive: there is then a row for each.
    """
    own = select(curves)
    key = [*by, *_BY, "item", "group"]
    wide = own.pivot_table(index=key, columns="positive_letter", values="steerability")
    for letter in ("A", "B"):
        if letter not in wide:
            wide[letter] = np.nan
    wide = wide.dropna(subset=["A", "B"]).reset_index()
    first, second = wide["A"] < 0, wide["B"] < 0
    slope = (wide["A"] + wide["B"]) / 2
    wide = wide.assign(steerability=slope, first=first, second=second, both=first & second)
    return wide.drop(columns=["A", "B"]).rename_axis(columns=None)


def _silent(tests: pd.DataFrame, answers: pd.DataFrame | None) -> pd.Series:
    """Return which questions are of a concept that the model does not answer."""
    if answers is None:
        return pd.Series(False, index=tests.index, dtype=bool)
    gate = (
        tests[_BY]
        .astype("str")
        .merge(answers[[*_BY, "answers"]].astype({"form": "str"}), how="left", on=_BY)
    )
    return (gate["answers"] == False).set_axis(tests.index)  # noqa: E712 - missing is not False


def _noise(items: pd.DataFrame) -> pd.DataFrame:
    """Return how many vectors of resampled pairs each question has, and their slopes' spread."""
    drawn = items[items["direction"] == RESAMPLED]
    slopes = drawn.groupby([*_BY, "item"], sort=False, observed=True)["steerability"]
    return pd.DataFrame(
        {RESAMPLED: slopes.size(), f"{RESAMPLED}_spread": slopes.std()}
    ).reset_index()
