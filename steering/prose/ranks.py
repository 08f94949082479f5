"""Rank correlations in a sentence: each with its interval, and whether it can be told from none."""

from __future__ import annotations

import pandas as pd

from steering.prose.words import Row, listed, records, within

RHO = ("rho", "low", "high")
UNTOLD = "not told apart from none"


def ranks_by_kind(rows: pd.DataFrame) -> str:
    """Return the rank correlation of each kind of concepts in words; "" where none is known.

    Needs `kind`, `rho`, `low` and `high`. For example: "0.93 (0.80 to 0.98) for concepts of ours
    and 0.20 (−0.40 to 0.70), not told apart from none, for public data sets".
    """
    known = records(rows[rows["rho"].notna()])
    return listed(f"{rank_told(row)} for {row['kind']}" for row in known) if known else ""


def rank_told(row: Row) -> str:
    """Return one rank correlation with its interval; where that holds zero, it is said."""
    holds_none = row["low"] <= 0 <= row["high"]
    return within(row, RHO) + (f", {UNTOLD}," if holds_none else "")
