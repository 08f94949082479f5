"""The tables that flow through the house: their contracts, and the way to disk and back."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pandera.pandas as pa

from steering.errors import Refused
from steering.folders import replaced

SETTINGS = ("BASE", "SYS_POS", "SYS_NEG", "USER_POS", "USER_NEG")
ITEM_KEY = ("concept", "item")
PROMPT_KEY = ("model", "concept", "item", "prompt_setting", "order")
STEERABILITY_KEY = (
    "model",
    "concept",
    "vector_setting",
    "prompt_setting",
    "direction",
    "layer",
    "item",
    "order",
)
SWEEP_KEY = (*STEERABILITY_KEY, "multiplier")


def _table(key: tuple[str, ...], **columns: pa.Column) -> pa.DataFrameSchema:
    return pa.DataFrameSchema(columns, unique=list(key), strict=True, ordered=False)


def _text(**options: Any) -> pa.Column:
    return pa.Column(str, **options)


def _whole(**options: Any) -> pa.Column:
    return pa.Column("int64", pa.Check.ge(0), **options)


def _real(**options: Any) -> pa.Column:
    return pa.Column("float64", **options)


def _order() -> pa.Column:
    return pa.Column("int64", pa.Check.isin([0, 1]))


def _curve_columns() -> dict[str, pa.Column]:
    return {
        "model": _text(),
        "concept": _text(),
        "vector_setting": _text(),
        "prompt_setting": _text(),
        "direction": _text(),
        "layer": _whole(),
        "item": _whole(),
        "order": _order(),
    }


CONTRACTS = {
    "items": _table(
        ITEM_KEY,
        concept=_text(),
        item=_whole(),
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
        model=_text(),
        concept=_text(),
        item=_whole(),
        prompt_setting=_text(),
        order=_order(),
        text=_text(),
        token_ids=pa.Column(object),
        read_position=_whole(),
        steered_from=_whole(),
        positive_letter_id=_whole(),
        negative_letter_id=_whole(),
        positive_letter=pa.Column(str, pa.Check.isin(["A", "B"])),
        positive_is_yes=pa.Column("boolean", nullable=True),
    ),
    "sweep": _table(
        SWEEP_KEY,
        **_curve_columns(),
        multiplier=_real(),
        propensity=_real(),
        # Only where whole answers were asked for: steering-bench's score.
        answer_propensity=_real(required=False),
    ),
    "steerability": _table(
        STEERABILITY_KEY,
        **_curve_columns(),
        steerability=_real(),
        intercept=_real(),
        standard_error=_real(nullable=True),
        r_squared=_real(nullable=True),
        planted_steerability=_real(nullable=True),
        planted_intercept=_real(nullable=True),
    ),
}


@dataclass(frozen=True)
class Results:
    """What one or more runs found: four tables, and a card for each run."""

    items: pd.DataFrame
    prompts: pd.DataFrame
    sweep: pd.DataFrame
    steerability: pd.DataFrame
    cards: tuple[dict[str, Any], ...]


def write(table: pd.DataFrame, folder: Path, name: str) -> Path:
    """Return the path of the table just written, checked against its contract.

    The file appears whole or not at all. Raises pandera's SchemaError where the table breaks its
    contract (a fault of ours, not of the user's) and Refused where the folder cannot be written.
    """
    checked = CONTRACTS[name].validate(table)
    path = folder / f"{name}.parquet"
    with replaced(path) as temporary:
        real = [column for column in checked if checked[column].dtype == "float64"]
        # Of measured numbers hardly two are alike: their bytes pack well, a dictionary does not.
        checked.to_parquet(
            temporary,
            index=False,
            compression="zstd",
            use_dictionary=[column for column in checked if column not in real],
            column_encoding=dict.fromkeys(real, "BYTE_STREAM_SPLIT"),
        )
    return path


def read(folder: Path, name: str) -> pd.DataFrame:
    """Return one table of a run folder. Raises Refused where it is missing or unreadable."""
    path = folder / f"{name}.parquet"
    if not path.is_file():
        raise Refused(
            f"{str(folder)!r} has no table {name!r} ({path.name}): "
            "run `steering measure` into it first."
        )
    try:
        return pd.read_parquet(path)
    except Exception as error:
        raise Refused(
            f"{str(path)!r} is not a readable parquet table ({error}): measure it again."
        ) from error


def read_results(folders: Iterable[Path | str]) -> Results:
    """Return the results of one or more run folders, their tables put one below the other.

    Raises Refused where a folder lacks a table or its card.
    """
    paths = [Path(folder) for folder in folders]
    if not paths:
        raise Refused("no run folder was named: at least one is needed to read results.")
    tables = {
        name: pd.concat([read(path, name) for path in paths], ignore_index=True)
        for name in CONTRACTS
    }
    # One concept measured on several models brings its items several times.
    tables["items"] = tables["items"].drop_duplicates(list(ITEM_KEY), ignore_index=True)
    return Results(**tables, cards=tuple(read_card(path) for path in paths))


def read_card(folder: Path) -> dict[str, Any]:
    """Return the card of a run: its summary and all that is needed to repeat it."""
    path = folder / "card.json"
    if not path.is_file():
        raise Refused(f"{str(folder)!r} has no card.json: run `steering measure` into it first.")
    card: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return card


def write_json(value: Any, path: Path) -> Path:
    """Return the path of a JSON file that appears whole or not at all."""
    with replaced(path) as temporary:
        temporary.write_text(json.dumps(value, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return path
