"""The warm process does a job as the job would; where there is none, the job is done without it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from steering.report.configuration import configuration
from steering.report.grid import Grid
from steering.report.jobs.book import unfinished
from steering.report.warm import PLACE, WarmProcess, asked, main, warm_process
from steering.storage import write_json

linux = pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux only")


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The configuration of a report whose pages about itself can be made at once."""
    out = tmp_path_factory.mktemp("book")
    return write_json(configuration(["wren"], ["tidy"], out, {}), out / "_build" / "report.json")


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WarmProcess]:
    log = tmp_path_factory.mktemp("warm") / "log"
    with log.open("w") as file, warm_process(file) as process:
        assert process is not None
        yield process


def job(warm: WarmProcess | None, *arguments: str) -> subprocess.Popen[str]:
    """What Snakemake starts for a job."""
    return subprocess.Popen(
        [sys.executable, "-m", "steering.report.warm", *arguments],
        env={**os.environ, PLACE: str(warm.place) if warm else ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str], warm: WarmProcess) -> tuple[int, str, str]:
    """Its exit code and what it said, when it has ended, while the runner looks now and then."""
    while process.poll() is None:
        warm.look()
        time.sleep(0.05)
    said, warned = process.communicate()
    return process.returncode, said, warned


def events(config: Path, page: str) -> list[dict[str, object]]:
    lines = (config.parent / "events.jsonl").read_text().splitlines()
    return [event for event in map(json.loads, lines) if event["page"] == page]


@linux
def test_it_starts_when_it_is_asked_and_not_before(config: Path, warm: WarmProcess) -> None:
    warm.look()
    assert warm.process is None
    assert ended(job(warm, "page", str(config), "cost"), warm)[0] == 0
    assert warm.process is not None
    assert warm.process.poll() is None
    assert unfinished(Grid.of(config).executed(Grid.of(config).page("cost"))) is None
    started, done = events(config, "cost")[-2:]
    assert started["event"] == "started"
    assert done["event"] == "done"
    assert started["process"] != warm.process.pid
    assert not (config.parent / "source" / "cost.partial.ipynb").exists()


@linux
def test_it_can_be_started_before_and_starts_once(warm: WarmProcess) -> None:
    warm.start()
    first = warm.process
    assert first is not None
    assert first.poll() is None
    warm.start()
    assert warm.process is first


def test_a_job_that_fails_says_so_where_it_was_asked(config: Path, warm: WarmProcess) -> None:
    code, _, warned = ended(job(warm, "page", str(config), "concepts/tidi"), warm)
    assert code == 1
    assert "KeyError: 'concepts/tidi'" in warned
    # Nothing is measured here, so the notebook of this page fails.
    code, _, warned = ended(job(warm, "page", str(config), "models/wren/variability"), warm)
    assert code == 1
    assert "notebook variability.ipynb with" in warned
    assert "was not published" in warned
    assert events(config, "models/wren/variability")[-1]["event"] == "failed"
    assert warm.process is not None
    assert warm.process.poll() is None, "one job has taken the others with it"


@linux
def test_a_job_ends_with_whoever_asked_for_it(config: Path, warm: WarmProcess) -> None:
    before = len(events(config, "errors")) if (config.parent / "events.jsonl").exists() else 0
    process = job(warm, "page", str(config), "errors")
    while len(events(config, "errors")) == before:
        warm.look()
        time.sleep(0.02)
    pid = int(str(events(config, "errors")[-1]["process"]))
    process.kill()
    process.communicate()
    for _ in range(100):
        if not is_running(pid):
            break
        time.sleep(0.1)
    assert not is_running(pid)
    assert events(config, "errors")[-1]["event"] == "started"
    assert not list((config.parent / "source").glob("errors*.ipynb"))


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_without_it_a_job_is_done_by_whoever_was_to_ask(config: Path, tmp_path: Path) -> None:
    assert asked("", "page", []) is None
    assert asked(str(tmp_path / "none"), "page", []) is None
    process = job(None, "page", str(config), "cost")
    process.communicate()
    assert process.returncode == 0
    assert events(config, "cost")[-1]["event"] == "done"
    assert events(config, "cost")[-2]["process"] == process.pid


@linux
def test_if_it_has_ended_jobs_do_without_it(config: Path, tmp_path: Path) -> None:
    with (tmp_path / "log").open("w") as log, warm_process(log) as process:
        assert process is not None
        waiting = job(process, "page", str(config), "cost")
        while process.process is None:
            process.look()
        process.process.send_signal(signal.SIGKILL)
        assert ended(waiting, process)[0] == 0
        assert events(config, "cost")[-2]["process"] == waiting.pid
        assert asked(str(process.place), "page", []) is None
    assert not process.place.exists()


def test_it_imports_nothing_heavy() -> None:
    """It is started for every page."""
    code = "import sys, steering.report.warm; print({'pandas', 'papermill'} & {*sys.modules})"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "set()"


def test_a_system_that_is_not_linux_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, config: Path
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with (tmp_path / "log").open("w") as log, warm_process(log) as process:
        assert process is None
    monkeypatch.setattr("steering.report.warm.do", lambda name, arguments: len(arguments))
    monkeypatch.delenv(PLACE, raising=False)
    assert main("page", str(config), "cost") == 2
