"""One job of the grid: execute a page's notebook, put its data beside it, tell the runner."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Collection
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
    "claims.json": "every claim, with its number, its interval, its place and the code's commit",
    ".csv": "the numbers in this page's figures and tables",
}
# The same of a run that comes with the report, where the words of its data set do not.
WITHOUT_WORDS = {
    "items.parquet": "the items by number, with their groups and splits, but without their words",
    "prompts.parquet": "which token of each prompt is read and which is steered, but not its words",
}
WHY = (
    "A file that is said to be without words comes with the report, which holds none of others. A "
    "measurement on your machine, for public data after `steering fetch`, writes it whole."
)
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
        closing=closing(page, wordless(grid, page)),
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


def wordless(grid: Grid, page: Page) -> set[str]:
    """Return which files of a concept's page would hold its words and are without them."""
    found = set()
    for place in map(Path, page.downloads if page.kind == "concept" else ()):
        if not place.name.endswith("-prompts.parquet"):
            continue
        file = grid.run(place.parent.parent.name, place.parent.name) / "prompts.parquet"
        if file.is_file() and not any(pd.read_parquet(file, columns=["text"])["text"]):
            found |= {str(place).replace("prompts.parquet", name) for name in WITHOUT_WORDS}
    return found


def closing(page: Page, without_words: Collection[str] = ()) -> str:
    """Return the page's last section: where its numbers and its notebook can be had.

    `without_words` are the files among them that say nothing of what was asked.
    """
    up = "../" * page.name.count("/")
    lines = ["## Data and notebook", ""]
    offered = []
    for place in page.downloads:
        texts = WITHOUT_WORDS if place in without_words else DATA
        what = next(text for end, text in texts.items() if place.endswith(end))
        offered.append(f"- {{download}}`{Path(place).name} <{up}{place}>`: {what}")
    if len(offered) > FEW:
        summary = f"<summary>The data of this page ({len(offered)} files)</summary>"
        why = [WHY, ""] if without_words else []
        offered = [f'<details class="folded">{summary}', "", *offered, "", *why, "</details>", ""]
    elif without_words:
        offered += ["", WHY, ""]
    lines += offered
    stem = page.name.rpartition("/")[2]
    lines.append(
        f"- {{download}}`{stem}.ipynb <{stem}.ipynb>`: this page as executed, from "
        f"`notebooks/{page.notebook.name}` ([run it again]({up}rerun.md))"
    )
    return "\n".join(lines)


def main(config: str, name: str) -> int:
    """Make the page of that name; return the exit code."""
    grid = Grid.of(Path(config))
    return run_job(grid.events, name, lambda: make(grid, grid.page(name)), answers=(Unpublished,))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
