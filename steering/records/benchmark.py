"""Reader of the committed benchmark."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from steering.errors import Refused

COLUMNS = ("measure", "model", "x", "value", "unit", "low", "high", "reach")


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
