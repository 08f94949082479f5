"""What the book says of itself, held against the files that it speaks of."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path

import nbformat
import pytest
import typer.main

from steering.cli import app
from steering.concepts.kinds import OURS, PUBLIC
from steering.folders import book_folder, clone, notebooks_folder
from steering.report.contents import concept_list, floor_plan, list_pages, table_of_contents
from steering.report.grid import Grid
from steering.report.imports import closure, modules_used

TEMPLATES = sorted(notebooks_folder().glob("*.ipynb"))


def grid(models: int = 1) -> Grid:
    entry = {"reference": "m", "files": ["m/training.json"], "planted": ["a", "b"]}
    names = ["wren", "finch"][:models]
    concepts = {name: {"title": name.title(), "reference": name, "files": []} for name in "ab"}
    return Grid(Path("/out"), dict.fromkeys(names, entry), concepts)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_templates_are_thin_and_have_no_outputs(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert notebook.metadata.kernelspec.name == "python3"
    assert all(not cell.outputs and cell.execution_count is None for cell in code)
    tags = [cell.metadata.get("tags", []) for cell in code]
    assert [t for t in tags if "parameters" in t] == [["parameters", "remove-cell"]]
    assert tags[-1] == ["sentinel", "remove-cell"]
    assert notebook.cells[0].source.startswith("# ")
    for cell in code:
        assert not re.search(r"^\s*(def|class|for|while) |lambda", cell.source, re.MULTILINE)
    prose = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    assert not re.search(r"\d[.,]\d", prose), "a number that was typed"
    assert "What this does not show" in prose or path.stem == "index"


def test_every_page_has_a_template_and_every_template_a_page() -> None:
    used = {page.template for page in grid().pages()}
    assert used == {path.name for path in TEMPLATES}


def test_parameters_are_those_of_the_template() -> None:
    for page in grid().pages():
        cells = nbformat.read(page.notebook, as_version=4).cells
        known = next(c.source for c in cells if "parameters" in c.metadata.get("tags", []))
        assert set(page.parameters) == set(re.findall(r"^(\w+) =", known, re.MULTILINE))


def test_contents_list_every_page_once() -> None:
    contents = str(table_of_contents(grid(models=2)))
    listed = re.findall(r"'(?:file|root)': '([^']+)'", contents)
    assert len(listed) == len(set(listed))
    assert {page.name for page in grid(models=2).pages()} <= set(listed)
    for name in set(listed) - {page.name for page in grid(models=2).pages()}:
        assert name.endswith("/concepts") or (book_folder() / f"{name}.md").is_file()


def test_concepts_of_several_kinds_are_listed_on_a_page_each() -> None:
    assert list_pages(grid(), "wren") == {"models/wren/concepts": ("concepts of yours", ["a", "b"])}
    mixed = grid()
    for name in ("openness", "tidy"):
        mixed.concepts[name] = {"title": name.title(), "reference": name, "files": []}
    pages = list_pages(mixed, "wren")
    assert pages["models/wren/concepts-of-ours"] == (OURS, ["tidy"])
    assert pages["models/wren/public-data-sets"] == (PUBLIC, ["openness"])
    model = next(p for p in table_of_contents(mixed)["parts"] if p["caption"] == "Model wren")
    listed = {one["file"]: one["sections"] for one in model["chapters"] if "sections" in one}
    assert list(listed) == list(pages)
    assert listed["models/wren/public-data-sets"] == [{"file": "models/wren/concepts/openness"}]
    cards = {"openness": {"concept": {"description": "About openness."}}}
    page = concept_list(mixed, "wren", PUBLIC, ["openness"], cards)
    assert page.startswith("# Public data sets\n")
    assert "[Openness](concepts/openness.ipynb)\n: About openness." in page
    alone = {name: {"concept": {"description": "It."}} for name in "ab"}
    whole = concept_list(grid(2), "wren", "concepts of yours", ["a", "b"], alone)
    assert whole.startswith("# Concepts (wren)\n")


def test_headings_name_the_model_where_there_are_several() -> None:
    assert grid().page("models/wren/variability").heading == "Variability in distribution"
    assert grid(2).page("models/finch/concepts/a").heading == "A (finch)"


def test_no_validation_page_where_nothing_is_planted() -> None:
    bare = grid()
    bare.models["wren"] = bare.models["wren"] | {"planted": ["a"]}
    assert "models/wren/validation" in [page.name for page in bare.pages()]
    bare.models["wren"] = bare.models["wren"] | {"planted": []}
    assert "models/wren/validation" not in [page.name for page in bare.pages()]


def test_no_page_about_the_model_where_nothing_says_how_it_was_trained() -> None:
    bare = grid()
    page = bare.page("models/wren/model")
    assert page.parameters["reference"] == "m"
    bare.models["wren"] = bare.models["wren"] | {"files": ["m/config.json"]}
    assert "models/wren/model" not in [page.name for page in bare.pages()]


def test_a_page_depends_on_the_modules_that_it_uses_and_no_others() -> None:
    def used(name: str) -> set[str]:
        files = modules_used(notebooks_folder() / f"{name}.ipynb")
        return {str(file.relative_to(clone() / "steering")) for file in files}

    assert {"measurement.py", "sweep.py", "figures/layers.py"} <= used("concept")
    assert "figures/validation.py" in used("validation")
    assert not {"figures/brittleness.py", "sweep.py", "report/runner.py"} & used("validation")
    assert clone() / "steering" / "cli.py" not in closure(["steering.report.findings"])


def test_dependencies_are_those_of_the_project() -> None:
    project = tomllib.loads((clone() / "pyproject.toml").read_text())["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    declared = [re.split(r"[\[=<>;]", name)[0] for group in groups for name in group]
    page = (book_folder() / "dependencies.md").read_text()
    rows = re.findall(r"^\| `([^`]+)` \| .{10,} \|$", page, re.MULTILINE)
    assert sorted(rows) == sorted({*declared})  # the tests need one that is optional


def test_the_house_names_files_that_are_there() -> None:
    page = (book_folder() / "house.md").read_text().split("## What is on disk")[0]
    for name in re.findall(r"^\| (`[^|]+`) \|", page + floor_plan(), re.MULTILINE):
        for file in re.findall(r"`([^`]+)`", name):
            assert (clone() / file).exists(), file
    shown = set(re.findall(r"`(steering/[^`]+)`", floor_plan()))
    there = {str(f.relative_to(clone())) for f in (clone() / "steering").rglob("*.py")}
    assert shown == {name for name in there if not name.endswith("__init__.py")}


def test_commands_on_the_pages_are_commands() -> None:
    group = typer.main.get_command(app)
    text = "\n".join(page.read_text() for page in book_folder().glob("*.md"))
    lines = re.findall(r"^steering .*$", text, re.MULTILINE)
    assert {"measure", "report"} <= {line.split()[1] for line in lines}
    for line in lines:
        words = shlex.split(line)[1:]
        command = group.commands[words[0]]
        command.make_context(words[0], words[1:])
    for path in re.findall(r"^papermill (\S+)", text, re.MULTILINE):
        assert (clone() / path).is_file()
