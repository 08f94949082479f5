"""Reader of the committed table of operators and makers of directions, at equal cost."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

FILE = "operators.csv"
COLUMNS = (
    *("model", "concept", "kind", "form", "operator", "maker", "layer"),
    *("multiplier", "dose", "limit", "effect", "low", "high", "outcome"),
    *("loss", "divergence", "price"),
)


def read_operators(folder: Path, model: str) -> pd.DataFrame:
    """Return a row for each concept and way in a model, each at its own operating point.

    There are none of a model that we have not measured so. `effect`, `low`, `high` are of the mean
    propensity, in logits; `loss` and `divergence` are nats a token of neutral text.
    """
    file = folder / FILE
    if not file.is_file():
        return pd.DataFrame(columns=list(COLUMNS))
    table = pd.read_csv(file)[list(COLUMNS)]
    return table[table["model"] == model].reset_index(drop=True)
