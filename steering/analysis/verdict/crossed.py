"""Does the vector that is read in the other form of the questions move these answers too?"""

from __future__ import annotations

import pandas as pd

from steering.analysis.crossed import HOME, crossed_curves
from steering.analysis.curves import RUN_KEY, select
from steering.analysis.verdict import outcomes
from steering.analysis.verdict.movement import judged
from steering.analysis.verdict.nulls import beside_nulls
from steering.analysis.verdict.outcomes import STEERING, of_claim
from steering.records.directions import CONTRASTIVE, CROSSED, RANDOM
from steering.records.tables import SAID, TODAY

_BY = [*RUN_KEY, "form"]


def crossed_verdicts(
    curves: pd.DataFrame, crossed: pd.DataFrame, answers: pd.DataFrame
) -> pd.DataFrame:
    """Return whether the vector read in the other form moves the answers in this one, BASE→BASE.

    `curves` is the table of `curve_table` for one form, `crossed` that of `records.crossed`,
    `answers` that of `analysis.answering.answering`. The vector has the norm of the form's own one
    and acts at the same layer, where random vectors of that norm were measured. The rule is that of
    `steering_verdicts` for a vector whose training pairs are not resampled: the 95 % interval over
    groups of test questions leaves out zero, and q is at most 5 %, where p is that under random
    vectors, adjusted over the concepts of the same model and form that answer the question.
    """
    both = crossed_curves(curves, crossed)
    tried = both[(both["direction"] == CROSSED) & (both["prompt_setting"] == HOME)]
    random = select(curves, direction=RANDOM)
    random = random[[*tried.columns, "number"]]
    rows = pd.concat([tried.assign(number=0), random], ignore_index=True)
    there = tried[_BY].drop_duplicates()
    tests = beside_nulls(rows.merge(there, on=_BY), "steerability", _BY, direction=CROSSED)
    verdicts = judged(tests.assign(direction=CROSSED), answers, outcomes.CROSSED)
    return verdicts.assign(direction=CONTRASTIVE)


def of_both_vectors(verdicts: pd.DataFrame) -> pd.DataFrame:
    """Return the verdicts on what either vector does in either form, with `vector`.

    That is the form in which the vector is read. The own vector's verdicts are those on steering,
    the other one's those on crossed vectors; `form` is that of the questions.
    """
    own = of_claim(verdicts, STEERING)
    own = own.assign(vector=own["form"])
    crossed = of_claim(verdicts, outcomes.CROSSED)
    other = {TODAY["form"]: SAID, SAID: TODAY["form"]}
    crossed = crossed.assign(vector=crossed["form"].astype("str").map(other))
    return pd.concat([own, crossed], ignore_index=True)
