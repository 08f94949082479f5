"""A job of the grid: the verdicts on all concepts of one model, which its pages read.

Tests share a family with those of the other concepts of the same model, so a verdict depends on
all of them: it is made once, when everything is measured.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

from steering.analysis.verdict.table import verdicts
from steering.prompts import said
from steering.records.crossed import read_crossed
from steering.records.matrix import read_matrix
from steering.records.replies import read_replies
from steering.records.results import FOLDERS, read_results
from steering.records.verdicts import write_verdicts
from steering.report.grid import Grid
from steering.report.progress import run_job


def judge(grid: Grid, model: str) -> None:
    """Write the table of verdicts on a model's concepts.

    A concept whose run is missing has none: its page says why. Where all are missing there is no
    table, not even one from before.
    """
    file, tables = grid.verdicts(model), []
    crossed = read_crossed(grid.runs(model, said.NAME))
    for form in FOLDERS:
        runs = [Path(run) for run in grid.runs(model, form)]
        whole = [run for run in runs if (run / "card.json").is_file()]
        if whole:
            found = read_results(whole), read_matrix(whole), crossed, read_replies(whole)
            tables.append(verdicts(*found))
    if not tables:
        file.unlink(missing_ok=True)
        return
    write_verdicts(pd.concat(tables, ignore_index=True), file)


def main(config: str, model: str) -> int:
    """Make a model's table of verdicts; return the exit code."""
    grid = Grid.of(Path(config))
    return run_job(grid.events, f"verdicts on {model}", lambda: judge(grid, model))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
