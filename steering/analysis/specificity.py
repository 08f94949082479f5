"""Is a vector specific: what do other concepts' vectors do on the same questions?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from steering.analysis.curves import CURVE_KEY, RUN_KEY, select
from steering.analysis.statistics import training_pairs
from steering.analysis.statistics.groups import each, percentiles, resampled

_COLUMNS = [
    *("own", "own_low", "own_high", "others", "rank", "spread"),
    *("strongest", "strongest_mean", "ahead", "ahead_low", "ahead_high"),
]


def specificity(table: pd.DataFrame, matrix: pd.DataFrame) -> pd.DataFrame:
    """Return what each concept's own vector does beside those of other concepts, BASE→BASE."""
    own = select(table)
    beside = training_pairs.beside_resampled(table)
    means = training_pairs.means(beside, "steerability", RUN_KEY).set_index(RUN_KEY)
    rows = []
    for run, part in each(own, RUN_KEY):
        others = matrix[(matrix["model"] == run[0]) & (matrix["concept"] == run[1])]
        if others.empty:
            continue
        slopes = others.groupby("vector_concept", observed=True)["steerability"].mean()
        name = slopes.abs().idxmax()
        both = part.merge(
            others.loc[others["vector_concept"] == name, [*CURVE_KEY, "steerability"]],
            on=CURVE_KEY,
            suffixes=("", "_other"),
        )
        signed = np.sign(means.loc[run, "mean"]) * both["steerability"]
        signed -= np.sign(slopes[name]) * both["steerability_other"]
        sums, groups = resampled(np.column_stack([np.ones(len(both)), signed]), both["group"])
        rows.append(
            (
                *run,
                *means.loc[run, ["mean", "low", "high"]],
                len(slopes),
                1 + int((slopes.abs() > abs(means.loc[run, "mean"])).sum()),
                float(np.sqrt((slopes**2).mean())),
                name,
                slopes[name],
                signed.mean(),
                *percentiles(sums[:, 1] / sums[:, 0], groups),
            )
        )
    return pd.DataFrame(rows, columns=[*RUN_KEY, *_COLUMNS])
