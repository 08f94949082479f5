"""Does a persona in the prompt move the answer further than the vector does?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from steering.analysis.answering import LEAST_EFFECT
from steering.analysis.controls import VECTOR
from steering.analysis.curves import RUN_KEY
from steering.analysis.verdict.nulls import FEWEST_GROUPS, leaves_out_zero
from steering.analysis.verdict.outcomes import (
    ALIKE,
    PROMPT_FIRST,
    PROMPTING,
    TOO_LITTLE,
    VECTOR_FIRST,
    adjusted,
    is_discovery,
    verdict_table,
)
from steering.records.directions import CONTRASTIVE


def prompting_verdicts(personas: pd.DataFrame, steering: pd.DataFrame) -> pd.DataFrame:
    """Return whether each persona in the prompt moves the answer further than the vector does.

    `personas` is the table of `analysis.controls.prompting`, `steering` the verdicts of
    `steering_verdicts`. The subject is the prompt setting. The estimate is how much further the
    persona moves the mean propensity to its own side than the vector does at λ = 1 (at λ = −1 for
    the negative persona), in logits, on the same questions without and with the vector. *The prompt
    does more*, or *the vector does more*: the difference is at least 0.1 logits (the size that also
    counts as an answer, `answering.LEAST_EFFECT`), its 95 % interval leaves out zero, and q is at
    most 5 %, adjusted over all concepts and settings of the model and form. *Neither clearly does
    more* otherwise; `least` is the larger of that size and half the interval's width. The verdict
    holds for that λ, and for no other: at which λ the vector would do as much as the persona stands
    in the table `personas`.
    """
    moved = steering.loc[steering["direction"] == CONTRASTIVE, [*RUN_KEY, "form"]]
    tests = personas[personas["means"] != VECTOR].merge(moved, on=RUN_KEY)
    columns = {"means": "subject", "ahead": "estimate", "ahead_low": "low", "ahead_high": "high"}
    tests = tests[[*RUN_KEY, "form", *columns, "p", "groups"]].rename(columns=columns)
    few = tests["groups"] < FEWEST_GROUPS
    tests = tests.assign(p=tests["p"].where(~few), direction=CONTRASTIVE)
    tests = adjusted(tests, ["model", "form"])
    large = tests["estimate"].abs() >= LEAST_EFFECT
    clear = large & is_discovery(tests) & leaves_out_zero(tests)
    outcome = np.select(
        [few, clear & (tests["estimate"] > 0), clear],
        [TOO_LITTLE, PROMPT_FIRST, VECTOR_FIRST],
        ALIKE,
    )
    least = ((tests["high"] - tests["low"]) / 2).clip(lower=LEAST_EFFECT)
    return verdict_table(tests.assign(outcome=outcome, least=least), PROMPTING)
