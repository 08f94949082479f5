"""A job of the grid: try other vectors on the questions of each concept of a model.

Those are the vectors of all other concepts, in each form of the question, and the concept's own
that is read in the other form; in a full report, those that are made or applied in other ways, too.

It runs when all concepts of the model are measured, and loads the model once, if anything is
missing. A concept whose run is not what the report asks for takes no part: its page says why.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from steering.concepts import load_concept
from steering.errors import Interrupted, Refused, Unwritable
from steering.measuring.crossed import measure_crossed
from steering.measuring.kept import CARD_FILE
from steering.measuring.matrix import measure_matrix
from steering.measuring.told import OTHERS
from steering.prompts import said
from steering.records.matrix import MATRIX
from steering.records.results import FOLDERS
from steering.records.run_card import read_card
from steering.report.grid import Grid
from steering.report.jobs.further import measure_further
from steering.report.jobs.measure import announced, print_refusals
from steering.report.measurements import CHOSEN
from steering.report.progress import ended, run_job

if TYPE_CHECKING:
    from steering.measuring.matrix import Announce
    from steering.measuring.price import Price


def measure_model(grid: Grid, model: str, announce: Announce | None = None) -> dict[str, str]:
    """Measure what is missing of other vectors; return the sentence for each folder refused.

    Raises Interrupted where a service gives no answer for now: what it has answered is kept.
    """
    refused: dict[Path, str] = {}
    for form in FOLDERS:
        refused |= _compared(grid, model, form, announce)
    refused |= _crossed(grid, model)
    shutil.rmtree(grid.answers(model, MATRIX), ignore_errors=True)
    return {str(folder): text for folder, text in refused.items()}


def _compared(grid: Grid, model: str, form: str, announce: Announce | None) -> dict[Path, str]:
    """Try every other concept's vector of one form on the questions of each concept."""
    names = [name for name in grid.concepts_of(model) if form in grid.forms_of(model, name)]
    runs = {concept: grid.run(model, concept, form) for concept in names}
    compared = grid.compared(model, form)
    if not compared:
        return {}
    of_before = {name for name in compared if outdated(grid, model, name, form)}
    asked = [runs[concept] for concept in compared if concept not in of_before]
    others = [run for concept, run in runs.items() if concept not in compared]
    refused = {runs[concept]: "what it holds is of another plan." for concept in of_before}
    try:
        reference, access = grid.models[model]["reference"], grid.access_of(model, MATRIX)
        refused |= measure_matrix(reference, asked, others, access, announce=announce)
    except Refused as error:
        if error.passing or isinstance(error, Unwritable):
            raise
        refused |= dict.fromkeys(asked, str(error))
    return refused


def _crossed(grid: Grid, model: str) -> dict[Path, str]:
    """Try the vector that is read in one form on the questions of the other form."""
    runs = {}
    for concept in grid.crossed(model):
        both = grid.run(model, concept), grid.run(model, concept, said.NAME)
        runs[concept] = (load_concept(grid.concepts[concept]["reference"]), *both)
    try:
        reference, access = grid.models[model]["reference"], grid.access_of(model, MATRIX)
        return measure_crossed(reference, runs, access)
    except Refused as error:
        if error.passing or isinstance(error, Unwritable):
            raise
        return {folder: str(error) for _, _, folder in runs.values()}


def outdated(grid: Grid, model: str, concept: str, form: str = CHOSEN) -> bool:
    """Return whether a run folder holds what another report has measured, and not this one."""
    run = grid.run(model, concept, form)
    finished = (run / CARD_FILE).is_file()
    return finished and read_card(run)["plan_hash"] != grid.identity(model, concept, form)


def main(config: str, model: str) -> int:
    """Measure the matrix of a model; return the exit code."""
    grid = Grid.of(Path(config))
    name = f"measuring {model}, each vector on all concepts"

    def announce(price: Price) -> None:
        announced(grid, name, {OTHERS: price})

    def measure() -> None:
        print_refusals(measure_model(grid, model, announce))
        told = measure_further(grid, model, lambda what, one: announced(grid, name, {what: one}))
        print_refusals({str(folder): text for folder, text in told.items()})

    return run_job(grid.events, name, measure, answers=(Interrupted, Unwritable))


if __name__ == "__main__":
    ended(main(*sys.argv[1:]))
