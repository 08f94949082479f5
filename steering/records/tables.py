"""The tables of a run: their keys, their columns, and how they are stored on disk.

The key of a curve says what was asked and what was added. What was asked: `protocol`, `form`
of the question, `request` (what the model is asked to reply to, where the form has one), wording
(`wording_family` and `wording`), prompt setting, item and order. What was added: `operator`,
`maker` of the direction, `vector_setting`, the direction (`steering.records.directions`) and the
layer. Today there is one value for most of them (`TODAY`); forms, operators, makers, wordings and
protocols that come later only add rows.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pandera.pandas as pa

from steering.storage import replaced

SETTINGS = ("BASE", "SYS_POS", "SYS_NEG", "USER_POS", "USER_NEG")

# The four shifts of the figure 5 of Tan et al.: the setting of a vector, and that of the prompts.
SHIFTS = (
    ("BASE", "USER_NEG"),
    ("BASE", "USER_POS"),
    ("SYS_POS", "USER_NEG"),
    ("SYS_NEG", "USER_POS"),
)

# A question that is a pair of statements has its positive row as `item` and its negative row as
# `partner`, and order 0. One that stands for itself has no partner.
NO_PARTNER = -1
# The token of a letter, where the form of the question has no letters.
NO_LETTER = -1

# The form of the question besides today's: replies in free text.
SAID = "said"

ITEM_KEY = ("concept", "item")
ASKED_KEY = ("protocol", "form", "request", "wording_family", "wording")
ADDED_KEY = ("operator", "maker")
PROMPT_KEY = ("model", "concept", *ASKED_KEY, "item", "partner", "prompt_setting", "order")
STEERABILITY_KEY = (
    *("model", "concept", *ASKED_KEY, *ADDED_KEY),
    *("vector_setting", "prompt_setting", "direction", "number", "vector_concept"),
    *("layer", "item", "partner", "order"),
)
SWEEP_KEY = (*STEERABILITY_KEY, "multiplier")

# The value of each of these keys for what is measured today.
TODAY: dict[str, str] = {
    "protocol": "clean",
    "form": "chosen",
    "request": "",
    "wording_family": "published",
    "wording": "published",
    "operator": "add",
    "maker": "mean",
}


def _table(key: tuple[str, ...], **columns: pa.Column) -> pa.DataFrameSchema:
    return pa.DataFrameSchema(columns, unique=list(key), strict=True, ordered=False)


def _text(**options: Any) -> pa.Column:
    return pa.Column(str, **options)


def _whole(**options: Any) -> pa.Column:
    return pa.Column("int64", pa.Check.ge(0), **options)


def _real(**options: Any) -> pa.Column:
    return pa.Column("float64", **options)


def _probability(**options: Any) -> pa.Column:
    # Sums of rounded probabilities may exceed 1 by a little.
    return pa.Column("float64", pa.Check.in_range(0, 1 + 1e-6), **options)


def _key_columns(key: tuple[str, ...]) -> dict[str, pa.Column]:
    numbers = {
        "item": _whole(),
        "number": _whole(),
        "layer": _whole(),
        "order": pa.Column("int64", pa.Check.isin([0, 1])),
        "partner": pa.Column("int64", pa.Check.ge(NO_PARTNER)),
        "multiplier": _real(),
    }
    return {name: numbers.get(name, _text()) for name in key}


CONTRACTS = {
    "items": _table(
        ITEM_KEY,
        **_key_columns(ITEM_KEY),
        statement=_text(),
        statement_hash=_text(),
        group=_text(),
        split=pa.Column(str, pa.Check.isin(["train", "validation", "test"])),
        question=_text(),
        positive_answer=_text(),
        negative_answer=_text(),
        feature=_text(nullable=True),
    ),
    "prompts": _table(
        PROMPT_KEY,
        **_key_columns(PROMPT_KEY),
        text=_text(),
        token_ids=pa.Column(object),
        read_position=_whole(),
        steered_from=_whole(),
        positive_letter_id=pa.Column("int64", pa.Check.ge(NO_LETTER)),
        negative_letter_id=pa.Column("int64", pa.Check.ge(NO_LETTER)),
        positive_letter=pa.Column(str, pa.Check.isin(["A", "B"]), nullable=True),
        positive_is_yes=pa.Column("boolean", nullable=True),
        # Of the tokens between the generation prompt and the letter; missing where there are none,
        # and in prompts that only train a vector or choose its layer.
        prefilled_probability=_probability(nullable=True, required=False),
        # The tokens of both replies, where the form has replies instead of letters.
        positive_reply=pa.Column(object, required=False),
        negative_reply=pa.Column(object, required=False),
    ),
    # Besides the propensity, a column for each further score of `steering.forward.scores`. The
    # letters' probability is missing under controls.
    "sweep": pa.DataFrameSchema(
        {
            **_key_columns(SWEEP_KEY),
            "propensity": _real(),
            "letter_mass": _probability(nullable=True, required=False),
        },
        checks=pa.Check(
            lambda table: all(table.drop(columns=list(SWEEP_KEY)).dtypes == "float64"),
            error="every score is a column of float64",
        ),
        unique=list(SWEEP_KEY),
    ),
    "steerability": _table(
        STEERABILITY_KEY,
        **_key_columns(STEERABILITY_KEY),
        steerability=_real(),
        intercept=_real(),
        standard_error=_real(nullable=True),
        r_squared=_real(nullable=True),
        planted_steerability=_real(nullable=True),
        planted_intercept=_real(nullable=True),
    ),
}

KEYS = {
    "items": ITEM_KEY,
    "prompts": PROMPT_KEY,
    "sweep": SWEEP_KEY,
    "steerability": STEERABILITY_KEY,
}


def write(table: pd.DataFrame, folder: Path, name: str) -> Path:
    """Return the path of the table just written, checked against its contract.

    The file appears whole or not at all. Raises pandera's SchemaError where the table breaks its
    contract (a fault of ours, not of the user's) and Refused where the folder cannot be written.
    """
    words = table.select_dtypes("category").columns
    checked = CONTRACTS[name].validate(table.astype(dict.fromkeys(words, "str")))
    path = folder / f"{name}.parquet"
    with replaced(path) as temporary:
        real = [column for column in checked if checked[column].dtype == "float64"]
        # Measured numbers hardly ever repeat, so a dictionary would not make them smaller.
        checked.to_parquet(
            temporary,
            index=False,
            compression="zstd",
            use_dictionary=[column for column in checked if column not in real],
            column_encoding=dict.fromkeys(real, "BYTE_STREAM_SPLIT"),
        )
    return path
