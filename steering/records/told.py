"""Tables whose metadata say what they were measured from, as parquet files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow
import pyarrow.parquet

from steering.storage import replaced


def write_told(table: pd.DataFrame, about: dict[str, Any], file: Path, name: bytes) -> Path:
    """Return the file after writing a table with its metadata of that name.

    It appears whole or not at all. Raises Refused where the folder cannot be written.
    """
    stored = pyarrow.Table.from_pandas(table, preserve_index=False)
    told = {name: json.dumps(about, sort_keys=True).encode()}
    stored = stored.replace_schema_metadata({**stored.schema.metadata, **told})
    with replaced(file) as temporary:
        pyarrow.parquet.write_table(stored, temporary, compression="zstd")
    return file


def read_told(file: Path, name: bytes) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return a table, and its metadata of that name. Whatever is wrong with the file is raised."""
    stored = pyarrow.parquet.read_table(file)
    about: dict[str, Any] = json.loads((stored.schema.metadata or {})[name])
    return stored.to_pandas(), about
