"""What the default book takes, by kind of job: `make book-time`.

The book is made in a new folder, with the packages installed and nothing measured, and then once
more with nothing changed. Jobs tell the processor time that they took, which says where the time
goes; the seconds of the whole are those of the clock, so let nothing else run on the machine.
"""

from __future__ import annotations

import json
import platform
import tempfile
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from steering.clone import clone, measured_folder
from steering.measuring.real_models import real_models
from steering.report.configuration import cores_here
from steering.report.grid import Grid
from steering.report.runner import report
from steering.source import code_hash, value_hash
from steering.storage import write_json

PACKAGES = ("ipykernel", "jupyter-book", "nnsight", "pandas", "papermill", "snakemake", "torch")


def jobs(events: Iterable[str]) -> pd.DataFrame:
    """Return a row for each job of a report that was done, from the lines that its jobs told.

    `job` is its name, `seconds` how long it took by the clock, `processor_seconds` what it took of
    the processors: its own kernel and what else it started is counted.
    """
    began: dict[str, float] = {}
    rows = []
    for event in map(json.loads, events):
        if event["event"] == "started":
            began[event["page"]] = event["time"]
        elif event["event"] == "done":
            took = event["time"] - began[event["page"]]
            rows.append((event["page"], took, event["processor_seconds"]))
    return pd.DataFrame(rows, columns=["job", "seconds", "processor_seconds"])


def by_kind(done: pd.DataFrame, grid: Grid) -> list[dict[str, Any]]:
    """Return the sums over each kind of job, the kind that took most first.

    Raises KeyError where a page of the report was not made.
    """
    kinds = {page.name: f"pages: {page.kind}" for page in grid.pages()}
    if missing := sorted({*kinds} - {*done["job"]}):
        raise KeyError(f"not made: {', '.join(missing)}")
    jobs_of_kind = done.groupby(
        done["job"].map(lambda name: kinds.get(name) or _without_model(name, grid)).rename("kind")
    )
    sums = jobs_of_kind[["seconds", "processor_seconds"]].sum().round(1)
    table = sums.assign(jobs=jobs_of_kind.size())
    table = table.sort_values("processor_seconds", ascending=False)
    return list(table.reset_index().to_dict("records"))


def _without_model(name: str, grid: Grid) -> str:
    for model in grid.models:
        name = name.replace(f" {model}", "")
    return name


def measured(folder: Path) -> dict[str, Any]:
    """Return what the default book takes when it is made in a folder, which must be empty."""
    code = value_hash([code_hash([""]), (clone() / "Snakefile").read_text(encoding="utf-8")])
    began = time.monotonic()
    report(out=folder, real=real_models())
    whole = time.monotonic() - began
    began = time.monotonic()
    report(out=folder, real=real_models())
    again = time.monotonic() - began
    build = folder / "_build"
    with (build / "events.jsonl").open(encoding="utf-8") as events:
        done = jobs(events)
    return {
        "about": "the default book, made from nothing with the packages installed, then once more",
        "code": code,
        "cores": cores_here(),
        "date": datetime.now(UTC).date().isoformat(),
        "kinds": by_kind(done, Grid.of(build / "report.json")),
        "machine": platform.machine(),
        "nothing_changed_seconds": round(again, 1),
        "python": platform.python_version(),
        "seconds": round(whole),
        "versions": {name: version(name) for name in PACKAGES},
    }


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="steering-book-time-") as own:
        print(write_json(measured(Path(own)), measured_folder() / "book-time.json"))
