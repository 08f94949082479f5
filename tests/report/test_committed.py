"""What was measured once by us is marked so on every page that shows it."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest

from steering.clone import clone, notebooks_folder
from steering.report.pages import COMMITTED
from steering.report.pages import TEMPLATES as TEMPLATES_OF
from steering.report.staleness import notebook_code
from steering.source import modules_used

TEMPLATES = sorted(notebooks_folder().glob("*.ipynb"))


# Facts of somebody else, with their citation, are not ours to date.
CITED = {"published"}
# What a page shows is made in these rooms.
ROOMS = {"analysis", "figures", "prose", "report"}


def text(path: Path) -> str:
    return "\n".join(cell.source for cell in nbformat.read(path, as_version=4).cells)


def faults(template: str, modules: str, *, listed: bool, cited: bool) -> list[str]:
    """What a page's text lacks. `modules` is the source of what it draws with."""
    shows = "measured_folder()" in template
    found = []
    if (shows or "measured_folder()" in modules) and not listed:
        found.append("shows a committed result that does not redo it")
    if shows and not cited and "measured_by_us(" not in template:
        found.append("shows a committed result unmarked")
    if cited and "{cite:" not in template:
        found.append("shows somebody's numbers without a citation")
    return found


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_committed_results_are_marked(path: Path) -> None:
    used = modules_used(notebook_code(path))
    used = [file for file in used if ROOMS & set(file.relative_to(clone()).parts)]
    modules = "\n".join(file.read_text(encoding="utf-8") for file in used)
    kinds = {name: kind for kind, name in TEMPLATES_OF.items()}
    listed = kinds.get(path.stem, path.stem) in COMMITTED
    marks = {"listed": listed, "cited": path.stem in CITED}
    assert faults(text(path), modules, **marks) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_a_page_of_several_runs_says_which_are_ours(path: Path) -> None:
    # A page about one run says it with all else that is to be known of it: `scope.about`.
    if 'runs = ["' in text(path):
        assert re.search(r"sets_by_us\((results\.cards\)|\[\*results\.cards, )", text(path))


def test_an_unmarked_result_is_found() -> None:
    page = "table = read_csv(measured_folder() / 'times.csv')"
    assert faults(page, "", listed=True, cited=False) == ["shows a committed result unmarked"]
    marked = page + "\nMarkdown(measured_by_us(about, 'make times'))"
    assert faults(marked, "", listed=True, cited=False) == []
    assert len(faults(marked, "", listed=False, cited=False)) == 1
    assert len(faults("", "measured_folder()", listed=False, cited=False)) == 1
    assert len(faults(page, "", listed=True, cited=True)) == 1
