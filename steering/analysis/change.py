"""How far a vector moves the propensity at one λ, as it was measured there.

A slope is fitted to all λ of a curve. Where the curve bends, what was measured at λ = 1 is not the
slope.
"""

from __future__ import annotations

import pandas as pd

from steering.analysis.curves import RUN_CURVE_KEY, RUN_KEY
from steering.analysis.statistics import training_pairs
from steering.records.directions import CONTRASTIVE
from steering.records.results import Results
from steering.records.tables import STEERABILITY_KEY

_COLUMNS = [*RUN_KEY, "multiplier", "mean", "low", "high", *training_pairs.COUNTS]


def change_at(table: pd.DataFrame, results: Results, *, multiplier: float = 1.0) -> pd.DataFrame:
    """Return the mean change of the propensity from λ = 0 to `multiplier`, BASE→BASE.

    `table` is `curve_table(results)`. One row per model, concept and kind whose vector was measured
    at that λ: `multiplier`, `mean`, `low`, `high` (logits), `n` (curves), `groups`,
    `vectors_resampled`. The interval is over groups of test items and training pairs, as that of
    the mean slope. Vectors of resampled training pairs are measured at other λ: each counts with
    its own slope, and every curve bends as it does under the vector itself.
    """
    rows = training_pairs.beside_resampled(table)
    own = rows[rows["direction"] == CONTRASTIVE]
    points = results.sweep[results.sweep["multiplier"].isin([0.0, multiplier])]
    points = own[[*STEERABILITY_KEY, "kind", "steerability"]].merge(
        points, on=list(STEERABILITY_KEY), validate="one_to_many"
    )
    at = points.pivot_table(index=RUN_CURVE_KEY, columns="multiplier", values="propensity")
    if multiplier not in at or 0.0 not in at:
        return pd.DataFrame(columns=_COLUMNS)
    slope = points.groupby(RUN_CURVE_KEY)["steerability"].first()
    bend = (at[multiplier] - at[0.0] - multiplier * slope).rename("bend").dropna()
    rows = rows.merge(bend.reset_index(), on=RUN_CURVE_KEY)
    rows = rows.assign(change=multiplier * rows["steerability"] + rows["bend"])
    return training_pairs.means(rows, "change", RUN_KEY).assign(multiplier=multiplier)[_COLUMNS]
