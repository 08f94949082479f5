"""The results of one or more runs, read from their folders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow.compute as pc

from steering.records.reading import read, read_together
from steering.records.run_card import RunCard, read_card
from steering.records.tables import CONTRACTS, ITEM_KEY, SAID, TODAY

# Where the results of each form of the question lie, below the folder of a report's or of our own.
FOLDERS = {TODAY["form"]: "runs", SAID: "said"}


@dataclass(frozen=True)
class Results:
    """What one or more runs found: four tables, and a card for each run."""

    items: pd.DataFrame
    prompts: pd.DataFrame
    sweep: pd.DataFrame
    steerability: pd.DataFrame
    cards: tuple[RunCard, ...]


def read_results(folders: Iterable[Path | str], *, sweep: bool = True) -> Results:
    """Return the results of one or more run folders, their tables put one below the other.

    Unless the `sweep` is wanted, its table has no rows: it is by far the largest, and whatever is
    made of slopes alone does without it.

    Raises Refused where a folder lacks a table or its card.
    """
    return _read(folders, {}, sweep=sweep)


def read_rows(folders: Iterable[Path | str], rows: Mapping[str, pc.Expression]) -> Results:
    """Return the results of run folders, of some tables no rows but those that are wanted.

    `rows` says which, by the name of a table. Raises Refused as `read_results` does.
    """
    return _read(folders, rows, sweep=True)


def _read(
    folders: Iterable[Path | str], rows: Mapping[str, pc.Expression], *, sweep: bool
) -> Results:
    paths = [Path(folder) for folder in folders]
    named = [name for name in CONTRACTS if sweep or name != "sweep"]
    tables = {name: read_together(paths, name, rows.get(name)) for name in named}
    if not sweep:
        tables["sweep"] = read(paths[0], "sweep")[:0]
    # One concept measured on several models brings its items several times.
    tables["items"] = tables["items"].drop_duplicates(list(ITEM_KEY), ignore_index=True)
    return Results(**tables, cards=tuple(read_card(path) for path in paths))
