"""Findings that a test chooses itself, in the columns of `analysis.findings`."""

from __future__ import annotations

import numpy as np
import pandas as pd

from steering.analysis.findings import COLUMNS
from steering.records.kinds import PUBLIC


def row(finding: str, *, model: str = "wren", kind: str = PUBLIC, **values: float) -> pd.DataFrame:
    """One finding; what is not given is missing."""
    given = {"finding": finding, "model": model, "kind": kind, **values}
    return pd.DataFrame([given]).reindex(columns=COLUMNS).fillna({"of": 1.0})


def table(*rows: pd.DataFrame) -> pd.DataFrame:
    """Several findings, one below the other."""
    whole = pd.concat(rows, ignore_index=True)
    numbers = ["value", "low", "high", "count", "of", "expected"]
    return whole.astype(dict.fromkeys(numbers, np.float64))
