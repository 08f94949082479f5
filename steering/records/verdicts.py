"""The table of verdicts of one model, as it is stored: what the report claims of each concept."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pandera.pandas as pa

from steering.errors import Refused
from steering.storage import replaced

# A verdict belongs to a vector of one concept in one model, and to the form of the questions.
OWNER = ("model", "concept", "kind", "form", "direction")
VERDICT_KEY = (*OWNER, "claim", "subject")

CONTRACT = pa.DataFrameSchema(
    {
        **{name: pa.Column(str) for name in (*VERDICT_KEY, "outcome", "reason")},
        **{
            name: pa.Column("float64", nullable=True)
            for name in ("estimate", "low", "high", "p", "q", "least")
        },
        "family": pa.Column("int64", pa.Check.ge(0)),
    },
    unique=list(VERDICT_KEY),
    strict=True,
)
COLUMNS = [
    *VERDICT_KEY,
    *("outcome", "estimate", "low", "high", "p", "q", "family", "least", "reason"),
]


def write_verdicts(table: pd.DataFrame, path: Path) -> Path:
    """Return the path after writing a table of verdicts to it; it appears whole or not at all.

    Raises pandera's SchemaError where the table breaks its contract, which is a fault of ours, and
    Refused where the folder cannot be written.
    """
    checked = CONTRACT.validate(table[COLUMNS])
    with replaced(path) as temporary:
        checked.to_parquet(temporary, index=False, compression="zstd")
    return path


def read_verdicts(path: Path | str) -> pd.DataFrame:
    """Return a table of verdicts. Raises Refused where it is unreadable or of an older version."""
    try:
        table = pd.read_parquet(path)
    except Exception as error:
        raise Refused(
            f"{str(path)!r} is not a readable table of verdicts ({error}): "
            "remove it, and run `steering report` again."
        ) from error
    lacking = sorted({*COLUMNS} - {*table.columns})
    if lacking:
        raise Refused(
            f"{str(path)!r} was written by an older version and lacks the columns "
            f"{', '.join(lacking)}: remove it, and run `steering report` again."
        )
    return table[COLUMNS]
