"""Whether a vector is specific: what other concepts' vectors do on the same questions.

All of them are tried at the norm of the concept's own vector and at its layer, BASE→BASE
(`records.matrix`), so that only their direction differs. What is specific to a concept is what its
own vector does beyond them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from steering.analysis.curves import CURVE_KEY, RUN_KEY, select
from steering.analysis.statistics.groups import each, p_of_zero, percentiles, resampled

# What a slope in the matrix shares with the slope of the own vector on the same question.
_WORDS = ["model", "concept", "form", "operator"]
_SHARED = [*_WORDS, "layer", *CURVE_KEY]
_COLUMNS = [
    *("own", "own_low", "own_high", "others", "rank", "spread"),
    *("strongest", "strongest_mean", "strongest_low", "strongest_high"),
    *("ahead", "ahead_low", "ahead_high", "p_ahead", "left_out", "n", "groups"),
]


def specificity(curves: pd.DataFrame, matrix: pd.DataFrame) -> pd.DataFrame:
    """Return what each concept's own vector does beside those of all others, on its questions.

    `curves` is `curve_table(...)`, `matrix` is `records.matrix.read_matrix(...)`. One row per model
    and concept (and its kind) on whose questions another vector was tried. Intervals are 95 %,
    bootstrap of groups, the same draws of groups for all vectors:

    - `own`, `own_low`, `own_high`: mean slope of the own vector, in logits per unit of λ
    - `others`: how many other vectors were tried
    - `rank`: place of the own vector among all by the size of the mean slope, 1 is the largest
    - `spread`: root mean square of the others' mean slopes, that is what one of them does
    - `strongest`: the other concept with the largest mean slope by size, `strongest_mean`,
      `strongest_low`, `strongest_high`
    - `ahead`, `ahead_low`, `ahead_high`: size of the own mean slope less that of the strongest. In
      each draw both are taken along the sign that they have over all groups: the size itself would
      grow by noise.
    - `p_ahead`: two-sided, that the two do as much (Student's t on the groups), times the number of
      others: the strongest was chosen among so many (Bonferroni)
    - `left_out`: questions not counted since the other vector was trained on them, over all others
    - `n` (curves of the own vector), `groups`
    """
    rows = [(*run, *_beside(part).values()) for run, part in each(_paired(curves, matrix), RUN_KEY)]
    return pd.DataFrame(rows, columns=[*RUN_KEY, *_COLUMNS])


def matrix_means(curves: pd.DataFrame, matrix: pd.DataFrame) -> pd.DataFrame:
    """Return the mean slope of every vector on the questions of every concept, the own one too.

    Takes what `specificity` takes. One row per model, concept (whose questions; and its kind) and
    `vector_concept` (whose vector): `mean`, in logits per unit of λ, and `n`, the curves it is of.
    """
    by = [*RUN_KEY, "vector_concept"]
    slopes = _paired(curves, matrix).groupby(by, sort=False)["steerability"]
    return slopes.agg(mean="mean", n="size").reset_index()


def _paired(curves: pd.DataFrame, matrix: pd.DataFrame) -> pd.DataFrame:
    """Return the slopes of all vectors on the same questions, the own one's first.

    Concepts on whose questions no other vector was tried are left out.
    """
    own = select(curves)[[*RUN_KEY, *_SHARED[2:], "group", "steerability"]]
    own = own.astype(dict.fromkeys(_WORDS, "str"))
    known = own.drop(columns="steerability")
    others = matrix.astype(dict.fromkeys(_WORDS, "str")).merge(known, on=_SHARED)
    both = pd.concat([own.assign(vector_concept=own["concept"]), others], ignore_index=True)
    tried = pd.MultiIndex.from_frame(others[RUN_KEY].drop_duplicates())
    return both[pd.MultiIndex.from_frame(both[RUN_KEY]).isin(tried)]


def _beside(part: pd.DataFrame) -> dict[str, Any]:
    """Return the row of one concept, from the slopes of all vectors on its questions."""
    concept = part["concept"].iloc[0]
    wide = part.pivot(index=["group", *CURVE_KEY], columns="vector_concept", values="steerability")
    names = [concept, *sorted(set(wide.columns) - {concept})]
    slopes = wide[names].to_numpy(dtype=np.float64)
    there = np.isfinite(slopes)
    groups = wide.index.get_level_values("group")
    sums, count = resampled(np.hstack([np.where(there, slopes, 0.0), there]), groups)
    with np.errstate(divide="ignore", invalid="ignore"):
        drawn = sums[:, : len(names)] / sums[:, len(names) :]
    means = np.nanmean(slopes, axis=0)
    sizes = np.abs(means)
    strongest = 1 + int(np.argmax(sizes[1:]))
    signs = np.sign(means)
    ahead = signs[0] * drawn[:, 0] - signs[strongest] * drawn[:, strongest]
    leads = float(sizes[0] - sizes[strongest])
    questions = wide.notna().groupby("item").any().sum()
    values = (
        *(means[0], *percentiles(drawn[:, 0], count)),
        *(len(names) - 1, 1 + int((sizes[1:] > sizes[0]).sum())),
        float(np.sqrt((means[1:] ** 2).mean())),
        *(names[strongest], means[strongest], *percentiles(drawn[:, strongest], count)),
        *(leads, *percentiles(ahead, count)),
        min(1.0, p_of_zero(ahead, leads, count) * (len(names) - 1)),
        int((questions[concept] - questions[names[1:]]).sum()),
        *(len(wide), count),
    )
    return dict(zip(_COLUMNS, values, strict=True))
