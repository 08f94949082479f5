"""How much differs between runs of training that differ in their seed and shape alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

RUN = ["shape", "seed"]
COLUMNS = (
    *RUN,
    *("concept", "design", "planted", "along_direction", "contrastive", "cosine", "accuracy"),
)


def read_seeds(folder: Path) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return a row for each run and concept, and what the file says of itself.

    Columns: shape, seed, concept, design, `planted` (mean planted slope), `along_direction`,
    `contrastive` (mean slopes along the planted direction and the contrastive vector), `cosine` of
    the two, `accuracy` (share of held-out prompts with the sign that is asked for).
    """
    about = json.loads((folder / "seeds.json").read_text(encoding="utf-8"))
    return pd.read_csv(folder / "seeds.csv")[list(COLUMNS)], about


def spread_over_seeds(seeds: pd.DataFrame) -> pd.DataFrame:
    """Return per concept how far runs differ: `planted`, `lowest`, `highest`, `range`, `runs`.

    Of the mean slope along the contrastive vector, in the order of the planted means.
    """
    found = seeds.groupby(["concept", "design"], as_index=False, sort=False).agg(
        planted=("planted", "mean"),
        lowest=("contrastive", "min"),
        highest=("contrastive", "max"),
        runs=("contrastive", "size"),
    )
    found = found.sort_values(["planted", "concept"], ascending=[False, True], ignore_index=True)
    return found.assign(range=found["highest"] - found["lowest"])
