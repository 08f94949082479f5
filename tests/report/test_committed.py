"""What was measured once by us is marked so on every page that shows it."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest

from steering.folders import measured_folder, notebooks_folder
from steering.report import scope
from steering.report.committed import measured_by_us, read_about, sets_by_us
from steering.report.grid import SHOWN
from steering.report.imports import modules_used
from steering.tables import read_card

# Facts of somebody else, with their citation, are not ours to date.
CITED = {"published"}
TEMPLATES = sorted(notebooks_folder().glob("*.ipynb"))


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
    used = [file for file in modules_used(path) if file.parent.name in ("analysis", "report")]
    modules = "\n".join(file.read_text(encoding="utf-8") for file in used)
    marks = {"listed": path.stem in SHOWN, "cited": path.stem in CITED}
    assert faults(text(path), modules, **marks) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_a_page_of_several_runs_says_which_are_ours(path: Path) -> None:
    # A page about one run says it with all else that is to be known of it: `scope.about`.
    if 'runs = ["' in text(path):
        assert "sets_by_us(results.cards)" in text(path)


def test_runs_of_ours_are_named_once_and_none_where_there_is_none() -> None:
    plain = {"date": "2026-01-03", "concept": {"name": "tidy"}, "versions": {"torch": "2"}}
    sets = [
        {
            "date": "2026-01-02",
            "concept": {"name": name},
            "versions": {"torch": "2"},
            "committed": {"machine": {"processor": "P", "cores": 2}},
        }
        for name in ("music", "science", "music")
    ]
    assert sets_by_us([plain]) is None
    shown = sets_by_us([plain, *sets])
    assert shown is not None
    said = shown.data
    assert said.startswith("**Measured by us** on 2026-01-02, on P, with torch 2: what this page")
    assert "2 public data sets" in said


@pytest.mark.parametrize("file", sorted(measured_folder().glob("runs/*/*/card.json")))
def test_a_page_about_a_run_of_ours_says_so_first(file: Path) -> None:
    card = read_card(file.parent)
    said = scope.about(card)
    assert said.startswith(f"**Measured by us** on {card['date']}, on ")
    assert "`steering fetch`" in said
    here = scope.about({**card, "committed": None})
    assert "Measured by us" not in here
    assert said.endswith(f"\n\n{here}")


def test_an_unmarked_result_is_found() -> None:
    page = "table = read_csv(measured_folder() / 'times.csv')"
    assert faults(page, "", listed=True, cited=False) == ["shows a committed result unmarked"]
    marked = page + "\nMarkdown(measured_by_us(about, 'make times'))"
    assert faults(marked, "", listed=True, cited=False) == []
    assert len(faults(marked, "", listed=False, cited=False)) == 1
    assert len(faults("", "measured_folder()", listed=False, cited=False)) == 1
    assert len(faults(page, "", listed=True, cited=True)) == 1


@pytest.mark.parametrize("path", sorted(measured_folder().glob("*.json")), ids=lambda p: p.name)
def test_every_committed_result_says_when_and_where(path: Path) -> None:
    about = read_about(path)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", about["date"])
    assert about["code"]
    said = measured_by_us(about, "make it")
    assert said.startswith(f"**Measured by us** on {about['date']}, on ")
    assert "`make it` on your machine replaces it" in said


def test_the_mark_names_machine_versions_and_the_peer() -> None:
    about = {
        "date": "2026-01-02",
        "machine": {"processor": "P", "gpu": "G", "threads": 2, "note": "busy"},
        "versions": {"torch": "2", "peer: torch": "1"},
    }
    assert measured_by_us(about, "make it") == (
        "**Measured by us** on 2026-01-02, on G, with P, 2 threads (busy), with torch 2; the other "
        "tool ran with torch 1. It comes with the project; `make it` on your machine replaces it."
    )
    plain = measured_by_us({"date": "d", "machine": "x86", "versions": {"a": "1"}}, "make it")
    assert plain.startswith("**Measured by us** on d, on x86, with a 1. It comes")
