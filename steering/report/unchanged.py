"""Tells without Snakemake whether all of a report is as it was when it was last complete.

Then Snakemake would find nothing to do, after seconds of starting. What it decides by is kept after
every complete report: the versions of all jobs, the rules, and how their outputs lie on the disk.
Wherever anything differs, Snakemake decides.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from steering.clone import clone
from steering.report.explorer import INDEX
from steering.report.grid import Grid
from steering.report.products import CARDS
from steering.source import code_hash, value_hash
from steering.storage import write_json

FILE = "complete.json"
FIRST_PAGE = Path("html") / "index.html"


def versions(config: dict[str, Any]) -> str:
    """Return a hash of what a report is asked for, and of all that its jobs are made from."""
    grid = Grid.of(config)
    models = {
        model: [
            *(grid.batch_version(model, number) for number in range(len(grid.batches(model)))),
            grid.matrix_version(model),
            grid.verdict_version(model),
            grid.explorer_version(model),
            grid.cards_version(model),
        ]
        for model in grid.models
    }
    pages = {page.name: [page.version, page.needs] for page in grid.pages()}
    rules = [code_hash(["report"]), (clone() / "Snakefile").read_text(encoding="utf-8")]
    return value_hash([_without_memory(config), rules, models, pages])


def is_complete(config: dict[str, Any], asked: str) -> bool:
    """Return whether the report is there as it was when it was complete; `asked` is `versions`."""
    try:
        kept = json.loads(_file(config).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(kept == {"versions": asked, "outputs": outputs(config)})


def keep_complete(config: dict[str, Any], asked: str) -> None:
    """Keep how the report lies on the disk, now that it is complete.

    `asked` are its versions from before it was made: what has changed meanwhile is not in it.
    """
    write_json({"versions": asked, "outputs": outputs(config)}, _file(config))


def forget_complete(config: dict[str, Any]) -> None:
    """Forget it before anything is made: a report that is ended in between is not complete."""
    _file(config).unlink(missing_ok=True)


def outputs(config: dict[str, Any]) -> str:
    """Return a hash of the sizes and times of all that a complete report holds."""
    return value_hash({str(file): _as_it_lies(file) for file in files(Grid.of(config))})


def files(grid: Grid) -> Iterator[Path]:
    """Yield every file that a job of the report leaves, and those that a page reads of the runs."""
    build = grid.out / "_build"
    yield build / "bound"
    yield build / FIRST_PAGE
    for model in grid.models:
        for number in range(len(grid.batches(model))):
            yield build / "measured" / model / str(number)
        if grid.compared(model) or grid.crossed(model):
            yield build / "matrix" / model
        yield build / "judged" / model
        yield grid.verdicts(model)
        yield build / "explored" / model
        yield grid.explored(model) / INDEX
        yield build / "carded" / model
        yield from (build / "html" / CARDS / model / f"{name}.html" for name in grid.carded(model))
    for page in grid.pages():
        yield grid.executed(page)
        yield from (grid.source / place for place in page.downloads)
        yield build / "html" / f"{page.name}.html"
    for model in grid.models:
        for concept in grid.concepts_of(model):
            for form in grid.forms_of(model, concept):
                yield from sorted(grid.run(model, concept, form).glob("*.*"))


def _as_it_lies(file: Path) -> list[int] | None:
    """Return size and time of a file; None where it is not there."""
    try:
        found = file.stat()
    except OSError:
        return None
    return [found.st_size, found.st_mtime_ns]


def _without_memory(config: dict[str, Any]) -> dict[str, Any]:
    # How much memory is free decides nothing but how many jobs run at once.
    models = {
        name: {key: value for key, value in entry.items() if key != "mem_mb"}
        for name, entry in config["models"].items()
    }
    asked = {name: value for name, value in config.items() if name != "memory_mb"}
    return asked | {"models": models}


def _file(config: dict[str, Any]) -> Path:
    return Path(config["out"]) / "_build" / FILE
