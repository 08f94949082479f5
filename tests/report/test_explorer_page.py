"""What stands beside the explorer's page: data of all models, and a list that needs no script."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from steering.report.explorer import INDEX, compact
from steering.report.explorer_page import LIST, STATIC, sets_table, stage_explorer
from steering.report.grid import Grid
from tests.support.grids import grid


def line(model: str, concept: str, fall: int, **more: Any) -> dict[str, Any]:
    about = {"model": model, "concept": concept, "title": concept.title(), "kind": "yours"}
    counted = {"fall": fall, "questions": 10, "moved": True, "words": True}
    return {**about, **counted, "place": f"{model}/{concept}", **more}


@pytest.fixture
def report(tmp_path: Path) -> Grid:
    one = grid(2)
    report = Grid(tmp_path, one.models, one.concepts)
    for model in report.models:
        folder = report.explored(model)
        folder.mkdir(parents=True)
        lines = [line(model, name, fall) for name, fall in (("a", 1), ("b", 4))]
        (folder / INDEX).write_text(compact(lines))
        for name in "ab":
            (folder / f"{name}.js").write_text(f"{model} {name}")
    return report


def test_the_data_of_all_models_are_put_beside_the_page(report: Grid) -> None:
    stale = report.source / STATIC / "gone" / "a.js"
    stale.parent.mkdir(parents=True)
    stale.write_text("of a report before")
    stage_explorer(report)
    there = report.source / STATIC
    assert (there / "finch" / "b.js").read_text() == "finch b"
    assert not stale.exists()
    assert not (there / "wren" / INDEX).exists()
    text = (there / "index.js").read_text()
    listed = json.loads(text.removeprefix("explorerSets(").removesuffix(");\n"))
    assert [one["place"] for one in listed] == ["finch/b", "wren/b", "finch/a", "wren/a"]


def test_the_list_leads_to_questions_and_to_tables(report: Grid) -> None:
    stage_explorer(report)
    text = (report.source / LIST).read_text()
    assert "explore.html#model=wren&amp;concept=a" in text
    assert "(concepts/a.ipynb)" in text
    assert "4 of 10" in text
    assert text.count("\n") == 5


def test_a_concept_without_a_page_or_questions_is_listed_all_the_same() -> None:
    one = grid()
    one.models["wren"] = {**one.models["wren"], "pages": ["a"]}
    lines = [line("wren", "b", 0, questions=0, moved=None), line("wren", "a", 2, moved=False)]
    rows = sets_table(one, lines).splitlines()[2:]
    assert [row.count("|") for row in rows] == [6, 6]
    assert "no such verdict" in rows[0]
    assert rows[1].endswith("| – | – | – |")


def test_a_model_of_which_nothing_was_measured_is_left_out(report: Grid) -> None:
    (report.explored("wren") / INDEX).unlink()
    stage_explorer(report)
    assert "wren" not in (report.source / STATIC / "index.js").read_text()
