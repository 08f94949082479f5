"""The generated files of the book: its table of contents, lists of pages and floor plan."""

from __future__ import annotations

import ast
import json
import tomllib
from pathlib import Path
from typing import Any

from steering.clone import clone, measured_folder
from steering.prose.ndif import through_a_server
from steering.records.kinds import OURS, PUBLIC, YOURS, by_kind
from steering.records.run_card import RunCard
from steering.report.grid import Grid
from steering.report.pages import ABOUT_PAGES, concept_page

BEFORE = ["reading"]
ABOUT = {
    OURS: "Concepts written for this report; their truth is planted in the models of ours.",
    PUBLIC: "Data sets that others published; no slopes are planted for them.",
    YOURS: "Concepts that this report was asked for.",
}
AFTER = ["method", "rerun", "ndif", "house", "dependencies", "cite"]


def table_of_contents(grid: Grid) -> dict[str, Any]:
    """Return what `_toc.yml` says: a start, a part for each model, all models, about the report."""
    parts: list[dict[str, Any]] = [{"caption": "Start", "chapters": files(BEFORE)}]
    for model in grid.models:
        pages = [page.name for page in grid.of_model(model)]
        concepts = {concept_page(model, concept) for concept in grid.pages_of(model)}
        questions = [name for name in pages if name not in concepts]
        listed = [
            {"file": page, "sections": files([concept_page(model, name) for name in names])}
            for page, (_, names) in list_pages(grid, model).items()
        ]
        parts.append({"caption": f"Model {model}", "chapters": [*files(questions), *listed]})
    parts.append(
        {"caption": "All models", "chapters": files(["across", "predictors", "published"])}
    )
    about = files([*AFTER[:2], *ABOUT_PAGES, *AFTER[2:]])
    parts.append({"caption": "About this report", "chapters": about})
    return {"format": "jb-book", "root": "index", "parts": parts}


def files(names: list[str]) -> list[dict[str, str]]:
    """Return pages as entries of the contents."""
    return [{"file": name} for name in names]


def list_pages(grid: Grid, model: str) -> dict[str, tuple[str, list[str]]]:
    """Return the pages that list a model's concepts, each with its kind and its concepts."""
    named = {name: grid.concepts[name].get("kind", YOURS) for name in grid.pages_of(model)}
    kinds = by_kind(named)
    return {
        f"models/{model}/{kind.replace(' ', '-') if len(kinds) > 1 else 'concepts'}": (kind, names)
        for kind, names in kinds.items()
    }


def concept_list(
    grid: Grid, model: str, kind: str, concepts: list[str], cards: dict[str, RunCard]
) -> str:
    """Return a page that lists a model's concepts of one kind, each with what it is about."""
    alone = len(concepts) == len(grid.pages_of(model))
    lines = [f"# {grid.titled(model, 'Concepts' if alone else kind.capitalize())}", ""]
    lines += [f"{ABOUT[kind]} There is a page for each.", ""]
    for concept in concepts:
        about = cards[concept]["concept"]
        title = grid.concepts[concept]["title"]
        lines += [f"[{title}](concepts/{concept}.ipynb)", f": {about['description']}", ""]
    return "\n".join(lines)


def floor_plan() -> str:
    """Return the table of the package's floors, the lowest first, and what each is for.

    Their order is that of the contract `floors` in pyproject.toml; what a floor is for is the first
    line of its docstring; a floor is without PyTorch where the contract `without-torch` names it.
    """
    project = tomllib.loads((clone() / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = {one["id"]: one for one in project["tool"]["importlinter"]["contracts"]}
    light = {
        name.removeprefix("steering.") for name in contracts["without-torch"]["source_modules"]
    }
    lines = ["| Floor | What it is for, and its modules | PyTorch |", "|---|---|---|"]
    for level in reversed(contracts["floors"]["layers"]):
        for floor in level.split(" : "):
            place = clone() / "steering" / floor
            files = modules_of(place)
            purpose = purpose_of(place / "__init__.py" if place.is_dir() else files[0])
            within = [file.relative_to(place).with_suffix("") for file in files if place.is_dir()]
            names = ", ".join(f"`{name.as_posix()}`" for name in within)
            told = f"{purpose}<br>{names}" if names else purpose
            lines.append(f"| `{floor}` | {told} | {'no' if floor in light else 'yes'} |")
    return "\n".join(lines)


def modules_of(place: Path) -> list[Path]:
    """Return the modules of a floor: those of a folder, or the one module."""
    if not place.is_dir():
        return [place.with_suffix(".py")]
    return [file for file in sorted(place.rglob("*.py")) if file.name != "__init__.py"]


def purpose_of(file: Path) -> str:
    """Return the first line of a module's docstring."""
    docstring = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    return docstring.splitlines()[0] if docstring else ""


def written(grid: Grid, cards: dict[str, dict[str, RunCard]]) -> dict[Path, str]:
    """Return all generated files of the book's source, by their place in it."""
    contents = json.dumps(table_of_contents(grid), indent=1)  # JSON is YAML
    pages = {Path("_toc.yml"): contents, Path("floor_plan.txt"): floor_plan()}
    pages[Path("ndif_measured.txt")] = through_a_server(measured_folder() / "ndif.json")
    for model in grid.models:
        for page, (kind, names) in list_pages(grid, model).items():
            pages[Path(f"{page}.md")] = concept_list(grid, model, kind, names, cards[model])
    return pages
