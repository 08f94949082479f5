"""Progress: events of jobs are read once each, and a half-written line waits for its end."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from steering.report.progress import JOBS, LOST, Progress, run_job, tell
from steering.storage import no_job


def test_events_are_counted_by_how_they_ended(tmp_path: Path) -> None:
    events, said = tmp_path / "events.jsonl", io.StringIO()
    progress = Progress(events, Console(file=said, highlight=False), total=3)
    tell(events, "a", "started")
    tell(events, "b", "started")
    progress.read()
    assert set(progress.running) == {"a", "b"}
    tell(events, "a", "done")
    tell(events, "b", "failed", reason="no kernel")
    progress.read()
    progress.read()
    assert progress.done == ["a"]
    assert progress.failed == {"b": "no kernel"}
    assert said.getvalue().count("\n") == 2
    assert "1/3  a: done" in said.getvalue()


def test_a_half_written_event_is_not_taken(tmp_path: Path) -> None:
    events = tmp_path / "events.jsonl"
    progress = Progress(events, Console(file=io.StringIO()))
    tell(events, "a", "started")
    whole = events.read_text()
    events.write_text(whole + '{"page": "b", "event"')
    progress.read()
    assert set(progress.running) == {"a"}
    assert progress.seen == 1


def test_the_number_of_jobs_is_that_of_the_log(tmp_path: Path) -> None:
    log = tmp_path / "snakemake.log"
    log.write_text("job      count\n-----  -------\nbook         1\ntotal       71\n")
    assert Progress(tmp_path / "none").steps(log) == 71
    log.write_text("")
    assert Progress(tmp_path / "none").steps(log) is None


def test_a_job_tells_how_it_began_and_how_it_ended(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    events = tmp_path / "events.jsonl"

    def told() -> list[tuple[str, str]]:
        lines = map(json.loads, events.read_text().splitlines())
        return [(line["event"], line.get("reason", "")) for line in lines]

    def refused() -> None:
        raise KeyError("no such page")

    assert run_job(events, "a", lambda: None) == 0
    assert told() == [("started", ""), ("done", "")]
    assert run_job(events, "a", refused, answers=(KeyError,)) == 1
    assert told()[2:] == [("started", ""), ("failed", "'no such page'")]
    assert capsys.readouterr().err == "'no such page'\n"
    with pytest.raises(KeyError):
        run_job(events, "a", refused)
    assert told()[-1] == ("failed", "KeyError: 'no such page'")


def test_what_a_job_announces_is_printed_and_is_no_job(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    progress = Progress(tmp_path / "events.jsonl")
    tell(progress.events, "a", "announced", text="a, to be measured:\n  [1 minute]  all of it")
    progress.read()
    assert capsys.readouterr().out == "a, to be measured:\n  [1 minute]  all of it\n"
    assert (progress.done, progress.failed, progress.running) == ([], {}, {})


def test_a_job_that_has_not_ended_when_nothing_runs_any_more_has_failed(tmp_path: Path) -> None:
    progress = Progress(tmp_path / "events.jsonl", Console(file=io.StringIO()))
    for event, page in (("started", "a"), ("done", "a"), ("started", "b")):
        tell(progress.events, page, event)
    progress.lose()
    assert progress.done == ["a"]
    assert progress.failed == {"b": LOST}
    assert progress.running == {}


def test_a_job_holds_the_folder_of_its_events(tmp_path: Path) -> None:
    found: list[bool] = []
    run_job(tmp_path / "events.jsonl", "a", lambda: found.append(no_job(tmp_path, JOBS)))
    assert [*found, no_job(tmp_path, JOBS)] == [False, True]


def test_a_job_whose_events_cannot_be_written_is_done_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    found: list[str] = []
    assert run_job(tmp_path / "file" / "events.jsonl", "a", lambda: found.append("done")) == 0
    assert found == ["done"]


def test_a_process_that_is_ended_says_all_and_frees_nothing() -> None:
    code = (
        "import atexit\n"
        "from steering.report.progress import ended\n"
        "atexit.register(print, 'freed')\n"
        "print('said')\n"
        "ended(3)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (told.returncode, told.stdout) == (3, "said\n")
