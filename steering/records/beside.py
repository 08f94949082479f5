"""Tables that stand beside those of a run in a file of their own, and may be missing.

What they have in common: they are checked against their contract when they are written, appear
whole or not at all, and where there is no file there are no rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd
import pandera.pandas as pa

from steering.errors import Refused
from steering.storage import replaced


def write_checked(table: pd.DataFrame, path: Path, contract: pa.DataFrameSchema) -> Path:
    """Return the path after writing a table there, with the columns of its contract in order.

    Raises pandera's SchemaError where the table breaks its contract, KeyError where it lacks a
    column, and Refused where the folder cannot be written.
    """
    checked = contract.validate(table[list(contract.columns)])
    with replaced(path) as temporary:
        checked.to_parquet(temporary, index=False, compression="zstd")
    return path


def read_checked(path: Path, contract: pa.DataFrameSchema, what: str) -> pd.DataFrame:
    """Return the table of a file, without rows where there is no file.

    A column that an earlier version did not have is missing in all of its rows. `what` names the
    rows in the message. Raises Refused where the file is damaged.
    """
    if not path.is_file():
        return without_rows(contract)
    try:
        table = pd.read_parquet(path)
    except Exception as error:
        raise Refused(
            f"{str(path)!r} is not a readable table of {what} ({error}): measure it again."
        ) from error
    return table.reindex(columns=list(contract.columns))


def joined(tables: Iterable[pd.DataFrame], contract: pa.DataFrameSchema) -> pd.DataFrame:
    """Return the rows of several tables one below the other."""
    filled = [table for table in tables if len(table)]
    return pd.concat(filled, ignore_index=True) if filled else without_rows(contract)


def without_rows(contract: pa.DataFrameSchema) -> pd.DataFrame:
    """Return a table that has the columns of a contract and no rows."""
    types = {name: column.dtype.type for name, column in contract.columns.items()}
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in types.items()})
