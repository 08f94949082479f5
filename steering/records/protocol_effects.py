"""What each difference between two protocols does to the numbers: the committed table.

A row is one number of a model under a protocol, and under the same protocol with one option as in
the other. It is made by `experiments.protocols`.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pandera.pandas as pa

from steering.records.beside import read_checked, write_checked
from steering.records.protocols import OPTIONS, PROTOCOLS

MEAN, REVERSED, SPREAD, OOD, RANKS = "mean", "reversed", "spread", "ood", "ranks"
# In the order in which they are shown, with what each is called there.
NUMBERS = {
    MEAN: "mean slope",
    REVERSED: "share of slopes below zero",
    SPREAD: "standard deviation of slopes",
    OOD: "slope left under USER_NEG",
    RANKS: "order of questions (ρ)",
}
# All options at once: the other protocol itself.
ALL = "all"

EFFECT_KEY = ("model", "protocol", "option", "number")
CONTRACT = pa.DataFrameSchema(
    {
        "model": pa.Column(str),
        "protocol": pa.Column(str, pa.Check.isin([*PROTOCOLS])),
        "option": pa.Column(str, pa.Check.isin([*OPTIONS, ALL])),
        "number": pa.Column(str, pa.Check.isin([*NUMBERS])),
        # Under the protocol, and with the option changed; in ranks, 1 and their correlation.
        "before": pa.Column("float64", nullable=True),
        "after": pa.Column("float64", nullable=True),
        # The second less the first; its bootstrap interval at 95 %, and its p.
        "difference": pa.Column("float64", nullable=True),
        "low": pa.Column("float64", nullable=True),
        "high": pa.Column("float64", nullable=True),
        "p": pa.Column("float64", pa.Check.in_range(0, 1), nullable=True),
        "questions": pa.Column("int64", pa.Check.ge(1)),
        "groups": pa.Column("int64", pa.Check.ge(1)),
        "concepts": pa.Column("int64", pa.Check.ge(1)),
    },
    unique=list(EFFECT_KEY),
    strict=True,
)
FILE = "protocols.parquet"


def write_effects(table: pd.DataFrame, folder: Path) -> Path:
    """Return the file after writing effects to a folder, see `records.beside.write_checked`."""
    return write_checked(table, folder / FILE, CONTRACT)


def read_effects(folder: Path) -> pd.DataFrame:
    """Return the effects of a folder; the table has no rows where there are none.

    Raises Refused where the file is damaged.
    """
    return read_checked(folder / FILE, CONTRACT, "protocol effects")
