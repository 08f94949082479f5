"""The specificity matrix: what the vectors of other concepts do on the questions of each concept.

It is a record of a model, not of one run. Beside the run folders of a model lies a folder `matrix`
with a table for each concept asked, named like its run folder. A row is one question in one order
under one other concept's vector, at the chosen layer of the concept asked and at the norm of its
own vector there, BASE→BASE. The metadata of the file say what it was measured from.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pandas as pd
import pandera.pandas as pa

from steering.errors import Refused
from steering.records.run_card import read_card
from steering.records.told import read_told, write_told

# No run may have this name, since its folder would be the matrix's.
MATRIX = "matrix"
KEY = (
    *("model", "concept", "vector_concept", "form", "operator", "maker"),
    *("layer", "item", "order"),
)
_TEXTS, _NUMBERS = KEY[:6], KEY[6:]
CONTRACT = pa.DataFrameSchema(
    {
        **{name: pa.Column(str) for name in _TEXTS},
        **{name: pa.Column("int64", pa.Check.ge(0)) for name in _NUMBERS},
        "steerability": pa.Column("float64"),
    },
    checks=pa.Check(
        lambda table: bool((table["concept"] != table["vector_concept"]).all()),
        error="a concept's own vector has its slopes in the table of its run",
    ),
    unique=list(KEY),
    strict=True,
)
_METADATA = b"steering.matrix"


@dataclass(frozen=True)
class About:
    """What a table of the matrix was measured from.

    Attributes:
        asked: the identity of the questions, and of all else that every row depends on.
        vectors: the identity of each other vector, by its concept.
        run: the `plan_hash` in the card of the concept's run.
        refused: why there are no rows, in a sentence; empty where there are.
    """

    asked: str = ""
    vectors: dict[str, str] = field(default_factory=dict)
    run: str = ""
    refused: str = ""


def matrix_file(run: Path) -> Path:
    """Return the file that holds what other concepts' vectors do on the questions of a run."""
    return run.parent / MATRIX / f"{run.name}.parquet"


def empty() -> pd.DataFrame:
    """Return a table of the matrix without rows."""
    types = {**dict.fromkeys(_TEXTS, "str"), **dict.fromkeys(_NUMBERS, "int64")}
    columns = {**types, "steerability": "float64"}
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in columns.items()})


def write_matrix(table: pd.DataFrame, about: About, run: Path) -> Path:
    """Return the file after writing what other concepts' vectors do on the questions of a run.

    It appears whole or not at all. Raises pandera's SchemaError where the table breaks its
    contract, and Refused where the folder cannot be written.
    """
    checked = CONTRACT.validate(table[list(CONTRACT.columns)])
    return write_told(checked, asdict(about), matrix_file(run), _METADATA)


def read_stored(run: Path) -> tuple[pd.DataFrame, About]:
    """Return the table of one run as it is stored, and what it was measured from.

    It has no rows where there is no file. Raises Refused where the file is damaged or of an older
    version.
    """
    file = matrix_file(run)
    if not file.is_file():
        return empty(), About(refused="no other concept's vector was tried on its questions.")
    try:
        table, told = read_told(file, _METADATA)
        about = About(**told)
    except Exception as error:
        raise Refused(
            f"{str(file)!r} is no readable table of what other concepts' vectors do ({error}): "
            "remove it, and make the report again."
        ) from error
    lacking = sorted({*CONTRACT.columns} - {*table.columns})
    if lacking:
        raise Refused(
            f"{str(file)!r} was written by an older version and lacks the columns "
            f"{', '.join(lacking)}: remove it, and make the report again."
        )
    return table, about


def read_one(run: Path) -> tuple[pd.DataFrame, str]:
    """Return the table of one run, and a sentence that says why it has no rows; empty if it has.

    What was tried before the run was measured anew does not count. Raises Refused as `read_stored`.
    """
    table, about = read_stored(run)
    if about.refused:
        return empty(), about.refused
    if read_card(run).get("plan_hash") != about.run:
        return empty(), "it was measured anew after other concepts' vectors had been tried on it."
    return table, ""


def read_matrix(runs: Iterable[Path | str]) -> pd.DataFrame:
    """Return what other concepts' vectors do on the questions of some runs.

    The table has its columns, and no rows, where none was tried on any. Raises Refused where a
    file is damaged or of an older version.
    """
    tables = [read_one(Path(run))[0] for run in runs]
    filled = [table for table in tables if len(table)]
    return pd.concat(filled, ignore_index=True) if filled else empty()


def not_compared(runs: Iterable[Path | str]) -> dict[str, str]:
    """Return why other concepts' vectors were tried on none of the questions of a run.

    A sentence for each run folder that has none, by the folder's name.
    """
    why = {Path(run).name: read_one(Path(run))[1] for run in runs}
    return {name: sentence for name, sentence in why.items() if sentence}
