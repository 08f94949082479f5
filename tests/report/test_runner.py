"""The runner: what it refuses, what it redoes, what it says when a page fails."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from steering.clone import clone as clone_folder
from steering.clone import concepts_folder
from steering.errors import Refused
from steering.report import environment, runner, unchanged
from steering.report.configuration import configuration
from steering.report.contents import list_pages
from steering.report.grid import Grid
from steering.report.pages import ABOUT_PAGES, concept_page
from steering.report.progress import JOBS, Progress
from steering.report.real import with_real_models
from steering.report.runner import (
    none_in_the_future,
    only_one,
    report,
    snakemake_command,
)
from steering.storage import UNFINISHED, held_by_job, unwritable, write_json
from tests.support import miniature


@pytest.mark.parametrize(
    ("models", "concepts", "sentence"),
    [
        (["wrenn"], ["tidy"], "there is no model 'wrenn': allowed are"),
        (["wren"], ["tidi"], "there is no concept 'tidi'"),
        (["wren"], ["tidy", "tidy"], "concept 'tidy' would be called 'tidy' in the book"),
        (["wren", "wren"], ["tidy"], "model 'wren' would be called 'wren' in the book"),
    ],
)
def test_bad_input_is_refused_before_anything_is_written(
    models: list[str], concepts: list[str], sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(Refused, match=sentence):
        report(models, concepts, tmp_path / "book")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["[y]", "a*", "what?"])
def test_a_folder_that_would_be_a_pattern_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"no book can be built in .*: name another folder by --out"):
        report(["wren"], ["tidy"], tmp_path / name / "book")
    assert list(tmp_path.iterdir()) == []


def test_an_unwritable_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "book").write_text("a file")
    with pytest.raises(Refused, match="could not be written"):
        report(["wren"], ["tidy"], tmp_path / "book")
    assert (tmp_path / "book").read_text() == "a file"


def test_a_second_report_into_the_same_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "_build").mkdir()
    with (tmp_path / "_build" / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(Refused, match="another report is being made"):
            report(["wren"], ["tidy"], tmp_path)


def test_a_folder_may_have_braces_in_its_name(tmp_path: Path) -> None:
    """Snakemake fills in what stands in braces, in paths as well."""
    build = tmp_path / "a {x} {{y}}" / "_build"
    config = configuration(["wren"], ["tidy"], build.parent, {})
    file = write_json(config | {"file": str(build / "report.json")}, build / "report.json")
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(clone_folder() / "Snakefile")]
    command += ["--directory", str(build), "--configfile", str(file), "--cores", "1"]
    done = subprocess.run(
        [*command, "--dry-run", "--printshellcmds", "--nolock"], capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    commands = [line for line in said.splitlines() if "steering.report.jobs." in line]
    assert commands
    assert all(shlex.quote(str(file)) in command for command in commands)


def processor_seconds() -> float:
    """Of this process and those that it started and that have ended: a busy machine adds none."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def configured(asked: dict[str, Any]) -> dict[str, Any]:
    """What a report is configured with that is asked for this."""
    own = {name: value for name, value in asked.items() if name != "real"}
    return with_real_models(configuration(**own), asked["real"], asked["concepts"])


def outputs_to_make(asked: dict[str, Any], file: Path) -> set[str]:
    """What Snakemake would make of a report in its folder; nothing is made."""
    config = configured(asked)
    write_json(config | {"file": str(file)}, file)
    command = snakemake_command(file, Path(config["out"]) / "_build", 1)
    done = subprocess.run([*command, "--dry-run"], capture_output=True, text=True, check=True)
    return set(re.findall(r"^ +output: (.+)$", done.stdout + done.stderr, re.M))


def test_threads_of_jobs_leave_their_cores_to_others_while_they_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = "import os; print(os.environ['OMP_WAIT_POLICY'], os.environ.get('SNAKEMAKE_PROFILE'))"
    monkeypatch.setattr(runner, "snakemake_command", lambda *_: [sys.executable, "-c", told])
    monkeypatch.setenv("SNAKEMAKE_PROFILE", "the user's")
    for named, expected in ((None, "passive None"), ("active", "active None")):
        if named:
            monkeypatch.setenv("OMP_WAIT_POLICY", named)
        else:
            monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
        assert runner.snakemake(tmp_path / "config", tmp_path, 1, Progress(tmp_path / "no")) == 0
        assert (tmp_path / "snakemake.log").read_text().strip() == expected


@pytest.fixture
def spare(tmp_path: Path) -> str:
    """A concept of the user's own."""
    return str(shutil.copy(concepts_folder() / "tidy" / "items.jsonl", tmp_path / "spare.jsonl"))


@pytest.fixture(scope="module")
def asked() -> dict[str, Any]:
    """What the book is made of, when it is complete."""
    report(**miniature.asked())
    return miniature.asked()


