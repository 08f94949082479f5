"""Reader of the committed runs of training with several seeds."""

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
