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

from steering.errors import Refused
from steering.storage import replaced

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
    """Return the file after writing the replies of a run; it appears whole or not at all.

    Raises pandera's SchemaError where the table breaks its contract, and Refused where the folder
    cannot be written.
    """
    checked = CONTRACT.validate(table[list(CONTRACT.columns)])
    with replaced(run / FILE) as temporary:
        checked.to_parquet(temporary, index=False, compression="zstd")
    return run / FILE


def read_run_replies(run: Path) -> pd.DataFrame:
    """Return the replies of a run; the table has no rows where none were sampled.

    Raises Refused where the file is damaged.
    """
    if not (run / FILE).is_file():
        return empty_replies()
    try:
        table = pd.read_parquet(run / FILE)
    except Exception as error:
        raise Refused(
            f"{str(run / FILE)!r} is not a readable table of replies ({error}): measure it again."
        ) from error
    return table[list(CONTRACT.columns)]


def read_replies(runs: Iterable[Path | str]) -> pd.DataFrame:
    """Return the sampled replies of some runs; no rows where none were sampled.

    Raises Refused where a file is damaged.
    """
    tables = [read_run_replies(Path(run)) for run in runs]
    filled = [table for table in tables if len(table)]
    return pd.concat(filled, ignore_index=True) if filled else empty_replies()


def empty_replies() -> pd.DataFrame:
    """Return a table without rows."""
    types = {name: column.dtype.type for name, column in CONTRACT.columns.items()}
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in types.items()})
