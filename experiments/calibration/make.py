"""The committed tables: every claim and every interval, simulated and counted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from experiments.calibration import (
    cases,
    gate,
    given,
    intervals,
    movement,
    operating,
    prompting,
    questions,
    real,
    replies,
    said,
    shifts,
    specific,
    wordings,
)
from experiments.provenance import write_provenance
from steering.clone import measured_folder
from steering.source import PACKAGE, files_hash

# What joins stands last, so that the others keep their numbers, which are their seeds.
CLAIMS = (
    *(movement, questions, shifts, specific, prompting, gate, real, given, said, replies),
    operating,
    wordings,
)
FILE, INTERVALS = "calibration.csv", "calibration-intervals.csv"


def all_cases() -> Iterator[cases.Case]:
    """Yield the cases of every claim."""
    for module in CLAIMS:
        yield from module.cases()


def code_hash() -> str:
    """Return the hash of the rules and intervals that are tried, and of what tries them."""
    analysis = PACKAGE / "analysis"
    names = ("answering", "brittleness", "controls", "crossed", "curves", "decomposition")
    names += ("letters", "replies", "specificity", "wordings")
    files = [analysis / f"{name}.py" for name in names]
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


def extended() -> Path:
    """Return the claims' file after drawing only what is not there, or is not drawn alike again.

    Of each case that is there the first chunk is drawn anew. Where it is as it was, the rest is
    kept: rules that have changed without changing what is claimed cost a twentieth.
    """
    began, folder = code_hash(), measured_folder()
    known = pd.read_csv(folder / FILE).to_dict("records")
    rows = [
        known[number]
        if _same(known[number : number + 1], number, case)
        else cases.counted(number, case)
        for number, case in enumerate(all_cases())
    ]
    before = pd.read_csv(folder / INTERVALS)
    held: list[dict[str, object]] = []
    for number, setting in enumerate(intervals.settings()):
        first = pd.DataFrame(intervals.held(number, setting, cases.CHUNK))
        there = before[before["number"] == number]
        same = first["held_at_first"].to_list() == there["held_at_first"].to_list()
        held += there.to_dict("records") if same else intervals.held(number, setting)  # type: ignore[arg-type]
    return write(rows, held, began)


def _same(known: list[dict[str, object]], number: int, case: cases.Case) -> bool:
    if not known:
        return False
    (row,) = known
    named = all(row[name] == getattr(case, name) for name in ("claim", "case", "setting", "rate"))
    return named and row["made_at_first"] == cases.repeated(number, case)


def write(rows: list[dict[str, object]], held: list[dict[str, object]], code: str) -> Path:
    """Return the claims' file after writing it and what goes with it."""
    folder = measured_folder()
    pd.DataFrame(rows).to_csv(folder / FILE, index=False)
    pd.DataFrame(held).to_csv(folder / INTERVALS, index=False)
    write_provenance(folder / FILE, code)
    return folder / FILE