@pytest.mark.notebook
def test_nothing_is_done_when_nothing_has_changed(
    asked: dict[str, Any], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("steering.report.runner.snakemake", lambda *_: pytest.fail("it is asked"))
    before = processor_seconds()
    page = report(**asked)
    assert processor_seconds() - before < 5
    assert page == miniature.html() / "index.html"
    assert "nothing had changed" in capsys.readouterr().out


@pytest.mark.notebook
def test_snakemake_too_finds_nothing_to_do(
    asked: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    (miniature.out() / "_build" / unchanged.FILE).unlink()
    before = processor_seconds()
    report(**asked)
    assert processor_seconds() - before < 15
    assert "nothing had changed" in capsys.readouterr().out
    assert not (miniature.out() / "_build" / "events.jsonl").exists()
    assert (miniature.out() / "_build" / unchanged.FILE).is_file()


@pytest.mark.notebook
def test_a_concept_that_joins_gets_its_pages_and_a_place_in_the_book(
    asked: dict[str, Any], spare: str, tmp_path: Path
) -> None:
    file = tmp_path / "report.json"
    # The order in which concepts are named makes no difference.
    assert outputs_to_make(asked | {"concepts": asked["concepts"][::-1]}, file) == set()
    new = outputs_to_make(asked | {"concepts": [*asked["concepts"], spare]}, file)
    models = asked["models"]
    assert f"source/{concept_page('spare')}.ipynb" in new
    assert {f"measured/{model}/0" for model in models} | {"source/index.ipynb", "bound"} <= new


@pytest.mark.notebook
def test_a_failing_cell_is_listed_and_leaves_the_others_and_the_book(
    spare: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    build = tmp_path / "book" / "_build"
    foreign, before = build / "runs/wren/spare/foreign.txt", build / "html" / "index.html"
    for file in (foreign, before):
        file.parent.mkdir(parents=True)
        file.write_text("not to be touched")
    with pytest.raises(SystemExit) as end:
        report(["wren"], ["tidy", spare], tmp_path / "book", options=miniature.LEAST)
    assert end.value.code == 1
    said = capsys.readouterr().err
    failed = [line for line in said.splitlines() if line.startswith("failed: ")]
    assert len(failed) == 1
    assert "concepts/spare: notebook concept.ipynb with" in failed[0]
    assert "holds files that are no results of ours" in failed[0]
    assert "the book from before was left as it is" in said
    assert {file.read_text() for file in (foreign, before)} == {"not to be touched"}
    made = {page.stem for page in (build / "source").rglob("*.ipynb")}
    assert {"tidy", *ABOUT_PAGES} <= made
    assert made.isdisjoint({"spare", "variability", "index"})


@pytest.mark.notebook
def test_the_book_has_all_that_was_expected() -> None:
    grid = Grid.of(configured(miniature.asked()))
    names = {str(page.relative_to(miniature.html())) for page in miniature.pages()}
    assert {f"{page}.html" for page in list_pages(grid)} <= names
    assert {f"{concept_page(concept)}.html" for concept in grid.concepts_with_pages} <= names
    for model in grid.models:
        kinds = ("variability", "brittleness", "linearity", "validation", "embedded_model")
        if model not in miniature.asked()["models"]:
            kinds = ("variability",)
        assert {f"models/{model}/{kind}.html" for kind in kinds} <= names
    assert not list((miniature.out() / "_build").rglob("*.partial.ipynb"))
    downloads = {file.name for file in (miniature.html() / "_downloads").rglob("*.*")}
    for name in ("steerability.csv", "sweep.parquet", "vector.safetensors", "card.json"):
        assert any(file.endswith(f"-{name}") for file in downloads)
    assert {"index.ipynb", "index.csv", "across.csv"} <= downloads


@pytest.mark.notebook
def test_a_book_that_was_removed_is_bound_again(
    asked: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    (miniature.html() / "index.html").unlink()
    report(**asked)
    assert "(1 pages made" in capsys.readouterr().out
    assert (miniature.html() / "index.html").is_file()


@pytest.mark.notebook
def test_a_book_that_does_not_build_leaves_the_one_before_and_is_not_complete(
    asked: dict[str, Any], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A warning is an error: here the contents name a page whose notebook has lost its heading."""
    record = miniature.out() / "_build" / unchanged.FILE
    assert record.is_file()
    before = (miniature.html() / "index.html").read_bytes()
    page = miniature.out() / "_build" / "source" / "across.ipynb"
    kept = page.read_text()
    try:
        page.write_text(kept.replace('"# Across models', '"[nowhere](nowhere.md) Across models'))
        with pytest.raises(SystemExit):
            report(**asked)
    finally:
        page.write_text(kept)
    said = capsys.readouterr().err
    assert "failed: book: the book did not build cleanly:" in said
    assert "source/across.ipynb" in said
    assert "\x1b" not in said
    assert (miniature.html() / "index.html").read_bytes() == before
    # What it left may be older than what it is asked for: Snakemake looks at it again.
    assert not record.exists()
    assert outputs_to_make(asked, tmp_path / "report.json") == {"bound"}


# A report whose Snakemake only waits; it says the number of that process once it runs.
WAITING = """
import sys, threading, time
from pathlib import Path
from steering.report import runner
from steering.report.progress import Progress
wait = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
runner.snakemake_command = lambda *_: [sys.executable, "-c", wait]
build = Path(sys.argv[1])
with runner.only_one(build) as lock:
    runner.snakemake(build / "report.json", build, 1, Progress(build / "events"), lock)
"""


def test_what_a_killed_report_has_begun_keeps_the_next_one_out(tmp_path: Path) -> None:
    build = tmp_path / "_build"
    killed = subprocess.Popen([sys.executable, "-c", WAITING, str(build)])
    log, said = build / "snakemake.log", ""
    while not said.strip():
        assert killed.poll() is None
        time.sleep(0.05)
        said = log.read_text() if log.is_file() else ""
    killed.kill()
    killed.wait()
    sentence = "another report is being made in '.*', by jobs of one that was ended: wait for them"
    with pytest.raises(Refused, match=sentence), only_one(build):
        pass
    os.kill(int(said), signal.SIGKILL)
    for _ in range(100):
        try:
            with only_one(build):
                return
        except Refused:
            time.sleep(0.05)
    pytest.fail("the folder is held by nobody, and yet refused")


def test_a_job_that_outlives_its_report_keeps_the_next_one_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job of a cluster does, and inherits no lock."""
    monkeypatch.setattr(runner, "PATIENCE", 0.2)
    with (
        held_by_job(tmp_path, JOBS),
        pytest.raises(Refused, match="by jobs of one that was ended: wait for them"),
        only_one(tmp_path),
    ):
        pass
    with only_one(tmp_path):
        pass


# What Snakemake does of which a job is killed: it ends with code 1, and the job has said nothing.
LOSES = """
import sys
from pathlib import Path
from steering.report.progress import tell
tell(Path(sys.argv[1]), "measuring wren", "started")
sys.exit(1)
"""


def test_a_job_that_was_killed_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    events = tmp_path / "_build" / "events.jsonl"
    monkeypatch.setattr(
        runner, "snakemake_command", lambda *_: [sys.executable, "-c", LOSES, str(events)]
    )
    with pytest.raises(SystemExit) as ended:
        report(["wren"], ["tidy"], tmp_path, options=miniature.LEAST)
    assert ended.value.code == 1
    said = capsys.readouterr().err
    assert "failed: measuring wren: it ended without a word, as a job does that is killed" in said
    assert re.search(r"^1 of \d+ jobs failed; no book was made\.$", said, re.M)


def test_a_report_that_fails_on_a_full_disk_says_only_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(folder: Path) -> None:
        raise unwritable(folder, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))

    monkeypatch.setattr(runner, "require_room", full)
    monkeypatch.setattr(runner, "snakemake", lambda *_, **__: 1)
    with pytest.raises(Refused, match=r"_build' could not be written \(No space left on device\)"):
        report(["wren"], ["tidy"], tmp_path, options=miniature.LEAST)
    assert capsys.readouterr().err == ""


def test_a_report_on_a_cluster_has_no_warm_process_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = "import os; print('STEERING_WARM_PROCESS' in os.environ)"
    monkeypatch.setattr(runner, "snakemake_command", lambda *_: [sys.executable, "-c", told])
    for where, expected in ((1, str(sys.platform == "linux")), (tmp_path, "False")):
        runner.snakemake(tmp_path / "config", tmp_path, where, Progress(tmp_path / "no"))
        assert (tmp_path / "snakemake.log").read_text().strip() == expected


def test_what_a_killed_report_was_writing_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    half = tmp_path / "_build" / "source" / "data" / f".index.csv.x{UNFINISHED}"
    half.parent.mkdir(parents=True)
    half.touch()
    log = tmp_path / "_build" / "snakemake.log"
    monkeypatch.setattr(runner, "snakemake", lambda *_, **__: log.touch() or 1)
    with pytest.raises(SystemExit):
        report(["wren"], ["tidy"], tmp_path, options=miniature.LEAST)
    assert not half.exists()


def test_a_file_of_the_users_hides_no_module(tmp_path: Path) -> None:
    (tmp_path / "random.py").write_text("raise SystemExit('hidden')")
    command = [sys.executable, "-m", "steering.report.jobs.verdict"]
    for safe in (False, True):
        told = subprocess.run(
            command, cwd=tmp_path, env=environment.of_jobs() if safe else None, capture_output=True,
            text=True, check=False,
        )  # fmt: skip
        assert ("hidden" in told.stderr) is not safe


def test_no_file_of_a_job_stays_in_the_future(tmp_path: Path) -> None:
    late, early = tmp_path / "measured" / "wren" / "0", tmp_path / "judged" / "wren"
    for file, date in ((late, time.time() + 10**6), (early, 10**9)):
        file.parent.mkdir(parents=True)
        file.touch()
        os.utime(file, (date, date))
    none_in_the_future(tmp_path)
    assert late.stat().st_mtime <= time.time()
    assert early.stat().st_mtime == 10**9
