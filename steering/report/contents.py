"""The book's contents and the pages that list others: generated, so that none is kept by hand."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

from steering.concepts.kinds import OURS, PUBLIC, YOURS, by_kind
from steering.folders import clone, measured_folder
from steering.report.grid import ABOUT_PAGES, Grid, concept_page
from steering.report.remote import through_a_server

BEFORE = ["reading"]
ABOUT = {
    OURS: "Concepts written for this report; their truth is planted in the models of ours.",
    PUBLIC: "Data sets that others published; no truth is planted for them.",
    YOURS: "Concepts that this report was asked for.",
}
AFTER = ["method", "rerun", "ndif", "house", "dependencies", "cite"]


def table_of_contents(grid: Grid) -> dict[str, Any]:
    """`_toc.yml`: how to read it, a part for each model, the models together, how it is made."""
    parts: list[dict[str, Any]] = [{"caption": "Start", "chapters": files(BEFORE)}]
    for model in grid.models:
        pages = [page.name for page in grid.of_model(model)]
        concepts = {concept_page(model, concept) for concept in grid.concepts}
        questions = [name for name in pages if name not in concepts]
        listed = [
            {"file": page, "sections": files([concept_page(model, name) for name in names])}
            for page, (_, names) in list_pages(grid, model).items()
        ]
        parts.append({"caption": f"Model {model}", "chapters": [*files(questions), *listed]})
    parts.append({"caption": "All models", "chapters": files(["models", "published"])})
    about = files([*AFTER[:2], *ABOUT_PAGES, *AFTER[2:]])
    parts.append({"caption": "About this report", "chapters": about})
    return {"format": "jb-book", "root": "index", "parts": parts}


def files(names: list[str]) -> list[dict[str, str]]:
    return [{"file": name} for name in names]


def list_pages(grid: Grid, model: str) -> dict[str, tuple[str, list[str]]]:
    """The pages that list a model's concepts, one for each kind: its kind and its concepts."""
    kinds = by_kind(grid.concepts)
    return {
        f"models/{model}/{kind.replace(' ', '-') if len(kinds) > 1 else 'concepts'}": (kind, names)
        for kind, names in kinds.items()
    }


def concept_list(
    grid: Grid, model: str, kind: str, concepts: list[str], cards: dict[str, dict[str, Any]]
) -> str:
    """A page that lists a model's concepts of one kind, each with what it is about."""
    alone = len(concepts) == len(grid.concepts)
    lines = [f"# {grid.titled(model, 'Concepts' if alone else kind.capitalize())}", ""]
    lines += [f"{ABOUT[kind]} There is a page for each.", ""]
    for concept in concepts:
        about = cards[concept]["concept"]
        title = grid.concepts[concept]["title"]
        lines += [f"[{title}](concepts/{concept}.ipynb)", f": {about['description']}", ""]
    return "\n".join(lines)


def floor_plan() -> str:
    """The floors of the package with their real files, as pyproject.toml declares them."""
    project = tomllib.loads((clone() / "pyproject.toml").read_text(encoding="utf-8"))
    lines = ["| Floor | Files | What it is for |", "|---|---|---|"]
    for floor in project["tool"]["steering"]["house"]:
        shown = ", ".join(f"`{file}`" for name in floor["files"] for file in expanded(name))
        lines.append(f"| {floor['floor']} | {shown} | {floor['purpose']} |")
    return "\n".join(lines)


def expanded(name: str) -> list[str]:
    """A folder's Python files, or the file itself."""
    path = clone() / name
    if not path.is_dir():
        return [name]
    found = [file for file in sorted(path.rglob("*.py")) if file.name != "__init__.py"]
    return [str(file.relative_to(clone())) for file in found]


def written(grid: Grid, cards: dict[str, dict[str, dict[str, Any]]]) -> dict[Path, str]:
    """All generated files of the book's source, by their place in it."""
    contents = json.dumps(table_of_contents(grid), indent=1)  # JSON is YAML
    pages = {Path("_toc.yml"): contents, Path("floor_plan.txt"): floor_plan()}
    pages[Path("ndif_measured.txt")] = through_a_server(measured_folder() / "ndif.json")
    for model in grid.models:
        for page, (kind, names) in list_pages(grid, model).items():
            pages[Path(f"{page}.md")] = concept_list(grid, model, kind, names, cards[model])
    return pages
