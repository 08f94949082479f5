"""The job that makes the verdicts on all concepts of one model."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from steering.analysis.verdict import outcomes
from steering.records.crossed import CrossedAbout, write_crossed
from steering.records.tables import write
from steering.records.verdicts import read_verdicts
from steering.report.grid import Grid
from steering.report.jobs.verdict import judge, main
from tests.support.spoken import crossed_of, spoken_curves
from tests.support.synthetic import DESIGNS, results

NAMES = ("strong", "weak", "inert")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The runs of three concepts."""
    top = tmp_path_factory.mktemp("runs")
    for name in NAMES:
        measured = results({name: DESIGNS[name]})
        (top / name).mkdir()
        for table in ("items", "prompts", "sweep", "steerability"):
            write(getattr(measured, table), top / name, table)
        (top / name / "card.json").write_text(json.dumps(measured.cards[0]))
    return top


@pytest.fixture
def reported(runs: Path, tmp_path: Path) -> Grid:
    """A report on three concepts in one model, all measured."""
    entry = {"reference": "wren", "files": [], "planted": []}
    concepts = {name: {"title": name, "reference": name, "files": []} for name in NAMES}
    (tmp_path / "_build").mkdir()
    described = {"out": str(tmp_path), "models": {"wren": entry}, "concepts": concepts}
    file = tmp_path / "_build" / "report.json"
    file.write_text(json.dumps(described | {"options": {}, "concepts_per_job": None, "access": {}}))
    grid = Grid.of(file)
    for name in NAMES:
        shutil.copytree(runs / name, grid.run("wren", name))
    return grid


def test_the_concepts_of_a_model_are_one_family(reported: Grid) -> None:
    assert main(str(reported.out / "_build" / "report.json"), "wren") == 0
    table = read_verdicts(reported.verdicts("wren"))
    steering = outcomes.of_claim(table, outcomes.STEERING).set_index("concept")
    assert set(steering["family"]) == {3}
    assert steering.loc["strong", "outcome"] == outcomes.MOVES
    assert steering.loc["inert", "outcome"] == outcomes.CHANCE
    events = [json.loads(line) for line in reported.events.read_text().splitlines()]
    assert [(e["page"], e["event"]) for e in events] == [
        ("verdicts on wren", "started"),
        ("verdicts on wren", "done"),
    ]


def test_a_concept_that_was_refused_keeps_the_others_from_nothing(reported: Grid) -> None:
    (reported.run("wren", "weak") / "card.json").unlink()
    judge(reported, "wren")
    assert set(read_verdicts(reported.verdicts("wren"))["concept"]) == {"strong", "inert"}


def test_crossed_vectors_of_a_run_that_is_not_whole_do_not_count(reported: Grid) -> None:
    reported.models["wren"]["identities_said"] = {"weak": "one"}
    (said,) = reported.runs("wren", "said")
    Path(said).mkdir(parents=True)
    table = crossed_of(spoken_curves(), {"weak": (1.0, 0.0)})
    write_crossed(table, CrossedAbout(runs=("one", "other")), Path(said))
    judge(reported, "wren")
    table = read_verdicts(reported.verdicts("wren"))
    assert outcomes.of_claim(table, outcomes.CROSSED).empty
    assert len(outcomes.of_claim(table, outcomes.STEERING)) == 3


def test_without_any_run_there_is_no_table_not_even_a_former_one(reported: Grid) -> None:
    judge(reported, "wren")
    for name in NAMES:
        (reported.run("wren", name) / "card.json").unlink()
    judge(reported, "wren")
    assert not reported.verdicts("wren").exists()


def test_other_code_or_runs_make_the_verdicts_anew(
    reported: Grid, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = reported.verdict_version("wren")
    assert before == reported.verdict_version("wren")
    reported.models["wren"]["identities"] = {"weak": "measured anew"}
    assert reported.verdict_version("wren") != before
    between = reported.verdict_version("wren")
    monkeypatch.setattr(
        "steering.report.products._VERDICTS", "from steering.analysis import letters"
    )
    assert reported.verdict_version("wren") != between
