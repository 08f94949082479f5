"""How far models differ that were trained alike but for their seed and shape."""

from __future__ import annotations

import pandas as pd


def spread_over_seeds(seeds: pd.DataFrame) -> pd.DataFrame:
    """Return per concept how far runs differ: `planted`, `lowest`, `highest`, `range`, `runs`.

    Of the mean slope along the contrastive vector, in the order of the planted means.
    """
    spread = seeds.groupby(["concept", "design"], as_index=False, sort=False).agg(
        planted=("planted", "mean"),
        lowest=("contrastive", "min"),
        highest=("contrastive", "max"),
        runs=("contrastive", "size"),
    )
    spread = spread.sort_values(["planted", "concept"], ascending=[False, True], ignore_index=True)
    return spread.assign(range=spread["highest"] - spread["lowest"])
