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
from steering.records.strength import read_strength
from steering.records.verdicts import write_verdicts
from steering.report.grid import Grid
from steering.report.progress import run_job


def judge(grid: Grid, model: str) -> None:
    """Write the table of verdicts on a model's concepts.

    A concept whose run is missing has none: its page says why. Where all are missing there is no
    table, not even one from before.
    """
    file, tables = grid.verdicts(model), []
    whole = {form: _whole(grid, model, form) for form in FOLDERS}
    crossed = read_crossed(whole[said.NAME])
    for runs in whole.values():
        if runs:
            found = read_results(runs), read_matrix(runs), crossed, read_replies(runs)
            tables.append(verdicts(*found, wide=read_strength(runs, "wide")))
    if not tables:
        file.unlink(missing_ok=True)
        return
    write_verdicts(pd.concat(tables, ignore_index=True), file)


def _whole(grid: Grid, model: str, form: str) -> list[Path]:
    """Return the runs of a form that were measured to the end."""
    return [run for run in map(Path, grid.runs(model, form)) if (run / "card.json").is_file()]


def main(config: str, model: str) -> int:
    """Make a model's table of verdicts; return the exit code."""
    grid = Grid.of(Path(config))
    return run_job(grid.events, f"verdicts on {model}", lambda: judge(grid, model))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
