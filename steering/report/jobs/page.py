"""One job of the grid: execute a page's notebook, put its data beside it, tell the runner."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pandas as pd

from steering.records.directions import CONTRASTIVE
from steering.report.execute import Unpublished, execute
from steering.report.grid import Grid
from steering.report.pages import Page
from steering.report.progress import run_job
from steering.storage import replaced

DATA = {
    "steerability.csv": "slopes of the contrastive vectors, a row for each curve",
    "items.parquet": "the items, with their groups and splits",
    "prompts.parquet": "the prompts as the model saw them, token by token",
    "sweep.parquet": "every measured point of every curve",
    "steerability.parquet": "every curve's slope, controls and planted truth included",
    "vector.safetensors": "the steering vectors",
    "card.json": "what is needed to repeat this run",
    ".csv": "the numbers in this page's figures and tables",
}


FEW = 3  # files that a page lists openly


def make(grid: Grid, page: Page) -> None:
    """Execute one page. Raises Unpublished where it could not be published."""
    if "data" in page.parameters:
        Path(page.parameters["data"]).mkdir(parents=True, exist_ok=True)
    execute(
        page.notebook,
        grid.executed(page),
        page.parameters,
        heading=page.heading,
        closing=closing(page),
    )
    if page.kind == "concept":
        copy_data(grid, page, grid.source)


def copy_data(grid: Grid, page: Page, source: Path) -> None:
    """Copy the files that a concept's page offers into a folder, named after model and concept."""
    for place in page.downloads:
        target = source / place
        model, concept = target.parent.parent.name, target.parent.name
        run, name = grid.run(model, concept), target.name.removeprefix(f"{model}-{concept}-")
        with replaced(target) as temporary:
            if name == "steerability.csv":
                table = pd.read_parquet(run / "steerability.parquet")
                table[table["direction"] == CONTRASTIVE].to_csv(temporary, index=False)
            else:
                shutil.copyfile(run / name, temporary)


def closing(page: Page) -> str:
    """Return the page's last section: where its numbers and its notebook can be had."""
    up = "../" * page.name.count("/")
    lines = ["## Data and notebook", ""]
    offered = []
    for place in page.downloads:
        what = next(text for end, text in DATA.items() if place.endswith(end))
        offered.append(f"- {{download}}`{Path(place).name} <{up}{place}>`: {what}")
    if len(offered) > FEW:
        summary = f"<summary>The data of this page ({len(offered)} files)</summary>"
        offered = [f'<details class="folded">{summary}', "", *offered, "", "</details>", ""]
    lines += offered
    stem = page.name.rpartition("/")[2]
    lines.append(
        f"- {{download}}`{stem}.ipynb <{stem}.ipynb>`: this page as it was executed, from "
        f"`notebooks/{page.notebook.name}`; see [how to run it again]({up}rerun.md)"
    )
    return "\n".join(lines)


def main(config: str, name: str) -> int:
    """Make the page of that name; return the exit code."""
    grid = Grid.of(Path(config))
    return run_job(grid.events, name, lambda: make(grid, grid.page(name)), answers=(Unpublished,))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
