"""Tables of how often intervals and claims hold what was planted."""

from __future__ import annotations

import pandas as pd
from IPython.display import Markdown

from steering.analysis.planted_truth import ALL, BASE
from steering.prose.words import Row, interval, number, share, table

CLAIMS = {
    "steering": "The vector",
    "letter": "The vector",
    "shift": "Under a shift, the vector",
    "question": "The vector",
}


def covered_table(covered: pd.DataFrame) -> Markdown:
    """Return the table “Do the intervals hold the planted truth?”.

    Takes the table of `analysis.planted_truth.covered_truth`.
    """
    key = ["model", "against"]
    wide = covered[covered["settings"] == BASE].merge(
        covered[covered["settings"] == ALL], on=key, suffixes=("", "_all")
    )
    return table(
        wide,
        {
            "Model": "model",
            "Mean slope": "against",
            "In BASE": lambda row: _held(row, ""),
            "In all prompt settings": lambda row: _held(row, "_all"),
            "Distance from the truth, median and largest": lambda row: (
                f"{number(row['distance_all'], 3)}, {number(row['furthest_all'], 2)}"
            ),
        },
    )


def planted_claims_table(claims: pd.DataFrame) -> Markdown:
    """Return the table of claims on planted truth: how many were made, and how many are right.

    Takes the table of `analysis.planted_truth.claims_on_truth`.
    """
    return table(
        claims,
        {
            "Model": "model",
            "Claim": lambda row: f"{CLAIMS[row['claim']]} {row['outcome']}",
            "Made": lambda row: f"{row['made']} of {row['of']}",
            "Right": "right",
            "Wrong": "wrong",
            "Share of wrong ones (95 %)": lambda row: (
                f"{share(row['share'])} ({interval(row['low'], row['high'], share)})"
                if row["made"]
                else "–"
            ),
            "Planted": "true",
        },
    )


def _held(row: Row, end: str) -> str:
    ends = interval(row[f"low{end}"], row[f"high{end}"], share)
    return f"{row[f'held{end}']} of {row[f'of{end}']} ({ends})"
