"""The generated files of the book: its table of contents, lists of pages and floor plan."""

from __future__ import annotations

import ast
import json
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from steering.clone import clone, measured_folder
from steering.prose.ndif import through_a_server
from steering.prose.slurm import on_a_cluster
from steering.records.kinds import OURS, PUBLIC, YOURS, by_kind
from steering.records.run_card import RunCard
from steering.report.citation import citation
from steering.report.grid import Grid
from steering.report.pages import MODEL_PAGES, concept_page

# The pages of text, by the part of the contents that they stand in.
METHOD = ("reading", "method", "house", "dependencies", "cite")
RUN_IT = ("rerun", "api", "elsewhere", "ndif", "cluster")
FINDINGS = ("explore",)
WRITTEN = (*FINDINGS, *METHOD, *RUN_IT)
ABOUT = {
    OURS: "Concepts written for this report; their truth is planted in the models of ours.",
    PUBLIC: "Data sets that others published; no slopes are planted for them.",
    YOURS: "Concepts that this report was asked for.",
}
# Which questions to a model are findings about vectors, and which are about the model itself.
ABOUT_VECTORS = ("variability", "brittleness", "linearity", "said")
ABOUT_MODELS = ("embedded_model", "validation")


def table_of_contents(grid: Grid) -> dict[str, Any]:
    """Return what `_toc.yml` says: by question, and within a question by model."""
    across = files(["across", "wordings", "predictors", "published", "not_reproduced", "claims"])
    findings = [entry for kind in ABOUT_VECTORS for entry in of_question(grid, kind)]
    models = [entry for kind in ABOUT_MODELS for entry in of_question(grid, kind)]
    concepts = [
        {"file": page, "sections": files(list(map(concept_page, names)))}
        for page, (_, names) in list_pages(grid).items()
    ]
    method = files([*METHOD[:2], "protocols", "errors", *METHOD[2:]])
    parts = {
        "Findings": [*findings, *across, *files(FINDINGS)],
        "Concepts": concepts,
        "Models": models,
        "Method": method,
        "Run it": files([*RUN_IT, "cost"]),
    }
    named = [{"caption": name, "chapters": pages} for name, pages in parts.items() if pages]
    return {"format": "jb-book", "root": "index", "parts": named}


def of_question(grid: Grid, kind: str) -> list[dict[str, Any]]:
    """Return the entry of one question: the page about the first model, those of others below it.

    There is none where no model has a page about it.
    """
    pages = {
        model: page.name
        for model in grid.models
        for page in grid.of_model(model)
        if page.kind == kind
    }
    if not pages:
        return []
    first, *others = pages.items()
    title = grid.titled(first[0], MODEL_PAGES[kind])
    entry: dict[str, Any] = {"file": first[1], "title": title}
    if others:
        entry["sections"] = [{"file": page, "title": f"in {model}"} for model, page in others]
    return [entry]


def files(names: Sequence[str]) -> list[dict[str, str]]:
    """Return pages as entries of the contents."""
    return [{"file": name} for name in names]


def list_pages(grid: Grid) -> dict[str, tuple[str, list[str]]]:
    """Return the pages that list the concepts, each with its kind and its concepts."""
    kinds = by_kind(
        {name: grid.concepts[name].get("kind", YOURS) for name in grid.concepts_with_pages}
    )
    return {
        kind.replace(" ", "-") if len(kinds) > 1 else "concepts": (kind, names)
        for kind, names in kinds.items()
    }


def concept_list(grid: Grid, kind: str, concepts: list[str], cards: dict[str, RunCard]) -> str:
    """Return a page that lists the concepts of one kind, each with what it is about.

    `cards` are those of one run of each concept.
    """
    alone = len(concepts) == len(grid.concepts_with_pages)
    lines = [f"# {'Concepts' if alone else kind.capitalize()}", ""]
    lines += [f"{ABOUT[kind]} Each has a page, on which all models stand side by side.", ""]
    for concept in concepts:
        about = cards[concept]["concept"]
        title = grid.concepts[concept]["title"]
        lines += [f"[{title}]({concept_page(concept)}.ipynb)", f": {about['description']}", ""]
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


def written(grid: Grid, cards: dict[str, RunCard]) -> dict[Path, str]:
    """Return all generated files of the book's source, by their place in it.

    `cards` are those of one run of each concept that has a page.
    """
    contents = json.dumps(table_of_contents(grid), indent=1)  # JSON is YAML
    pages = {Path("_toc.yml"): contents, Path("floor_plan.txt"): floor_plan()}
    pages[Path("cite_bibtex.txt")] = f"```bibtex\n{citation().bibtex}\n```\n"
    pages[Path("ndif_measured.txt")] = through_a_server(measured_folder() / "ndif.json")
    pages[Path("slurm_measured.txt")] = on_a_cluster(measured_folder() / "slurm.json")
    for page, (kind, names) in list_pages(grid).items():
        pages[Path(f"{page}.md")] = concept_list(grid, kind, names, cards)
    return pages
