"""Does the vector push towards a letter, A or B, whatever the letter says?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from steering.analysis.curves import RUN_KEY, select
from steering.analysis.letters import counterbalanced
from steering.analysis.verdict.nulls import beside_nulls, leaves_out_zero, with_pairs_unknown
from steering.analysis.verdict.outcomes import (
    CHANCE,
    LETTER,
    TOO_LITTLE,
    TOWARDS_A,
    TOWARDS_B,
    adjusted,
    is_discovery,
    verdict_table,
)
from steering.records.directions import CONTRASTIVE

_BY = [*RUN_KEY, "form"]


def letter_verdicts(curves: pd.DataFrame) -> pd.DataFrame:
    """Return whether each concept's vector pushes towards a letter, BASE→BASE.

    `curves` is the table of `curve_table`. The estimate is the mean position bias: half the slope
    with the positive answer at A, less half of that with it at B, in logits per unit of λ. Any
    vector pushes towards a letter a little. So the rule is that of `steering_verdicts`: the push is
    held to that of random vectors and of vectors of shuffled labels, the larger p counts, it is
    adjusted over the concepts of the model and form, and the interval has to leave out zero. A form
    of questions without letters has no such verdict.
    """
    pair = select(curves, direction=None)
    pair = pair[pair["positive_letter"].notna()]
    items = counterbalanced(pair)
    tests = beside_nulls(items, "position_bias", _BY).assign(direction=CONTRASTIVE)
    tests = adjusted(tests, ["model", "form"])
    clear = is_discovery(tests) & leaves_out_zero(tests)
    outcome = np.select(
        [tests["reason"] != "", clear & (tests["estimate"] > 0), clear],
        [TOO_LITTLE, TOWARDS_A, TOWARDS_B],
        CHANCE,
    )
    reason = with_pairs_unknown(tests, tests["reason"])
    return verdict_table(tests.assign(outcome=outcome, reason=reason), LETTER)
