"""The job that writes what the explorer shows of one model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from steering.clone import measured_folder
from steering.records.kinds import OURS, PUBLIC
from steering.records.results import Results
from steering.records.tables import write
from steering.records.verdicts import write_verdicts
from steering.report.explorer import INDEX
from steering.report.grid import Grid
from steering.report.jobs.explore import main
from tests.support.synthetic import DESIGNS, results, standard_verdicts

NAMES = ("strong", "reversed")
COMMITTED = {"tidy": OURS, "openness": PUBLIC}


def write_run(measured: Results, folder: Path) -> None:
    folder.mkdir(parents=True)
    for table in ("items", "prompts", "sweep", "steerability"):
        write(getattr(measured, table), folder, table)
    (folder / "card.json").write_text(json.dumps(measured.cards[0]))


@pytest.fixture
def reported(tmp_path: Path) -> Path:
    """The configuration of a report on two concepts, and two committed runs."""
    (tmp_path / "_build").mkdir()
    runs = measured_folder() / "runs" / "smollm2"
    concepts = {name: {"title": name.title(), "reference": name} for name in (*NAMES, "absent")}
    entry = {"reference": "wren", "files": [], "planted": []}
    concepts |= {
        name: {
            "title": name.title(),
            "reference": name,
            "kind": kind,
            "committed": {"wren": str(runs / name)},
        }
        for name, kind in COMMITTED.items()
    }
    described = {"out": str(tmp_path), "models": {"wren": entry}, "concepts": concepts}
    file = tmp_path / "_build" / "report.json"
    file.write_text(json.dumps(described | {"options": {}, "concepts_per_job": None, "access": {}}))
    grid = Grid.of(file)
    for name in NAMES:
        write_run(results({name: DESIGNS[name]}), grid.run("wren", name))
    return file


def test_each_concept_that_was_measured_has_its_script(reported: Path) -> None:
    grid = Grid.of(reported)
    write_verdicts(standard_verdicts(), grid.verdicts("wren"))
    assert main(str(reported), "wren") == 0
    folder = grid.explored("wren")
    names = {file.stem for file in folder.glob("*.js")}
    assert names == {*NAMES, "tidy", "openness"}
    lines = json.loads((folder / INDEX).read_text())
    assert [one["place"] for one in lines] == [f"wren/{name}" for name in (*NAMES, *COMMITTED)]
    assert [one["moved"] for one in lines] == [True, False, None, None]
    events = [json.loads(row) for row in grid.events.read_text().splitlines()]
    assert [(e["page"], e["event"]) for e in events] == [
        ("questions of wren", "started"),
        ("questions of wren", "done"),
    ]


def test_committed_runs_show_the_words_of_our_own_concepts_alone(reported: Path) -> None:
    main(str(reported), "wren")
    folder = Grid.of(reported).explored("wren")
    ours, public = (
        json.loads((folder / f"{name}.js").read_text().partition(",")[2].removesuffix(");\n"))
        for name in COMMITTED
    )
    assert all("Is the following" in question for question, _, _ in ours["words"])
    assert public["words"] is None
    assert public["tokens"] is None
    assert len(public["hashes"]) == len(public["items"])
    assert ours["command"] == "steering measure wren tidy --out results/tidy"


def test_what_is_gone_from_the_report_is_gone_from_the_folder(reported: Path) -> None:
    stale = Grid.of(reported).explored("wren") / "gone.js"
    stale.parent.mkdir(parents=True)
    stale.write_text("")
    main(str(reported), "wren")
    assert not stale.exists()


def test_other_code_titles_or_verdicts_make_it_anew(
    reported: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grid = Grid.of(reported)
    before = grid.explorer_version("wren")
    assert before == Grid.of(reported).explorer_version("wren")
    grid.concepts["strong"]["title"] = "Another"
    retitled = grid.explorer_version("wren")
    grid.models["wren"]["identities"] = {"strong": "measured anew"}
    measured = grid.explorer_version("wren")
    monkeypatch.setattr(
        "steering.report.products._EXPLORED", "from steering.analysis import letters"
    )
    assert len({before, retitled, measured, grid.explorer_version("wren")}) == 4
