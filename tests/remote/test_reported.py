"""A report's jobs on a service: one request at a time, and gone on from where it fell silent."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from steering.measuring import measure as measuring
from steering.models.model import Model
from steering.report.configuration import configuration
from steering.report.grid import Grid
from steering.report.jobs import matrix, measure
from steering.report.on_service import access_to
from steering.storage import write_json
from tests.remote.conftest import QUICK
from tests.support.miniature import LEAST
from tests.support.serving import NAME, Double

MODEL = "owner-tiny"
OPTIONS = {**LEAST, "settings": ("BASE",), "layers": [1], "train_groups": 6, "test_groups": 4}
CONCEPTS = ["tidy", "frugal"]


def made(out: Path, models: list[str], access: dict[str, Any]) -> Grid:
    config = configuration(models, CONCEPTS, out, OPTIONS, access=access, letters_only=True)
    file = out / "_build" / "report.json"
    return Grid.of(write_json(config | {"file": str(file)}, file))


@pytest.fixture
def grid(
    double: Double,
    asking: Callable[..., Model],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Grid:
    """A report on a model of the double, which is not looked up on a hub."""
    loaded = measuring.Access.load

    def load(access: measuring.Access, model: str, plan: Any, folder: Path) -> Model:
        if access.terms is None:
            return loaded(access, model, plan, folder)
        there = asking(**{"host": access.terms.host, "silence": access.terms.silence})
        ledger = replace(there.remote.ledger, folder=access.answers)
        served = replace(there, name=model, remote=replace(there.remote, ledger=ledger))
        served.__dict__["holding"] = there.holding
        return served

    monkeypatch.setattr(measuring.Access, "load", load)
    terms = replace(QUICK, host=double.url, silence=0.5)
    return made(tmp_path / "book", [NAME], access_to(terms))


def jobs_done(grid: Grid) -> tuple[int, int]:
    file = str(grid.out / "_build" / "report.json")
    return measure.main(file, MODEL, "0"), matrix.main(file, MODEL)


def slopes(grid: Grid, model: str) -> pd.DataFrame:
    tables = [pd.read_parquet(Path(run) / "steerability.parquet") for run in grid.runs(model)]
    return pd.concat(tables, ignore_index=True)


def test_it_measures_what_a_report_here_does(
    grid: Grid, double: Double, folder: Path, tmp_path: Path
) -> None:
    assert jobs_done(grid) == (0, 0)
    here = made(tmp_path / "here", [f"{MODEL}={folder}"], {})
    assert measure.measure_batch(here, MODEL, 0) == {}
    assert matrix.measure_model(here, MODEL) == {}
    for read in (slopes, others):
        there, own = read(grid, MODEL), read(here, MODEL)
        key = [name for name in there if there[name].dtype.kind not in "f" and name != "model"]
        pd.testing.assert_frame_equal(there[key], own[key])
        numbers = ["steerability"]
        pd.testing.assert_frame_equal(there[numbers], own[numbers], atol=1e-4, rtol=0)
    # No answer is left behind, and nothing is asked twice.
    assert not list(grid.out.rglob("request-*"))
    before = len(double.requests())
    assert jobs_done(grid) == (0, 0)
    assert len(double.requests()) == before


def others(grid: Grid, model: str) -> pd.DataFrame:
    folder = Path(grid.runs(model)[0]).parent / "matrix"
    tables = [pd.read_parquet(folder / f"{name}.parquet") for name in CONCEPTS]
    return pd.concat(tables, ignore_index=True)


def test_a_service_that_falls_silent_fails_the_job_and_nothing_is_paid_twice(
    grid: Grid, double: Double, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = len(double.requests())
    assert jobs_done(grid) == (0, 0)
    whole, count = slopes(grid, MODEL), len(double.requests()) - before
    again = made(tmp_path / "again", [NAME], grid.access)
    file = str(again.out / "_build" / "report.json")
    for job, arguments in ((measure, (MODEL, "0")), (matrix, (MODEL,))):
        double.faults(busy=10**6)
        capsys.readouterr()
        assert job.main(file, *arguments) == 1
        assert "does not answer (503" in capsys.readouterr().err
        last = json.loads(again.events.read_text().splitlines()[-1])
        assert (last["event"], "does not answer" in last["reason"]) == ("failed", True)
        double.faults()
        assert job.main(file, *arguments) == 0
    pd.testing.assert_frame_equal(slopes(again, MODEL), whole)
    assert len(double.requests()) - before == 2 * count


def test_what_was_answered_before_the_silence_is_not_asked_again(
    grid: Grid, double: Double, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = len(double.requests())
    assert jobs_done(grid) == (0, 0)
    count = len(double.requests()) - before
    again = made(tmp_path / "again", [NAME], grid.access)
    file = str(again.out / "_build" / "report.json")
    finish, done = measuring_finish(), []

    def silent(model: Model, job: Any, *more: Any) -> Any:
        found = finish(model, job, *more)
        done.append(job.folder)
        double.faults(busy=10**6)
        return found

    with monkeypatch.context() as patch:
        patch.setattr("steering.measuring.steps.finish", silent)
        assert measure.main(file, MODEL, "0") == 1
    assert len(done) == 1, "the second concept is not tried on a service that says nothing"
    double.faults()
    assert measure.main(file, MODEL, "0") == 0
    assert matrix.main(file, MODEL) == 0
    assert len(double.requests()) - before == 2 * count


def measuring_finish() -> Callable[..., Any]:
    from steering.measuring import steps  # noqa: PLC0415 - imports PyTorch

    return steps.finish
