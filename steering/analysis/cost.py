"""What measuring costs: the committed benchmark as a tidy table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from steering.errors import Refused

COLUMNS = ("measure", "model", "x", "value", "unit", "low", "high", "reach")
_GROWTH = "growth with "


def read_benchmark(file: Path) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return the benchmark's table, and when, where and with which code it was measured.

    Columns: measure, model, x (what grows, where something does), value, unit, low, high (over
    the rounds) and reach (what was to be reached). Raises Refused where the file is missing.
    """
    if not file.is_file():
        raise Refused(f"{str(file)!r} does not exist: `make benchmark` writes it.")
    about = json.loads(file.read_text(encoding="utf-8"))
    table = pd.DataFrame(about.pop("table")).reindex(columns=list(COLUMNS))
    return table, about


def growth(table: pd.DataFrame) -> pd.DataFrame:
    """Return what grows with what: model, grown, x, value; one row a point."""
    chosen = table[table["measure"].str.startswith(_GROWTH)]
    grown = chosen["measure"].str.removeprefix(_GROWTH)
    return chosen.assign(grown=grown)[["model", "grown", "x", "value"]].reset_index(drop=True)


def reached(table: pd.DataFrame) -> pd.DataFrame:
    """Return the measures that had to reach something, with whether they did."""
    chosen = table[table["reach"].fillna("") != ""].copy()
    kind, _, bound = zip(*(reach.partition(" ") for reach in chosen["reach"]), strict=True)
    bounds = pd.Series(list(map(float, bound)), index=chosen.index)
    least = pd.Series([one == ">=" for one in kind], index=chosen.index)
    above = chosen["value"] >= bounds
    return chosen.assign(reached=above.where(least, chosen["value"] <= bounds)).reset_index(
        drop=True
    )
