"""Does the vector move the answer?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from steering.analysis.curves import RUN_KEY, select
from steering.analysis.verdict.nulls import beside_nulls, leaves_out_zero, with_pairs_unknown
from steering.analysis.verdict.outcomes import (
    CHANCE,
    MOVES,
    NO_ANSWER,
    STEERING,
    TOO_LITTLE,
    WRONG_WAY,
    adjusted,
    is_discovery,
    verdict_table,
)
from steering.records.directions import CONTRASTIVE, PLANTED

_BY = [*RUN_KEY, "form"]


def steering_verdicts(curves: pd.DataFrame, answers: pd.DataFrame) -> pd.DataFrame:
    """Return whether each concept's vector moves the answer, BASE→BASE.

    `curves` is the table of `curve_table`, `answers` that of `analysis.answering.answering`. The
    estimate is the mean slope, in logits per unit of λ. The rule, in this order:

    1. *too little data*: fewer than ten groups of test items, random vectors, vectors of shuffled
       labels or vectors of resampled training pairs;
    2. *does not answer the question*: the model fails the gate of `analysis.answering`;
    3. *moves the answer*, or *moves it the wrong way* where the mean slope is below zero: its 95 %
       interval over groups of test items and training pairs leaves out zero, and q is at most 5 %,
       where p is the larger of those under random vectors and under shuffled labels, adjusted over
       the concepts of the same model and form that answer the question;
    4. *cannot be told apart from chance* otherwise; `least` is the smallest mean slope that these
       data could have shown.

    The planted direction, where it is known, has rows of its own: it is held to random vectors. So
    is a vector that was given as a file, whose training pairs are unknown; its `reason` says so.
    """
    pair = select(curves, direction=None)
    tables = []
    for direction in (CONTRASTIVE, PLANTED):
        if (pair["direction"] == direction).any():
            rows = _with_nulls(pair, direction)
            tests = beside_nulls(rows, "steerability", _BY, direction=direction)
            tables.append(judged(tests.assign(direction=direction), answers, STEERING))
    if not tables:
        empty = beside_nulls(pair, "steerability", _BY)
        tables = [judged(empty.assign(direction=CONTRASTIVE), answers, STEERING)]
    return pd.concat(tables, ignore_index=True)


def _with_nulls(pair: pd.DataFrame, direction: str) -> pd.DataFrame:
    """Return the rows without concepts that lack this vector, or have it at another layer."""
    own = pair.loc[pair["direction"] == direction, [*_BY, "layer"]].drop_duplicates()
    return pair.merge(own, on=[*_BY, "layer"])


def judged(tests: pd.DataFrame, answers: pd.DataFrame, claim: str) -> pd.DataFrame:
    """Return the verdicts of a claim that a vector moves the answer, by `steering_verdicts`'s rule.

    `tests` is the table of `beside_nulls` by model, concept, kind and form, with `direction`.
    """
    gate = answers[[*_BY, "answers", "reason"]].rename(columns={"reason": "gate"})
    tests = tests.merge(gate, how="left", on=_BY)
    enough = tests["reason"] == ""
    silent = enough & (tests["answers"] == False)  # noqa: E712 - missing is not False
    tests["p"] = tests["p"].where(~silent)
    tests = adjusted(tests, ["model", "form", "direction"])
    clear = enough & ~silent & is_discovery(tests) & leaves_out_zero(tests)
    outcome = np.select(
        [~enough, silent, clear & (tests["estimate"] > 0), clear],
        [TOO_LITTLE, NO_ANSWER, MOVES, WRONG_WAY],
        CHANCE,
    )
    reason = with_pairs_unknown(tests, tests["reason"].where(~silent, tests["gate"]))
    return verdict_table(tests.assign(outcome=outcome, reason=reason), claim)
