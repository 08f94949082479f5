"""The committed tables: every claim and every interval, simulated and counted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from experiments.calibration import (
    cases,
    gate,
    intervals,
    movement,
    prompting,
    questions,
    real,
    shifts,
    specific,
)
from experiments.provenance import write_provenance
from steering.clone import measured_folder
from steering.source import PACKAGE, files_hash

CLAIMS = (movement, questions, shifts, specific, prompting, gate, real)
FILE, INTERVALS = "calibration.csv", "calibration-intervals.csv"


def all_cases() -> Iterator[cases.Case]:
    """Yield the cases of every claim."""
    for module in CLAIMS:
        yield from module.cases()


def code_hash() -> str:
    """Return the hash of the rules and intervals that are tried, and of what tries them."""
    analysis = PACKAGE / "analysis"
    names = ("answering", "brittleness", "controls", "curves", "decomposition", "letters")
    files = [analysis / f"{name}.py" for name in (*names, "specificity")]
    files += [path for name in ("verdict", "statistics") for path in (analysis / name).glob("*.py")]
    return files_hash([*files, *Path(__file__).parent.glob("*.py")])


def make() -> Path:
    """Return the claims' file, with the intervals' and their provenance beside it: minutes."""
    began = code_hash()
    rows = [cases.counted(number, case) for number, case in enumerate(all_cases())]
    held = [
        row
        for number, setting in enumerate(intervals.settings())
        for row in intervals.held(number, setting)
    ]
    return write(rows, held, began)


def write(rows: list[dict[str, object]], held: list[dict[str, object]], code: str) -> Path:
    """Return the claims' file after writing it and what goes with it."""
    folder = measured_folder()
    pd.DataFrame(rows).to_csv(folder / FILE, index=False)
    pd.DataFrame(held).to_csv(folder / INTERVALS, index=False)
    write_provenance(folder / FILE, code)
    return folder / FILE
