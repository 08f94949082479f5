"""The measuring job: a batch in one process, which goes on after a kill and stops for nobody."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from steering.errors import Refused
from steering.measuring import prices
from steering.measuring.price import Speed
from steering.models import loading
from steering.report.configuration import configuration
from steering.report.grid import Grid
from steering.report.jobs.measure import main, measure_batch
from steering.storage import unwritable, write_json
from tests.support.miniature import LEAST


def grid(out: Path, concepts: list[str], options: dict[str, Any] | None = None) -> Grid:
    config = configuration(["wren"], concepts, out, LEAST | (options or {}), letters_only=True)
    file = out / "_build" / "report.json"
    return Grid.of(write_json(config | {"file": str(file)}, file))


def tables(grid: Grid) -> pd.DataFrame:
    folders = map(Path, grid.runs("wren"))
    return pd.concat([pd.read_parquet(folder / "sweep.parquet") for folder in folders])


def test_a_model_is_loaded_once_for_all_its_concepts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads = []
    load = loading.load_model

    def counted(*arguments: Any, **options: Any) -> Any:
        loads.append(arguments)
        return load(*arguments, **options)

    monkeypatch.setattr(loading, "load_model", counted)
    both = grid(tmp_path, ["tidy", "frugal"])
    assert measure_batch(both, "wren", 0) == {}
    assert len(loads) == 1
    assert set(tables(both)["concept"]) == {"tidy", "frugal"}
    assert measure_batch(both, "wren", 0) == {}
    assert len(loads) == 1, "what is there is not measured again, and needs no model"


def test_a_refused_concept_keeps_no_other_from_being_measured(tmp_path: Path) -> None:
    both = grid(tmp_path, ["tidy", "frugal"])
    foreign = both.run("wren", "tidy")
    foreign.mkdir(parents=True)
    (foreign / "foreign.txt").write_text("not ours")
    refused = measure_batch(both, "wren", 0)
    assert list(refused) == [str(foreign)]
    assert "holds files that are no results of ours" in refused[str(foreign)]
    assert (both.run("wren", "frugal") / "card.json").is_file()
    assert [file.name for file in foreign.iterdir()] == ["foreign.txt"]


@pytest.mark.parametrize("alone", [True, False])
def test_a_job_that_finds_no_room_fails_so_that_it_is_done_again(
    alone: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A refusal is an answer, and its job is done; where the disk was full, there is none yet."""
    full = unwritable(tmp_path, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))

    def run_jobs(jobs: list[Any], *_: object, **__: object) -> dict[Path, Refused]:
        if alone:
            raise full
        return {jobs[0].folder: Refused("another plan."), jobs[1].folder: full}

    monkeypatch.setattr("steering.report.jobs.measure.run_jobs", run_jobs)
    one = grid(tmp_path, ["tidy", "frugal"])
    assert main(str(tmp_path / "_build/report.json"), "wren", "0") == 1
    assert capsys.readouterr().err == f"{full}\n"
    events = [json.loads(line) for line in one.events.read_text().splitlines()]
    assert (events[-1]["event"], events[-1]["reason"]) == ("failed", str(full))


def test_a_job_that_was_killed_goes_on_and_ends_with_the_same_tables(tmp_path: Path) -> None:
    whole = grid(tmp_path / "whole", ["tidy", "frugal"])
    assert main(str(tmp_path / "whole/_build/report.json"), "wren", "0") == 0
    cut = grid(tmp_path / "cut", ["tidy", "frugal"])
    command = [sys.executable, "-m", "steering.report.jobs.measure"]
    command += [str(tmp_path / "cut/_build/report.json"), "wren", "0"]
    job = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    vectors = cut.run("wren", "frugal") / "stages" / "vectors-BASE.safetensors"
    # Written after the result itself, which does not count until then.
    done = vectors.with_name("stages.json")
    while not (done.is_file() and '"vectors/BASE"' in done.read_text()) and job.poll() is None:
        time.sleep(0.01)
    job.send_signal(signal.SIGKILL)
    assert job.wait() == -signal.SIGKILL
    assert not (cut.run("wren", "frugal") / "card.json").is_file()
    made = vectors.stat().st_mtime_ns
    assert main(*command[3:]) == 0
    assert vectors.stat().st_mtime_ns == made, "its vectors are not made again"
    pd.testing.assert_frame_equal(tables(cut), tables(whole))


@pytest.mark.parametrize(("operations", "waits"), [(1e15, False), (1e3, True)])
def test_who_has_to_wait_for_a_job_is_told_its_price_beforehand(
    operations: float, waits: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = grid(tmp_path, ["tidy"])
    monkeypatch.setattr(prices, "speed_of", lambda *_: Speed(0.0, operations))
    monkeypatch.setattr("steering.measuring.steps.finish", lambda *_: None)
    assert main(str(tmp_path / "_build/report.json"), "wren", "0") == 0
    events = [json.loads(line) for line in one.events.read_text().splitlines()]
    told = [event["text"].splitlines() for event in events if event["event"] == "announced"]
    if not waits:
        assert told == []
        return
    ((first, line),) = told
    assert first.startswith("measuring wren, to be measured in about ")
    assert line.endswith("  tidy: all of it")


def test_what_a_job_does_is_told_to_the_runner(tmp_path: Path) -> None:
    one = grid(tmp_path, ["tidy"])
    assert main(str(tmp_path / "_build/report.json"), "wren", "0") == 0
    events = [json.loads(line) for line in one.events.read_text().splitlines()]
    assert [(e["page"], e["event"]) for e in events] == [
        ("measuring wren", "started"),
        ("measuring wren", "done"),
    ]
