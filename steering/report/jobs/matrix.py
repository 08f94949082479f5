"""A job of the grid: try every other concept's vector on the questions of each concept of a model.

It runs when all concepts of the model are measured, and loads the model once, if anything is
missing. A concept whose run is not what the report asks for takes no part: its page says why.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from steering.errors import Refused
from steering.measuring.kept import CARD_FILE
from steering.measuring.matrix import measure_matrix
from steering.measuring.measure import Access
from steering.measuring.told import OTHERS
from steering.records.run_card import read_card
from steering.report.grid import Grid
from steering.report.jobs.measure import announced, print_refusals
from steering.report.progress import run_job

if TYPE_CHECKING:
    from steering.measuring.matrix import Announce
    from steering.measuring.price import Price


def measure_model(grid: Grid, model: str, announce: Announce | None = None) -> dict[str, str]:
    """Measure what is missing of a model's matrix; return the sentence for each folder refused."""
    runs = {concept: grid.run(model, concept) for concept in grid.concepts_of(model)}
    of_before = {concept for concept in grid.compared(model) if outdated(grid, model, concept)}
    asked = [runs[concept] for concept in grid.compared(model) if concept not in of_before]
    others = [run for concept, run in runs.items() if concept not in grid.compared(model)]
    refused = {runs[concept]: "what it holds is of another plan." for concept in of_before}
    try:
        reference, access = grid.models[model]["reference"], Access(**grid.access)
        refused |= measure_matrix(reference, asked, others, access, announce=announce)
    except Refused as error:
        refused |= dict.fromkeys(asked, str(error))
    return {str(folder): sentence for folder, sentence in refused.items()}


def outdated(grid: Grid, model: str, concept: str) -> bool:
    """Return whether a run folder holds what another report has measured, and not this one."""
    run = grid.run(model, concept)
    finished = (run / CARD_FILE).is_file()
    return finished and read_card(run)["plan_hash"] != grid.identity(model, concept)


def main(config: str, model: str) -> int:
    """Measure the matrix of a model; return the exit code."""
    grid = Grid.of(Path(config))
    name = f"measuring {model}, each vector on all concepts"

    def announce(price: Price) -> None:
        announced(grid, name, {OTHERS: price})

    return run_job(grid.events, name, lambda: print_refusals(measure_model(grid, model, announce)))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
