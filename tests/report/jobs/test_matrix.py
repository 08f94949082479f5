"""The job of the matrix: one a model, after all of its concepts, and before what shows it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from steering.clone import clone as clone_folder
from steering.models import loading
from steering.records.matrix import matrix_file, not_compared, read_matrix
from steering.records.run_card import read_card
from steering.report.configuration import configuration
from steering.report.grid import Grid
from steering.report.jobs.matrix import main, measure_model
from steering.report.jobs.measure import measure_batch
from steering.report.pages import concept_page
from steering.storage import write_json
from tests.report.jobs.test_measure import grid
from tests.support.miniature import LEAST

THREE = ["tidy", "frugal", "honest"]


def copied(cut: Path, to: Path, concepts: list[str]) -> Grid:
    """The same report in another folder, with the runs that were measured before."""
    one = grid(to, concepts)
    for concept in concepts:
        folder = one.run("wren", concept)
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.symlink_to(cut / "_build" / "runs" / "wren" / concept)
    return one


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report whose concepts are measured, and nothing else."""
    out = tmp_path_factory.mktemp("report")
    assert measure_batch(grid(out, THREE), "wren", 0) == {}
    return out


def test_every_concept_is_asked_under_the_vectors_of_the_others(
    measured: Path, tmp_path: Path
) -> None:
    one = copied(measured, tmp_path, THREE)
    assert measure_model(one, "wren") == {}
    table = read_matrix(one.runs("wren"))
    assert set(table["concept"]) == set(table["vector_concept"]) == set(THREE)
    assert not one.matrix_missing("wren")
    # The own vector of concepts that were planted apart from each other is far ahead of them.
    assert table.groupby(["concept", "vector_concept"])["steerability"].mean().abs().max() < 1


def test_what_it_does_is_told_to_the_runner_and_nothing_is_loaded_twice(
    measured: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = copied(measured, tmp_path, THREE)
    assert main(str(tmp_path / "_build/report.json"), "wren") == 0

    def unasked(*_: object, **__: object) -> None:
        pytest.fail("nothing is missing")

    monkeypatch.setattr(loading, "load_model", unasked)
    assert main(str(tmp_path / "_build/report.json"), "wren") == 0
    events = [json.loads(line) for line in one.events.read_text().splitlines()]
    name = "measuring wren, each vector on all concepts"
    assert [(e["page"], e["event"]) for e in events] == [(name, "started"), (name, "done")] * 2


def test_a_run_of_another_plan_takes_no_part(measured: Path, tmp_path: Path) -> None:
    one = copied(measured, tmp_path, THREE)
    identities = one.models["wren"]["identities"]
    one.models["wren"] = one.models["wren"] | {"identities": identities | {"honest": "other"}}
    refused = measure_model(one, "wren")
    assert refused == {str(one.run("wren", "honest")): "what it holds is of another plan."}
    assert set(read_matrix(one.runs("wren"))["vector_concept"]) == {"tidy", "frugal"}
    assert set(not_compared(one.runs("wren"))) == {"honest"}


def test_a_concept_that_was_not_measured_keeps_no_other_from_it(
    measured: Path, tmp_path: Path
) -> None:
    one = copied(measured, tmp_path, THREE)
    one.run("wren", "tidy").unlink()
    refused = measure_model(one, "wren")
    assert list(refused) == [str(one.run("wren", "tidy"))]
    assert set(read_matrix(map(one.run, ["wren"] * 2, THREE[1:]))["concept"]) == set(THREE[1:])
    assert not one.matrix_missing("wren"), "its file says why there is nothing"


def test_a_committed_run_lends_its_vector(measured: Path, tmp_path: Path) -> None:
    name = "openness"
    config = configuration(["wren"], ["tidy", "frugal"], tmp_path, LEAST, letters_only=True)
    kept = clone_folder() / "measured" / "runs" / "wren" / name
    shown = {"title": name, "kind": "public data sets", "reference": name}
    config["concepts"][name] = shown | {"committed": {"wren": str(kept)}}
    file = tmp_path / "_build" / "report.json"
    one = Grid.of(write_json(config | {"file": str(file)}, file))
    for concept in ("tidy", "frugal"):
        folder = one.run("wren", concept)
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.symlink_to(measured / "_build" / "runs" / "wren" / concept)
    assert measure_model(one, "wren") == {}
    table = read_matrix([one.run("wren", "tidy"), one.run("wren", "frugal")])
    assert set(table["vector_concept"]) == {"tidy", "frugal", name}
    layer = read_card(one.run("wren", "tidy"))["layer"]
    assert set(table.loc[table["concept"] == "tidy", "layer"]) == {layer}


def dry_run(out: Path, *more: str) -> str:
    """What Snakemake would do."""
    build = out / "_build"
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(clone_folder() / "Snakefile")]
    command += ["--directory", str(build), "--configfile", str(build / "report.json")]
    command += ["--cores", "1", "--dry-run", "--nolock", "--nocolor"]
    command += ["--rerun-triggers", "mtime", "params", "input", *more]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def jobs(out: Path, *more: str) -> list[str]:
    lines = dry_run(out, *more).splitlines()
    return [line.split()[0] for line in lines if line.split()[1:] and line.split()[1].isdigit()]


def before(order: str, kind: str) -> set[str]:
    """The rules of all jobs that come before one, in a graph of jobs as Snakemake writes it."""
    labels = dict(re.findall(r'^\s*(\d+)\[label = "(.+?)"', order, re.M))
    (job,) = (number for number, label in labels.items() if kind in label.split(r"\n"))
    arrows = re.findall(r"(\d+) -> (\d+)", order)
    found: set[str] = set()
    while new := {one for one, other in arrows if other in {job, *found}} - found:
        found |= new
    return {labels[number].split(r"\n")[0] for number in found}


def test_with_one_concept_there_is_no_such_job(tmp_path: Path) -> None:
    grid(tmp_path / "one", ["tidy"])
    grid(tmp_path / "two", ["tidy", "frugal"])
    assert "matrix" not in jobs(tmp_path / "one")
    assert "matrix" in jobs(tmp_path / "two")


def test_it_comes_before_every_page_that_shows_it(tmp_path: Path) -> None:
    one = grid(tmp_path, ["tidy", "frugal"])
    pages = [concept_page("tidy"), "models/wren/variability", "across", "index", "cost"]
    order = dry_run(tmp_path, "--dag", "--", *(f"source/{name}.ipynb" for name in pages))
    for kind in ("concept: tidy", "kind: variability", "kind: across", "kind: index"):
        assert {"matrix", "measure"} < before(order, kind), kind
    assert before(order, "kind: cost") == set()
    assert before(order, "matrix") == {"measure"}
    assert matrix_file(one.run("wren", "tidy")).parent == tmp_path / "_build/runs/wren/matrix"
