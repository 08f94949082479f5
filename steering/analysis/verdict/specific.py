"""Does the vector do more on its own concept's questions than the vectors of other concepts do?"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from steering.analysis.curves import RUN_KEY
from steering.analysis.verdict.nulls import tail
from steering.analysis.verdict.outcomes import (
    CHANCE,
    MOVES,
    NOT_STEERED,
    NOT_TESTED,
    OTHER_FIRST,
    OWN_FIRST,
    SPECIFIC,
    WRONG_WAY,
    adjusted,
    is_discovery,
    verdict_table,
)
from steering.records.directions import CONTRASTIVE

# Fewer other concepts than these, and their spread is not worth a test.
FEWEST_OTHERS = 5


def specific_verdicts(specificity: pd.DataFrame, steering: pd.DataFrame) -> pd.DataFrame:
    """Return whether each concept's vector does more than those of other concepts, BASE→BASE.

    `specificity` is the table of `analysis.specificity.specificity`, `steering` the verdicts of
    `steering_verdicts`. All vectors have the norm of the concept's own. The estimate is the own
    vector's mean slope. The rule, in this order:

    1. *not tested* with fewer than five other concepts' vectors, as in a run of one concept alone;
    2. *not judged* where the own vector does not move the answer, either way;
    3. *another concept's vector does more*: the own vector is not the strongest, q is at most 5 %,
       and the size of its mean slope, less that of the strongest other vector's, has a 95 %
       interval below zero. p is that the two do as much, times the number of the others, among
       which the strongest was chosen: without that, one of five others that do just as much was
       said to do more in three times as many cases as it may (experiments/calibration);
    4. *does more than other concepts' vectors*: the own vector is the strongest of all, and q is at
       most 5 %. p is that of a zero-mean normal whose spread is that of the other vectors, with
       Student's t of as many degrees of freedom;
    5. *cannot be told apart from chance* otherwise. `least` is the smallest mean slope that would
       have been told apart from the other vectors by itself.
    """
    moved = steering[steering["direction"] == CONTRASTIVE]
    tests = moved[[*RUN_KEY, "form", "outcome"]].rename(columns={"outcome": "moved"})
    tests = tests.merge(specificity, how="left", on=RUN_KEY)
    numbers = [name for name in specificity if name not in [*RUN_KEY, "strongest"]]
    tests = tests.astype(dict.fromkeys(numbers, float))
    columns = {"own": "estimate", "own_low": "low", "own_high": "high"}
    tests = tests.rename(columns=columns).assign(direction=CONTRASTIVE)
    others = tests["others"].fillna(0)
    few, steered = others < FEWEST_OTHERS, tests["moved"].isin([MOVES, WRONG_WAY])
    strongest = tests["rank"] == 1
    p = tail(tests["estimate"], tests["spread"], others).where(strongest, tests["p_ahead"])
    tests = adjusted(tests.assign(p=p.where(~few & steered)), ["model", "form"])
    found = is_discovery(tests)
    outcome = np.select(
        [few, ~steered, found & ~strongest & (tests["ahead_high"] < 0), found & strongest],
        [NOT_TESTED, NOT_STEERED, OTHER_FIRST, OWN_FIRST],
        CHANCE,
    )
    told = [f"{count:.0f} other concepts' vectors, of at least {FEWEST_OTHERS}" for count in others]
    strongest_name = np.where(outcome == OTHER_FIRST, tests["strongest"].fillna(""), "")
    reason = np.where(few, told, strongest_name)
    least = tests["spread"] * stats.t.ppf(0.975, others.clip(lower=1))
    return verdict_table(tests.assign(outcome=outcome, reason=reason, least=least), SPECIFIC)
