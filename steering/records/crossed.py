"""Crossed: what a vector read in one form of the questions does to answers in the other form.

It is a record of a model, like the specificity matrix. Beside the run folders of the form `said`
lies a folder `crossed`, with a table for each concept. A row is one question of either form under
the vector that was read in the other one, BASE's, at the layer and at the norm of the vector that
the form has itself, in one prompt setting.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd
import pandera.pandas as pa

from steering.errors import Refused
from steering.records.run_card import read_card
from steering.records.tables import STEERABILITY_KEY
from steering.records.told import read_told, write_told

# No run may have this name, since its folder would be that of the crossed tables.
CROSSED_FOLDER = "crossed"
_WHOLE = ("number", "layer", "item", "partner", "order")
CONTRACT = pa.DataFrameSchema(
    {
        **{name: pa.Column("int64" if name in _WHOLE else str) for name in STEERABILITY_KEY},
        "steerability": pa.Column("float64"),
    },
    unique=list(STEERABILITY_KEY),
    strict=True,
)
_METADATA = b"steering.crossed"


@dataclass(frozen=True)
class CrossedAbout:
    """What a table was measured from.

    Attributes:
        identity: a hash of both runs, their vectors and the code.
        runs: the `plan_hash` in the cards of both runs: of the form with letters, and of `said`.
        refused: why there are no rows, in a sentence; empty where there are.
    """

    identity: str = ""
    runs: tuple[str, str] = ("", "")
    refused: str = ""


def crossed_file(said: Path) -> Path:
    """Return the file beside a run of the form `said` that holds what crossed vectors do."""
    return said.parent / CROSSED_FOLDER / f"{said.name}.parquet"


def empty_crossed() -> pd.DataFrame:
    """Return a table without rows."""
    types = {name: "int64" if name in _WHOLE else "str" for name in STEERABILITY_KEY}
    columns = {**types, "steerability": "float64"}
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in columns.items()})


def write_crossed(table: pd.DataFrame, about: CrossedAbout, said: Path) -> Path:
    """Return the file after writing a table to it; it appears whole or not at all.

    Raises pandera's SchemaError where the table breaks its contract, and Refused where the folder
    cannot be written.
    """
    checked = CONTRACT.validate(table[list(CONTRACT.columns)])
    return write_told(checked, asdict(about), crossed_file(said), _METADATA)


def read_stored_crossed(said: Path) -> tuple[pd.DataFrame, CrossedAbout]:
    """Return the table beside one run of the form `said`, and what it was measured from.

    It has no rows where there is no file. Raises Refused where the file is damaged.
    """
    file = crossed_file(said)
    if not file.is_file():
        return empty_crossed(), CrossedAbout(refused="no crossed vector was tried on it.")
    try:
        table, told = read_told(file, _METADATA)
        about = CrossedAbout(**{**told, "runs": tuple(told["runs"])})
    except Exception as error:
        raise Refused(
            f"{str(file)!r} is no readable table of crossed vectors ({error}): "
            "remove it, and make the report again."
        ) from error
    return table, about


def read_crossed(said: Iterable[Path | str]) -> pd.DataFrame:
    """Return what crossed vectors do on the questions of some concepts; no rows where none did.

    What was tried before a run was measured anew does not count. Raises Refused where a file is
    damaged.
    """
    filled = []
    for run in map(Path, said):
        table, about = read_stored_crossed(run)
        if len(table) and read_card(run).get("plan_hash") == about.runs[1]:
            filled.append(table)
    return pd.concat(filled, ignore_index=True) if filled else empty_crossed()
