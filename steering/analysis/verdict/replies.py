"""Does what a steered model writes suit the positive persona more, the larger λ is?"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from steering.analysis.replies import score_slopes
from steering.analysis.statistics.chance import FEWEST
from steering.analysis.verdict import outcomes
from steering.analysis.verdict.nulls import FEWEST_GROUPS, leaves_out_zero, tail
from steering.analysis.verdict.outcomes import (
    CHANCE,
    MOVES,
    TOO_LITTLE,
    WRONG_WAY,
    adjusted,
    is_discovery,
    verdict_table,
)
from steering.records.directions import CONTRASTIVE
from steering.records.tables import SAID


def reply_verdicts(replies: pd.DataFrame, kinds: Mapping[str, str]) -> pd.DataFrame:
    """Return whether each concept's vector moves the score of sampled replies.

    `replies` is the table of `records.replies`, `kinds` says whose each concept is. The estimate is
    the mean slope of the score (`analysis.replies`), in nats a token per unit of λ. The rule:

    1. *too little data*: fewer than ten questions or ten random vectors;
    2. *moves the answer*, or *moves it the wrong way* where the slope is below zero: its 95 %
       interval over questions leaves out zero, and q is at most 5 %, where p is that of a zero-mean
       normal with the spread of the random vectors' slopes, adjusted over the model's concepts;
    3. *cannot be told apart from chance* otherwise.
    """
    slopes = score_slopes(replies)
    slopes = slopes.rename(columns={"slope": "estimate"}).assign(
        kind=slopes["concept"].map(dict(kinds)),
        form=SAID,
        direction=CONTRASTIVE,
    )
    enough = (slopes["questions"] >= FEWEST_GROUPS) & (slopes["random"] >= FEWEST)
    p = tail(slopes["estimate"], slopes["random_spread"], slopes["random"]).where(enough)
    tests = adjusted(slopes.assign(p=p), ["model"])
    clear = enough & is_discovery(tests) & leaves_out_zero(tests)
    outcome = np.select(
        [~enough, clear & (tests["estimate"] > 0), clear],
        [TOO_LITTLE, MOVES, WRONG_WAY],
        CHANCE,
    )
    few = "fewer than ten questions or random vectors"
    reason = np.where(enough, "", few)
    return verdict_table(tests.assign(outcome=outcome, reason=reason), outcomes.REPLIES)
