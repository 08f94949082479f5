"""The job that writes the reliability cards of one model beside the report."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from steering.analysis.verdict.table import verdicts_of
from steering.clone import measured_folder
from steering.prose.reliability import headline
from steering.records.reliability import read_reliability
from steering.records.results import read_results
from steering.records.verdicts import write_verdicts
from steering.report.grid import Grid
from steering.report.jobs.card import main

RUNS = measured_folder() / "runs" / "wren"
NAMES = ("openness", "narcissism")


@pytest.fixture
def reported(tmp_path: Path) -> Path:
    """The configuration of a report on two concepts that were measured, and one that was not."""
    (tmp_path / "_build").mkdir()
    concepts = {name: {"title": name, "reference": name} for name in (*NAMES, "absent")}
    entry = {"reference": "wren", "files": [], "planted": []}
    described = {"out": str(tmp_path), "models": {"wren": entry}, "concepts": concepts}
    file = tmp_path / "_build" / "report.json"
    file.write_text(json.dumps(described | {"options": {}, "concepts_per_job": None, "access": {}}))
    grid = Grid.of(file)
    for name in NAMES:
        shutil.copytree(RUNS / name, grid.run("wren", name))
    table = verdicts_of(read_results([RUNS / name for name in NAMES]))
    write_verdicts(table, grid.verdicts("wren"))
    return file


def test_each_concept_that_was_measured_has_a_card_by_the_verdicts_of_the_report(
    reported: Path,
) -> None:
    grid = Grid.of(reported)
    assert main(str(reported), "wren") == 0
    folder = grid.cards("wren")
    wanted = {f"{name}{end}" for name in NAMES for end in (".json", ".html")}
    assert {file.name for file in folder.iterdir()} == wanted
    made = read_reliability(folder / "openness.json")
    assert made.about.concept == "openness"
    # Alone it would be a family of one.
    assert made.steering.family == len(NAMES)
    page = (folder / "openness.html").read_text(encoding="utf-8")
    assert headline(made).split(":")[0] in page
    assert "steering verify openness.json" in page
    events = [json.loads(row) for row in grid.events.read_text().splitlines()]
    assert [(e["page"], e["event"]) for e in events] == [
        ("cards of wren", "started"),
        ("cards of wren", "done"),
    ]


def test_what_is_gone_from_the_report_is_gone_from_the_folder(reported: Path) -> None:
    stale = Grid.of(reported).cards("wren") / "gone.html"
    stale.parent.mkdir(parents=True)
    stale.write_text("")
    main(str(reported), "wren")
    assert not stale.exists()


def test_only_concepts_with_a_page_have_one(reported: Path) -> None:
    told = json.loads(reported.read_text())
    told["models"]["wren"]["pages"] = ["openness"]
    reported.write_text(json.dumps(told))
    main(str(reported), "wren")
    there = {file.stem for file in Grid.of(reported).cards("wren").iterdir()}
    assert there == {"openness"}


def test_other_code_or_verdicts_make_it_anew(
    reported: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grid = Grid.of(reported)
    before = grid.cards_version("wren")
    assert before == Grid.of(reported).cards_version("wren")
    grid.models["wren"]["identities"] = {"openness": "measured anew"}
    measured = grid.cards_version("wren")
    monkeypatch.setattr("steering.report.products._CARDED", "from steering.analysis import letters")
    assert len({before, measured, grid.cards_version("wren")}) == 3
