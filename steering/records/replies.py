"""Replies that a steered model wrote, and how the unsteered model scores them: a table of a run.

A row is one reply to one question, drawn from the model under one vector and λ. The vector is the
concept's own, or a random one of its norm, see `records.directions`. The score of a reply is the
mean log-probability of its tokens under the positive persona less that under the negative one, both
without a vector.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd
import pandera.pandas as pa

from steering.records.beside import joined, read_checked, write_checked

REPLY_KEY = (
    *("model", "concept", "direction", "number"),
    *("item", "order", "multiplier", "sample"),
)
CONTRACT = pa.DataFrameSchema(
    {
        **{name: pa.Column(str) for name in ("model", "concept", "direction")},
        **{
            name: pa.Column("int64", pa.Check.ge(0))
            for name in ("number", "item", "order", "sample", "tokens")
        },
        "multiplier": pa.Column("float64"),
        # Nats a token; missing where a reply is empty.
        "positive": pa.Column("float64", nullable=True),
        "negative": pa.Column("float64", nullable=True),
        # The share of pairs of neighbouring tokens that occurred in the reply before.
        "repeated": pa.Column("float64", pa.Check.in_range(0, 1), nullable=True),
        "text": pa.Column(str),
    },
    unique=list(REPLY_KEY),
    strict=True,
)
FILE = "replies.parquet"


def write_replies(table: pd.DataFrame, run: Path) -> Path:
    """Return the file after writing the replies of a run, see `records.beside.write_checked`."""
    return write_checked(table, run / FILE, CONTRACT)


def read_run_replies(run: Path) -> pd.DataFrame:
    """Return the replies of a run; the table has no rows where none were sampled.

    Raises Refused where the file is damaged.
    """
    return read_checked(run / FILE, CONTRACT, "replies")


def read_replies(runs: Iterable[Path | str]) -> pd.DataFrame:
    """Return the sampled replies of some runs; no rows where none were sampled.

    Raises Refused where a file is damaged.
    """
    return joined((read_run_replies(Path(run)) for run in runs), CONTRACT)
