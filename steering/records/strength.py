"""What strength does, in two tables beside those of a run: what a push costs, and where it leads.

`costs` is about neutral texts, `wide` about the concept's own questions under λ far beyond those of
its curves. A dose is ‖λv‖ over the norm of the residual stream that λv is added to.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd
import pandera.pandas as pa

from steering.records.beside import joined, read_checked, write_checked

_RUN = ("model", "concept", "form")
_VECTOR = ("direction", "number", "layer", "operator", "maker")
COST_KEY = (*_RUN, *_VECTOR, "prompt_setting", "multiplier", "text")
WIDE_KEY = (*_RUN, *_VECTOR, "role", "item", "order", "request", "multiplier")
# What a row of `wide` is for: the sweep of few questions, or the test questions at the chosen λ.
SWEPT, OPERATING = "swept", "operating"

_TEXTS = pa.Column(str)
_COUNT = pa.Column("int64", pa.Check.ge(0))
_DOSE = pa.Column("float64", pa.Check.ge(0))
CONTRACTS = {
    # Nats: of the text's first token, and a token of the text.
    "costs": pa.DataFrameSchema(
        {
            **dict.fromkeys((*_RUN, "direction", "operator", "maker"), _TEXTS),
            **dict.fromkeys(("number", "layer", "tokens"), _COUNT),
            **dict.fromkeys(("prompt_setting", "text"), _TEXTS),
            "multiplier": pa.Column("float64"),
            "dose": _DOSE,
            # Missing under a persona's prompt, which has other tokens before the text.
            "first": pa.Column("float64", nullable=True),
            "divergence": pa.Column("float64", nullable=True),
            # Missing where a push leaves nothing that is a number.
            "log_likelihood": pa.Column("float64", nullable=True),
            # Of a reply that was drawn to the text's request under the same push, where one was:
            # its tokens, and the share of pairs of neighbouring ones that occurred before.
            "reply_tokens": pa.Column("float64", pa.Check.ge(0), nullable=True),
            "repeated": pa.Column("float64", pa.Check.in_range(0, 1), nullable=True),
        },
        unique=list(COST_KEY),
        strict=True,
    ),
    "wide": pa.DataFrameSchema(
        {
            **dict.fromkeys((*_RUN, "direction", "operator", "maker", "role"), _TEXTS),
            **dict.fromkeys(("number", "layer", "item", "order"), _COUNT),
            "request": _TEXTS,
            "multiplier": pa.Column("float64"),
            "dose": _DOSE,
            "propensity": pa.Column("float64"),
            # Of the form `chosen` alone, and missing under controls.
            "letter_mass": pa.Column("float64", nullable=True),
        },
        unique=list(WIDE_KEY),
        strict=True,
    ),
}


def write_strength(table: pd.DataFrame, run: Path, name: str) -> Path:
    """Return the file after writing one of the two tables, see `records.beside.write_checked`."""
    return write_checked(table, run / f"{name}.parquet", CONTRACTS[name])


def read_strength(runs: Iterable[Path | str], name: str) -> pd.DataFrame:
    """Return one of the two tables of some runs; no rows where none of them has it.

    Raises Refused where a file is damaged.
    """
    contract = CONTRACTS[name]
    files = (Path(run) / f"{name}.parquet" for run in runs)
    return joined((read_checked(file, contract, name) for file in files), contract)
