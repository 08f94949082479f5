"""A job of the grid: measure a batch of one model's concepts in one process, before their pages.

The model is loaded once for all of them. What is there already is not measured again, so that a job
that was killed goes on where it was. A concept that is refused keeps no other from being measured:
its page says why.
"""

from __future__ import annotations

import sys
from pathlib import Path

from steering.errors import Refused
from steering.measuring.job import Job, job_of
from steering.measuring.measure import Access, run_jobs
from steering.measuring.plan import Plan
from steering.report.grid import Grid
from steering.report.progress import run_job


def measure_batch(grid: Grid, model: str, batch: int) -> dict[str, str]:
    """Measure what is missing of a batch; return the sentence for each folder that was refused."""
    refused: dict[str, str] = {}
    jobs: list[Job] = []
    for concept in grid.batches(model)[batch]:
        out = grid.run(model, concept)
        try:
            reference = grid.models[model]["reference"]
            plan = Plan(**grid.options_of(model, concept))
            job = job_of(reference, grid.concepts[concept]["reference"], plan, out)
            if not job.complete:
                jobs.append(job)
        except Refused as error:
            refused[str(out)] = str(error)
    if jobs:
        try:
            refused |= {
                str(out): str(error) for out, error in run_jobs(jobs, Access(**grid.access)).items()
            }
        except Refused as error:
            # The model itself, or the only concept: every page that needs it says so again.
            refused |= {str(job.folder): str(error) for job in jobs}
    return refused


def print_refusals(refused: dict[str, str]) -> None:
    """Print the sentence for each folder that was refused; the pages that need it say it again."""
    for folder, sentence in refused.items():
        print(f"{folder}: {sentence}", file=sys.stderr)


def main(config: str, model: str, batch: str) -> int:
    """Measure the batch; return the exit code."""
    grid = Grid.of(Path(config))
    name = f"measuring {model}" + (f", part {int(batch) + 1}" if int(batch) else "")
    return run_job(
        grid.events, name, lambda: print_refusals(measure_batch(grid, model, int(batch)))
    )


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
