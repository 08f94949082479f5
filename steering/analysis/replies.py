"""Replies measured without a judge: does what a steered model writes suit the persona more?

A reply is scored by the model without any vector: the mean log-probability of its tokens under the
positive persona's prompt less that under the negative one's (`measuring.sampled`). A question's
replies under several λ make a curve, whose slope says how much the score rises with λ.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from scipy import stats

from steering.analysis.statistics.groups import LEVEL, percentiles, resampled
from steering.records.directions import CONTRASTIVE, RANDOM

RUN = ["model", "concept"]
# A reply of which so large a share of the pairs of neighbouring tokens occurred before is a loop.
LOOPING = 0.5


def with_scores(replies: pd.DataFrame) -> pd.DataFrame:
    """Return the replies with `score` (nats a token; NaN where a reply is empty), `empty`, `loops`.

    Takes the table of `records.replies`.
    """
    return replies.assign(
        score=replies["positive"] - replies["negative"],
        empty=replies["tokens"] == 0,
        loops=replies["repeated"].fillna(0) >= LOOPING,
    )


def score_slopes(replies: pd.DataFrame) -> pd.DataFrame:
    """Return how much the score rises with each unit of λ: a row per model and concept.

    `slope`, `low`, `high` (nats a token per unit of λ; 95 % over questions, whose samples are drawn
    with them); `random` (how many random vectors of the same norm), `random_spread` (root mean
    square of their slopes) and `chance` (95 % of random vectors fall within plus and minus it, by
    Student's t with as many degrees of freedom as there are vectors); `questions`, `replies`
    (scored, of the own vector), `empty` and `loops` (shares of all its replies). A question's slope
    is the least-squares line through its replies.
    """
    rows = []
    for key, part in with_scores(replies).groupby(RUN, sort=False):
        own = part[part["direction"] == CONTRASTIVE]
        slopes = _slopes(own)
        weights = np.column_stack([np.ones(len(slopes)), slopes.to_numpy(float)])
        sums, groups = resampled(weights, slopes.index)
        ends = percentiles(sums[:, 1] / sums[:, 0], groups) if groups else (math.nan, math.nan)
        drawn = part[part["direction"] == RANDOM]
        means = [_slopes(one).mean() for _, one in drawn.groupby("number")]
        spread = float(np.sqrt(np.mean(np.square(means)))) if means else math.nan
        chance = spread * stats.t.ppf((1 + LEVEL) / 2, max(len(means), 1))
        counts = (groups, int(own["score"].notna().sum()), own["empty"].mean(), own["loops"].mean())
        rows.append((*key, slopes.mean(), *ends, len(means), spread, chance, *counts))
    columns = ["slope", "low", "high", "random", "random_spread", "chance"]
    columns += ["questions", "replies", "empty", "loops"]
    return pd.DataFrame(rows, columns=[*RUN, *columns])


def _slopes(replies: pd.DataFrame) -> pd.Series[float]:
    """Return the slope of the score over λ for each question that has replies at two λ."""
    known = replies.dropna(subset="score")
    if known.empty:
        return pd.Series(dtype=float)
    names, question = np.unique(known["item"].to_numpy(), return_inverse=True)
    by, score = (known[name].to_numpy(dtype=np.float64) for name in ("multiplier", "score"))
    count = np.bincount(question)
    from_mean = by - (np.bincount(question, weights=by) / count)[question]
    squares = np.bincount(question, weights=from_mean**2)
    products = np.bincount(question, weights=from_mean * score)
    there = squares > 0
    return pd.Series(products[there] / squares[there], index=names[there].astype(str))
