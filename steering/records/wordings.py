"""What a vector does under other wordings of the same questions, in a table beside those of a run.

A row is one test question in one order, in one wording of a family, under BASE's vector at the
chosen layer; in the family of fewer training pairs it is the published wording, under a vector of
some of them. The table's metadata say which wordings were left out, and why.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pandera.pandas as pa

from steering.errors import Refused
from steering.records.beside import without_rows
from steering.records.tables import TODAY
from steering.records.told import read_told, write_told

FILE = "wordings.parquet"
# The family of vectors that are made from fewer training pairs.
PAIRS = "pairs"
_METADATA = b"steering.wordings"
KEY = (
    *("model", "concept", "form", "wording_family", "wording", "prompt_setting"),
    *("direction", "number", "layer", "operator", "maker", "item", "order"),
)
_WHOLE = ("number", "layer", "item", "order")
CONTRACT = pa.DataFrameSchema(
    {
        **{
            name: pa.Column("int64", pa.Check.ge(0)) if name in _WHOLE else pa.Column(str)
            for name in KEY
        },
        "group": pa.Column(str),
        # The slope in logits per unit of λ, and the line's propensity at λ = 0, in logits.
        "steerability": pa.Column("float64"),
        "intercept": pa.Column("float64"),
        # The probability of both labels together at λ = 0; missing in the family of fewer pairs.
        "letter_mass": pa.Column("float64", pa.Check.in_range(0, 1 + 1e-6), nullable=True),
    },
    unique=list(KEY),
    strict=True,
)
PUBLISHED = TODAY["wording_family"]


def write_wordings(table: pd.DataFrame, left_out: dict[str, str], run: Path) -> Path:
    """Return the file after writing the table beside a run's; it appears whole or not at all.

    `left_out` holds a sentence for each wording that was left out, by family and name. Raises
    pandera's SchemaError where the table breaks its contract, and Refused where the folder cannot
    be written.
    """
    checked = CONTRACT.validate(table[list(CONTRACT.columns)])
    return write_told(checked, {"left_out": left_out}, run / FILE, _METADATA)


def read_run_wordings(run: Path | str) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return the table beside one run and what was left out; no rows where there is no file.

    Raises Refused where the file is damaged.
    """
    file = Path(run) / FILE
    if not file.is_file():
        return without_rows(CONTRACT), {}
    try:
        table, about = read_told(file, _METADATA)
        return table[list(CONTRACT.columns)], dict(about["left_out"])
    except Exception as error:
        raise Refused(
            f"{str(file)!r} is not a readable table of wordings ({error}): measure it again."
        ) from error
