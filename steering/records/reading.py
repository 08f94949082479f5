"""Reads the tables of runs: those of one folder, or of many folders, one below the other.

The words of their keys, such as the name of a direction, are read as categories: there are few of
them, and each of millions of rows would hold its own text. Categories are in alphabetical order, so
that tables are sorted and grouped as they would be by the texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from steering.errors import Refused
from steering.records.tables import KEYS, STEERABILITY_KEY

# The keys that are words.
WORDS = tuple(
    one for one in STEERABILITY_KEY if one not in ("number", "layer", "item", "partner", "order")
)
# Columns that older tables lack, and that are read as missing there.
_LATER = {"sweep": ("letter_mass",), "prompts": ("prefilled_probability",)}


def read(folder: Path, name: str) -> pd.DataFrame:
    """Return one table of a run folder. Raises Refused where it is missing or unreadable."""
    return read_together([folder], name)


def read_together(
    folders: Sequence[Path], name: str, rows: pc.Expression | None = None
) -> pd.DataFrame:
    """Return one table of several run folders, their rows one below the other.

    Where `rows` says which are wanted, the others take no room.

    Raises Refused where it is missing or unreadable in one of them, or where none is named.
    """
    if not folders:
        raise Refused("no run folder was named: at least one is needed to read results.")
    # Texts are put together before they become categories of pandas, which is many times faster.
    read = [_read(folder, name) for folder in folders]
    if rows is not None:
        read = [table.filter(rows) for table in read]
    table = pa.concat_tables(read, promote_options="permissive").unify_dictionaries()
    frame = table.to_pandas(split_blocks=True)
    for word in frame.select_dtypes("category").columns:
        categories = frame[word].cat.categories
        if not categories.is_monotonic_increasing:
            frame[word] = frame[word].cat.reorder_categories(sorted(categories))
    later = [column for column in _LATER.get(name, ()) if column not in frame]
    return frame.assign(**dict.fromkeys(later, float("nan")))


def _read(folder: Path, name: str) -> pa.Table:
    path = folder / f"{name}.parquet"
    if not path.is_file():
        raise Refused(
            f"{str(folder)!r} has no table {name!r} ({path.name}): "
            "run `steering measure` into it first."
        )
    try:
        about = pq.read_metadata(path)
        words = [word for word in WORDS if word in about.schema.names]
        with pq.ParquetFile(path, metadata=about, read_dictionary=words) as file:
            table = file.read(use_threads=False)
    except Exception as error:
        raise Refused(
            f"{str(path)!r} is not a readable parquet table ({error}): measure it again."
        ) from error
    lacking = sorted({*KEYS[name]} - {*table.column_names})
    if lacking:
        raise Refused(
            f"{str(path)!r} was written by an older version and lacks the columns "
            f"{', '.join(lacking)}: run `steering measure … --fresh` into its folder again."
        )
    return table
