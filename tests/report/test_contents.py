"""What the book says of itself, held against the files that it speaks of."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path

import nbformat
import pytest
import typer.main

from steering.cli.main import app
from steering.clone import book_folder, clone, notebooks_folder
from steering.records.kinds import OURS, PUBLIC
from steering.report.contents import concept_list, floor_plan, list_pages, table_of_contents
from tests.support.grids import grid

TEMPLATES = sorted(notebooks_folder().glob("*.ipynb"))


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
    assert "What this does not show" in prose or path.stem == "first_page"


def test_every_page_has_a_template_and_every_template_a_page() -> None:
    used = {page.notebook.name for page in grid().pages()}
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
        assert name == "concepts" or (book_folder() / f"{name}.md").is_file()


def test_contents_go_by_question_and_name_models_below_it() -> None:
    parts = {part["caption"]: part["chapters"] for part in table_of_contents(grid(2))["parts"]}
    assert list(parts) == ["Findings", "Concepts", "Models", "Method", "Run it"]
    first = parts["Findings"][0]
    assert first["file"] == "models/wren/variability"
    assert first["sections"] == [{"file": "models/finch/variability", "title": "in finch"}]
    assert "sections" not in table_of_contents(grid())["parts"][0]["chapters"][0]
    # Nothing says how these models were trained, and nothing is planted in them.
    bare = grid()
    bare.models["wren"] = bare.models["wren"] | {"files": [], "planted": []}
    captions = [part["caption"] for part in table_of_contents(bare)["parts"]]
    assert "Models" not in captions


def test_concepts_of_several_kinds_are_listed_on_a_page_each() -> None:
    assert list_pages(grid()) == {"concepts": ("concepts of yours", ["a", "b"])}
    mixed = grid()
    for name, kind in (("openness", PUBLIC), ("tidy", OURS)):
        mixed.concepts[name] = {"title": name.title(), "reference": name, "kind": kind}
    pages = list_pages(mixed)
    assert pages["concepts-of-ours"] == (OURS, ["tidy"])
    assert pages["public-data-sets"] == (PUBLIC, ["openness"])
    parts = {part["caption"]: part["chapters"] for part in table_of_contents(mixed)["parts"]}
    listed = {one["file"]: one["sections"] for one in parts["Concepts"]}
    assert list(listed) == list(pages)
    assert listed["public-data-sets"] == [{"file": "concepts/openness"}]
    cards = {"openness": {"concept": {"description": "About openness."}}}
    page = concept_list(mixed, PUBLIC, ["openness"], cards)
    assert page.startswith("# Public data sets\n")
    assert "[Openness](concepts/openness.ipynb)\n: About openness." in page
    alone = {name: {"concept": {"description": "It."}} for name in "ab"}
    whole = concept_list(grid(2), "concepts of yours", ["a", "b"], alone)
    assert whole.startswith("# Concepts\n")


def test_dependencies_are_those_of_the_project() -> None:
    project = tomllib.loads((clone() / "pyproject.toml").read_text())["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    declared = [re.split(r"[\[=<>;]", name)[0] for group in groups for name in group]
    page = (book_folder() / "dependencies.md").read_text()
    rows = re.findall(r"^\| `([^`]+)` \| .{10,} \|$", page, re.MULTILINE)
    assert sorted(rows) == sorted({*declared})  # the tests need one that is optional


def test_the_house_names_files_that_are_there() -> None:
    page = (book_folder() / "house.md").read_text().split("## What is on disk")[0]
    for file in re.findall(r"`((?:steering|tests|book)/[^`]+)`", page):
        assert (clone() / file).exists(), file


def test_the_floor_plan_names_every_module() -> None:
    there = {
        file.relative_to(clone() / "steering") for file in (clone() / "steering").rglob("*.py")
    }
    modules = {file.with_suffix("").as_posix() for file in there if file.name != "__init__.py"}
    shown = set()
    for row in floor_plan().splitlines()[2:]:
        floor, *names = re.findall(r"`([^`]+)`", row)
        shown |= {f"{floor}/{name}" for name in names} or {floor}
    assert shown == modules


def test_floors_stand_from_the_ground_up_and_say_what_they_are_for() -> None:
    rows = [line.strip("| ").split(" | ") for line in floor_plan().splitlines()[2:]]
    floors = [row[0].strip("`") for row in rows]
    assert floors[0] == "errors"
    assert floors[-1] == "cli"
    assert floors.index("records") < floors.index("measuring") < floors.index("analysis")
    assert all(len(row[1].split("<br>")[0].split()) > 3 for row in rows)
    without = {row[0].strip("`") for row in rows if row[2] == "no"}
    assert {"analysis", "figures", "prose", "records"} <= without
    assert not {"forward", "models", "vectors"} & without


def test_each_question_of_a_newcomer_has_one_name() -> None:
    page = (book_folder() / "house.md").read_text()
    rows = re.findall(r"^\| ([^|]+\?) \| (.+) \|$", page, re.MULTILINE)
    assert len(rows) == 11, "the ten of the plan, and the one on verdicts"
    for question, answer in rows:
        files = re.findall(r"`([^`]+)`", answer)
        assert len(files) <= (2 if " or " in question else 1), question
        assert all((clone() / file).is_file() for file in files), question


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
