"""What the explorer's page needs beside it when the book is bound: the data, and a list of sets."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from steering.figures.explorer_link import address, anchor
from steering.prose.words import escaped, share
from steering.report.explorer import INDEX, index_script, ordered
from steering.report.grid import Grid
from steering.report.pages import concept_page
from steering.report.products import EXPLORER

# Where Sphinx takes static files from, and the list that `book/explore.md` includes.
STATIC = Path("vendor") / EXPLORER
LIST = Path("explorer_sets.txt")


def stage_explorer(grid: Grid) -> None:
    """Put the data of all models and the list of their sets into the book's source."""
    target = grid.source / STATIC
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    lines: list[dict[str, Any]] = []
    for model in grid.models:
        folder = grid.explored(model)
        if (folder / INDEX).is_file():
            lines += json.loads((folder / INDEX).read_text(encoding="utf-8"))
            shutil.copytree(folder, target / model, ignore=shutil.ignore_patterns(INDEX))
    (target / "index.js").write_text(index_script(lines), encoding="utf-8")
    (grid.source / LIST).write_text(sets_table(grid, lines), encoding="utf-8")


def sets_table(grid: Grid, lines: list[dict[str, Any]]) -> str:
    """Return the list of all sets as Markdown: how many questions fall, and where their tables are.

    It stands on the page whether or not the browser runs scripts.
    """
    pages = {page.name for page in grid.pages()}
    rows = [
        "| Concept | Model | Questions that fall | The vector | Tables |",
        "|---|---|---|---|---|",
    ]
    for line in ordered(lines):
        page = concept_page(str(line["place"]).rpartition("/")[2])
        fall = f"{line['fall']} of {line['questions']}" if line["questions"] else "–"
        fall += f" ({share(line['fall'] / line['questions'])})" if line["questions"] else ""
        name = anchor(line["title"], address(line["model"], line["concept"]))
        tables = f"[page and downloads]({page}.ipynb)" if page in pages else "–"
        moved = {True: "moves the answer", False: "no such verdict", None: "–"}[line["moved"]]
        rows.append(f"| {name} | {escaped(line['model'])} | {fall} | {moved} | {tables} |")
    return "\n".join(rows)
