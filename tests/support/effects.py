"""Effects of differences between protocols as they are stored: two models, a few planted ones."""

from __future__ import annotations

from itertools import product

import pandas as pd

from steering.records.protocol_effects import ALL, CONTRACT, NUMBERS, RANKS
from steering.records.protocols import OPTIONS, PROTOCOLS

# The changes that are there, far beyond chance; all others are of p = 0.6.
PLANTED = {("wren", "clean", "score", "mean"): -0.5, ("wren", "clean", "all", "reversed"): 0.25}


def table() -> pd.DataFrame:
    """A row for each model, protocol, option and number."""
    rows = []
    keys = product(("wren", "linnet"), PROTOCOLS, (*OPTIONS, ALL), NUMBERS)
    for at, key in enumerate(keys):
        change = PLANTED.get(key, 0.001 * (at % 7))
        before = 1.0 if key[-1] == RANKS else 0.4
        p = float("nan") if key[-1] == RANKS else 1e-6 if key in PLANTED else 0.6
        if key[-1] == RANKS:
            change = -0.01 * (at % 7)
        low, high = change - 0.02, change + 0.02
        rows.append((*key, before, before + change, change, low, high, p, 90, 80, 3))
    return CONTRACT.validate(pd.DataFrame(rows, columns=list(CONTRACT.columns)))
