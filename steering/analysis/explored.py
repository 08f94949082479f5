"""Every question of one run by itself: its curves in all pairs of settings, and chance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from steering.analysis.curves import CURVE_KEY, SETTING_PAIR, curve_table, select
from steering.analysis.letters import counterbalanced
from steering.analysis.statistics.chance import FEWEST
from steering.records.directions import CONTRASTIVE, RANDOM
from steering.records.results import Results
from steering.records.tables import STEERABILITY_KEY

# Where both orders of a question stand for one: their mean.
BOTH = -1
NORMAL_95 = 1.96
_QUESTION = [*SETTING_PAIR, *CURVE_KEY]


def explorable(results: Results) -> pd.DataFrame:
    """Return `curve_table` of one run without the vectors that nobody explores.

    Test items alone, at the chosen layer: the curves of the contrastive vector, and those of random
    ones, which chance is told by.
    """
    slopes = results.steerability
    wanted = slopes[slopes["direction"].isin([CONTRASTIVE, RANDOM])]
    return curve_table(replace(results, steerability=wanted))


def curves_of_questions(curves: pd.DataFrame, sweep: pd.DataFrame) -> pd.DataFrame:
    """Return every curve of the contrastive vector with its points, one run at a time.

    One row per vector_setting, prompt_setting, item and order: `steerability` and
    `planted_steerability` (logits per unit of λ; NaN where no truth is known), `r_squared`,
    `positive_letter`, and a column for each multiplier with the propensity there in logits (NaN
    where it was not measured).

    Raises ValueError where a question has two curves in the same settings and order: then the table
    is not that of one run.
    """
    own = select(curves, vector_setting=None, prompt_setting=None)
    if own.duplicated(_QUESTION).any():
        raise ValueError("a question has several curves in the same settings and order.")
    steered = sweep[sweep["direction"] == CONTRASTIVE]
    points = own[list(STEERABILITY_KEY)].merge(steered, on=list(STEERABILITY_KEY))
    wide = points.pivot(index=_QUESTION, columns="multiplier", values="propensity")
    values = ["steerability", "r_squared", "planted_steerability", "positive_letter"]
    rows = own.set_index(_QUESTION)[values]
    return rows.join(wide.rename_axis(columns=None)).sort_index().reset_index()


def chance_of_questions(curves: pd.DataFrame) -> pd.DataFrame:
    """Return how far random vectors move each question: 95 % of their slopes lie within ± `reach`.

    One row per prompt_setting, item and order, and with order `BOTH` for the mean of both orders.
    The reach is 1.96 root mean squares of the random slopes of that question (they have mean zero:
    see `statistics.chance`). Questions with fewer than ten random vectors have no row.
    """
    own = curves[curves["direction"] == RANDOM]
    both = counterbalanced(own).assign(order=BOTH)
    key = ["prompt_setting", *CURVE_KEY]
    drawn = pd.concat([own, both], ignore_index=True)[[*key, "number", "steerability"]]
    squares = drawn.assign(squared=drawn["steerability"] ** 2).groupby(key, observed=True)
    spread = squares.agg(vectors=("number", "size"), squared=("squared", "mean")).reset_index()
    spread = spread[spread["vectors"] >= FEWEST]
    reach = NORMAL_95 * np.sqrt(spread["squared"])
    return spread.assign(reach=reach)[[*key, "reach"]].reset_index(drop=True)


def share_reversed(curves: pd.DataFrame) -> tuple[int, int]:
    """Return how many questions fall, both orders together, BASE→BASE, and how many there are.

    A question falls where the mean of its two slopes is below zero.
    """
    slopes = counterbalanced(select(curves))["steerability"]
    return int((slopes < 0).sum()), len(slopes)
