"""Side effects over layers: what every vector does to the answers about every concept.

It is a record of a model, not of one run: a table in a file of its own. A row is a push of one dose
at one layer, by one concept's vector or by a random one, on the questions of one concept.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pandera.pandas as pa

from steering.records.beside import read_checked, write_checked

FILE = "side-effects.parquet"
_TEXTS = ("model", "concept", "form", "operator", "maker", "direction", "vector_concept")
_NUMBERS = ("number", "layer")
KEY = (*_TEXTS, *_NUMBERS, "dose")
CONTRACT = pa.DataFrameSchema(
    {
        # `concept` is whose questions are asked, `vector_concept` whose vector is added: empty for
        # a random one, which its number names.
        **{name: pa.Column(str) for name in _TEXTS},
        **{name: pa.Column("int64", pa.Check.ge(0)) for name in _NUMBERS},
        # ‖λv‖ over ‖h‖ at the layer, on the questions asked; and λ, in lengths of the vector as it
        # was made at that layer. A random one has the length of the asked concept's own.
        "dose": pa.Column("float64", pa.Check.gt(0)),
        "multiplier": pa.Column("float64", pa.Check.gt(0)),
        # Of the mean propensity, from that without a vector, in the form's unit.
        "change": pa.Column("float64"),
        # The questions asked, each in every order.
        "questions": pa.Column("int64", pa.Check.gt(0)),
    },
    unique=list(KEY),
    strict=True,
)


def write_side_effects(table: pd.DataFrame, folder: Path) -> Path:
    """Return the file after writing the table of a model, or of several, into a folder."""
    return write_checked(table, folder / FILE, CONTRACT)


def read_side_effects(folder: Path, model: str) -> pd.DataFrame:
    """Return the rows of one model in a folder's table; none where it was not measured.

    Raises Refused where the file is damaged.
    """
    table = read_checked(folder / FILE, CONTRACT, "side effects")
    return table[table["model"] == model].reset_index(drop=True)
