"""In CI a skipped browser or notebook test is a failure; elsewhere it is a skip with its reason."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = """
import pytest

@pytest.mark.browser
def test_browser(): pytest.skip("no Chromium here")

@pytest.mark.notebook
@pytest.mark.skipif(True, reason="no kernel here")
def test_notebook(): ...

@pytest.fixture
def missing(): pytest.skip("no book here")

@pytest.mark.browser
def test_setup(missing): ...

def test_other(): pytest.skip("no data here")

def test_passes(): ...
"""


WORKERS = [(), ("-n", "2", "--dist", "loadgroup", "--no-loadscope-reorder")]
alone_and_by_workers = pytest.mark.parametrize("workers", WORKERS, ids=["alone", "by workers"])


def outcome(
    folder: Path, clone: Path, ci: str, tests: str = TESTS, options: tuple[str, ...] = ()
) -> tuple[int, str]:
    (folder / "conftest.py").write_text((clone / "tests" / "conftest.py").read_text())
    (folder / "test_some.py").write_text(tests)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers =\n  browser: x\n  notebook: x\n")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        *options,
        str(folder),
    ]
    environment = {**os.environ, "CI": ci}
    run = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    return run.returncode, run.stdout


@alone_and_by_workers
def test_in_ci_a_skip_is_a_failure(tmp_path: Path, clone: Path, workers: tuple[str, ...]) -> None:
    code, said = outcome(tmp_path, clone, "true", options=workers)
    assert code == 1
    assert "1 failed, 1 passed, 1 skipped, 2 errors" in said
    for reason in ("no Chromium here", "no kernel here", "no book here"):
        assert reason in said


@pytest.mark.parametrize("ci", ["", "false"])
def test_elsewhere_it_is_a_skip(tmp_path: Path, clone: Path, ci: str) -> None:
    code, said = outcome(tmp_path, clone, ci)
    assert code == 0
    assert "1 passed, 4 skipped" in said


@alone_and_by_workers
def test_in_ci_a_file_that_skips_itself_is_a_failure(
    tmp_path: Path, clone: Path, workers: tuple[str, ...]
) -> None:
    whole = "import pytest\npytest.skip('not today', allow_module_level=True)"
    code, said = outcome(tmp_path, clone, "true", whole, workers)
    assert code != 0
    assert "not today" in said
    code, said = outcome(tmp_path, clone, "", whole, workers)
    assert "skipped" in said


PLACED = """
import os, pytest, warnings

def note(name): print(name, os.environ["PYTEST_XDIST_WORKER"], os.environ["OMP_NUM_THREADS"])

@pytest.mark.parametrize("number", range(4))
def test_of_a_file(number): note("file")

@pytest.mark.xdist_group("book")
@pytest.mark.parametrize("number", range(2))
def test_of_a_group(number): note("group")

def test_warns(): warnings.warn("mind this")
"""


def test_a_file_stays_on_one_worker_and_a_warning_is_an_error_there(
    tmp_path: Path, clone: Path
) -> None:
    """So does a group that files share, here on the other one; a worker keeps to one core."""
    code, said = outcome(tmp_path, clone, "true", PLACED, ("-W", "error", "-rP", *WORKERS[1]))
    assert code == 1
    assert "UserWarning: mind this" in said
    assert "1 failed, 6 passed" in said
    places = set(re.findall(r"((?:file|group) gw\d 1)$", said, re.M))
    assert places in ({"group gw0 1", "file gw1 1"}, {"group gw1 1", "file gw0 1"})
