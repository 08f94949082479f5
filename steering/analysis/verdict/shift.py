"""Does the vector keep its effect when the prompt changes?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from steering.analysis.brittleness import MARGIN, in_and_out
from steering.analysis.curves import RUN_KEY, is_given
from steering.analysis.verdict.nulls import FEWEST_GROUPS
from steering.analysis.verdict.outcomes import (
    BRITTLE,
    KEPT,
    MOVES,
    NOT_STEERED,
    PAIRS_UNKNOWN,
    SHIFT,
    STRONGER,
    TOO_LITTLE,
    UNDECIDED,
    adjusted,
    is_discovery,
    verdict_table,
)
from steering.records.directions import CONTRASTIVE


def shift_verdicts(curves: pd.DataFrame, steering: pd.DataFrame) -> pd.DataFrame:
    """Return whether each concept's vector keeps its effect under each of the paper's shifts.

    `curves` is the table of `curve_table`, `steering` the verdicts of `steering_verdicts`. The
    estimate is the mean slope out of distribution as a share of that in distribution (BASE→BASE).
    The rule, in this order:

    1. *not judged* where the vector does not move the answer in distribution: of no effect, no
       share can be left;
    2. *loses part of its effect*, or *gains effect*: the 95 % interval of the share lies wholly
       below 0.8, or wholly above 1.25, and q is at most 5 %, where p is that of the nearer end of
       the margin, adjusted over all concepts and shifts of the same model and form;
    3. *keeps its effect*: the interval lies within the margin;
    4. *cannot be decided* otherwise.

    `least` is the smallest change of the share, from 1, whose interval would have lain outside the
    margin: the distance to the margin and half the interval's width.
    """
    shares = in_and_out(curves)
    moved = steering.loc[steering["direction"] == CONTRASTIVE, [*RUN_KEY, "form", "outcome"]]
    shares = shares.merge(moved.rename(columns={"outcome": "at_home"}), how="left", on=RUN_KEY)
    steered = shares["at_home"] == MOVES
    few = shares["groups"] < FEWEST_GROUPS
    columns = {"share": "estimate", "share_low": "low", "share_high": "high", "shift": "subject"}
    tests = shares.rename(columns=columns)
    tests = tests.assign(p=shares["p_margin"].where(steered & ~few), direction=CONTRASTIVE)
    tests = adjusted(tests, ["model", "form"])
    low, high = tests["low"], tests["high"]
    found = is_discovery(tests)
    outcome = np.select(
        [
            ~steered,
            few,
            found & (high < MARGIN[0]),
            found & (low > MARGIN[1]),
            (low >= MARGIN[0]) & (high <= MARGIN[1]),
        ],
        [NOT_STEERED, TOO_LITTLE, BRITTLE, STRONGER, KEPT],
        UNDECIDED,
    )
    reason = np.where(
        tests["vectors_resampled_out"] > 0, "", "the interval is over test items alone"
    )
    reason = np.where(is_given(tests, curves), PAIRS_UNKNOWN, reason)
    least = 1 - MARGIN[0] + (high - low) / 2
    for end in ("estimate", "low", "high"):
        tests[end] = tests[end].where(steered)
    return verdict_table(
        tests.assign(outcome=outcome, reason=reason, least=least.where(steered)), SHIFT
    )
