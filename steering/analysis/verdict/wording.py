"""Does the vector keep its effect in other words?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from steering.analysis.answering import LEAST_MASS
from steering.analysis.brittleness import MARGIN
from steering.analysis.curves import RUN_KEY
from steering.analysis.verdict.nulls import FEWEST_GROUPS
from steering.analysis.verdict.outcomes import (
    BRITTLE,
    KEPT,
    MOVES,
    NO_ANSWER,
    NOT_STEERED,
    TOO_LITTLE,
    TURNED,
    UNDECIDED,
    WORDING,
    adjusted,
    is_discovery,
    verdict_table,
)
from steering.analysis.wordings import FEWEST_WORDINGS, by_family
from steering.records.directions import CONTRASTIVE

# What has to be left of the effect for it to be kept: a fifth less is a loss that matters.
LEAST_SHARE = MARGIN[0]


def of_moved(table: pd.DataFrame, steering: pd.DataFrame) -> pd.DataFrame:
    """Return the slopes of vectors that move the answer in the published wording.

    Of no effect there is no share. `table` and `steering` are those of `wording_verdicts`.
    """
    moved = (steering["direction"] == CONTRASTIVE) & (steering["outcome"] == MOVES)
    runs = steering.loc[moved, ["model", "concept", "form"]].drop_duplicates()
    return table.merge(runs, on=["model", "concept", "form"])


def wording_verdicts(table: pd.DataFrame, steering: pd.DataFrame) -> pd.DataFrame:
    """Return whether each concept's vector keeps its effect in each family of wordings.

    `table` is that of `records.wordings`, `steering` the verdicts of `steering_verdicts` on the
    same runs. The estimate is the mean slope over the wordings of a family as a share of that in
    the published wording, for one vector as it is. The rule, in this order:

    1. *not judged* where the vector does not move the answer in the published wording;
    2. *too little data*: fewer than four wordings, or ten groups of questions;
    3. *does not answer the question*: without a vector, the labels hold less than half of the
       probability in that family;
    4. *reverses*: the 95 % interval of the share lies below zero, and q of its being zero is at
       most 5 %;
    5. *loses part of its effect*: the interval lies below 0.8, and q of that share is at most 5 %;
    6. *keeps its effect*: the interval lies above 0.8;
    7. *cannot be decided* otherwise.

    Wordings and questions are both drawn at random, so that the interval counts both; q is adjusted
    over all concepts and families of the same model and form. `least` is the smallest loss that
    would have been told.
    """
    moved = steering.loc[steering["direction"] == CONTRASTIVE, [*RUN_KEY, "form", "outcome"]]
    shares = by_family(table, LEAST_SHARE)
    tests = moved.rename(columns={"outcome": "at_home"}).merge(
        shares, on=["model", "concept", "form"]
    )
    tests = tests.rename(columns={"share": "estimate", "family": "subject"})
    steered = tests["at_home"] == MOVES
    few = (tests["wordings"] < FEWEST_WORDINGS) | (tests["groups"] < FEWEST_GROUPS)
    silent = tests["mass"] < LEAST_MASS
    judged = steered & ~few & ~silent
    family = ["model", "form"]
    turned = adjusted(tests.assign(p=tests["p_turned"].where(judged)), family)
    tests = adjusted(tests.assign(p=tests["p_weaker"].where(judged)), family)
    low, high = tests["low"], tests["high"]
    reverses = is_discovery(turned) & (high < 0)
    outcome = np.select(
        [
            ~steered,
            few,
            silent,
            reverses,
            is_discovery(tests) & (high < LEAST_SHARE),
            low >= LEAST_SHARE,
        ],
        [NOT_STEERED, TOO_LITTLE, NO_ANSWER, TURNED, BRITTLE, KEPT],
        UNDECIDED,
    )
    told = {name: turned[name].where(reverses, tests[name]) for name in ("p", "q")}
    least = (1 - LEAST_SHARE + (high - low) / 2).where(judged)
    ends = {name: tests[name].where(judged) for name in ("estimate", "low", "high")}
    tests = tests.assign(**told, **ends, outcome=outcome, least=least, direction=CONTRASTIVE)
    return verdict_table(tests, WORDING)
