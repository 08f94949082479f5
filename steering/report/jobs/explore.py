"""A job of the grid: what the explorer shows of one model, a script for each of its concepts."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path
from typing import Any

import pandas as pd

from steering.concepts import Concept, load_concept
from steering.models.tokenizer_file import tokenizer_file
from steering.records.kinds import OURS
from steering.records.results import read_results
from steering.records.verdicts import read_verdicts
from steering.report.explorer import INDEX, compact, question_set, script, words_of
from steering.report.explorer_tokens import shared_tokens
from steering.report.grid import Grid
from steering.report.progress import run_job
from steering.storage import write_text


def explore(grid: Grid, model: str) -> None:
    """Write the scripts of a model's concepts, and the list of them, into a folder of its own.

    A concept whose run is missing has none: its page says why.
    """
    folder = grid.explored(model)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    file = grid.verdicts(model)
    verdicts = read_verdicts(file) if file.is_file() else None
    lines = []
    for concept in grid.concepts_of(model):
        if (grid.run(model, concept) / "card.json").is_file():
            data, line = explored(grid, model, concept, verdicts)
            place = f"{model}/{concept}"
            text = script(place, data)
            write_text(text, folder / f"{concept}.js")
            lines.append({**line, "place": place})
    write_text(compact(lines), folder / INDEX)


def explored(
    grid: Grid, model: str, concept: str, verdicts: pd.DataFrame | None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the data of one concept in one model, and its line in the list of all."""
    entry = grid.concepts[concept]
    results = read_results([grid.run(model, concept)])
    tested = results.items[results.items["split"] == "test"]
    asked = results.prompts[results.prompts["item"].isin(tested["item"])]
    ours: Concept | None = load_concept(entry["reference"]) if entry.get("kind") == OURS else None
    reference = grid.models[model]["reference"]
    command = ["steering", "measure", reference, entry["reference"], "--out", f"results/{concept}"]
    data, line = question_set(
        results,
        verdicts,
        words=words_of(tested, ours),
        tokens=shared_tokens(asked, tokenizer_file(reference)),
        about={"title": entry["title"], "kind": entry.get("kind", "")},
    )
    return {**data, "command": shlex.join(command)}, line


def main(config: str, model: str) -> int:
    """Write what the explorer shows of a model; return the exit code."""
    grid = Grid.of(Path(config))
    return run_job(grid.events, f"questions of {model}", lambda: explore(grid, model))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
