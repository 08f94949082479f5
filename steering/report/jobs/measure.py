"""A job of the grid: measure a batch of one model's concepts in one process, before their pages.

The model is loaded once for all of them. What is there already is not measured again, so that a job
that was killed goes on where it was. A concept that is refused keeps no other from being measured:
its page says why.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from steering.errors import Interrupted, Refused, Unwritable
from steering.measuring.job import Job, job_of
from steering.measuring.kept import identity_in
from steering.measuring.measure import run_jobs
from steering.measuring.plan import Plan
from steering.measuring.told import PATIENCE, told_together
from steering.report.grid import Grid
from steering.report.measurements import CHOSEN
from steering.report.progress import ended, run_job, tell

if TYPE_CHECKING:
    from steering.measuring.measure import AnnounceAll
    from steering.measuring.price import Price


def jobs_of(grid: Grid, model: str, batch: int) -> tuple[dict[str, Job], dict[str, Refused]]:
    """Return the jobs of a batch that are not complete, and what was refused, by name.

    A job is named after its concept, and after the form of the question where that is not letters.
    """
    jobs: dict[str, Job] = {}
    refused: dict[str, Refused] = {}
    for concept in grid.batches(model)[batch]:
        for form in grid.measured_forms(model, concept):
            name, out = named(concept, form), grid.run(model, concept, form)
            try:
                reference = grid.models[model]["reference"]
                plan = Plan(**grid.options_of(model, concept, form))
                job = job_of(reference, grid.concepts[concept]["reference"], plan, out)
                if not job.complete:
                    jobs[name] = job
            except Refused as error:
                refused[name] = error
    return jobs, refused


def named(concept: str, form: str) -> str:
    """Return how a measurement is named to the reader: by its concept, and by what is asked."""
    return concept if form == CHOSEN else f"{concept} ({form})"


def folders_of(grid: Grid, model: str, batch: int) -> dict[str, Path]:
    """Return the folder of each measurement of a batch, by its name."""
    return {
        named(concept, form): grid.run(model, concept, form)
        for concept in grid.batches(model)[batch]
        for form in grid.measured_forms(model, concept)
    }


def measure_batch(
    grid: Grid, model: str, batch: int, announce: AnnounceAll | None = None
) -> dict[str, str]:
    """Measure what is missing of a batch; return the sentence for each folder that was refused.

    Raises Interrupted where a service gives no answer for now: what it has answered is kept.
    Raises Unwritable, once all others are measured, where a folder could not be written: the job
    has to be done again then, when there is room.
    """
    jobs, errors = jobs_of(grid, model, batch)
    folders = folders_of(grid, model, batch)
    refused = {str(folders[name]): str(error) for name, error in errors.items()}
    if jobs:
        missing = list(jobs.values())
        try:
            found = run_jobs(missing, grid.access_of(model, str(batch)), announce=announce)
            refused |= {str(out): str(error) for out, error in found.items()}
            for error in found.values():
                if isinstance(error, Unwritable):
                    raise error
        except Refused as error:
            if error.passing or isinstance(error, Unwritable):
                raise
            # The model itself, or the only concept: every page that needs it says so again.
            refused |= {str(job.folder): str(error) for job in missing}
        shutil.rmtree(grid.answers(model, str(batch)), ignore_errors=True)
    return refused


def announced(
    grid: Grid, name: str, prices: Mapping[str, Price], whole: Collection[str] = ()
) -> None:
    """Have the runner tell what a job takes, where there is long to wait."""
    if sum(price.seconds for price in prices.values()) > PATIENCE:
        tell(grid.events, name, "announced", text=told_together(name, prices, whole))


def print_refusals(refused: dict[str, str]) -> None:
    """Print the sentence for each folder that was refused; the pages that need it say it again."""
    for folder, sentence in refused.items():
        print(f"{folder}: {sentence}", file=sys.stderr)


def main(config: str, model: str, batch: str) -> int:
    """Measure the batch; return the exit code."""
    grid = Grid.of(Path(config))
    name = f"measuring {model}" + (f", part {int(batch) + 1}" if int(batch) else "")

    def announce(prices: dict[Path, Price]) -> None:
        called = {run: one for one, run in folders_of(grid, model, int(batch)).items()}
        whole = {called[folder] for folder in prices if identity_in(folder) is None}
        announced(grid, name, {called[folder]: price for folder, price in prices.items()}, whole)

    return run_job(
        grid.events,
        name,
        lambda: print_refusals(measure_batch(grid, model, int(batch), announce)),
        answers=(Interrupted, Unwritable),
    )


if __name__ == "__main__":
    ended(main(*sys.argv[1:]))
