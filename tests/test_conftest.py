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


WORKERS = [(), ("-n", "2")]
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
        "-p",
        "xdist.plugin",
        *options,
        str(folder),
    ]
    # Further plugins, of libraries that we use, would take most of the time.
    environment = {**os.environ, "CI": ci, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
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


WHOLE = "import pytest\npytest.skip('not today', allow_module_level=True)"


@alone_and_by_workers
def test_in_ci_a_file_that_skips_itself_is_a_failure(
    tmp_path: Path, clone: Path, workers: tuple[str, ...]
) -> None:
    code, said = outcome(tmp_path, clone, "true", WHOLE, workers)
    assert code != 0
    assert "not today" in said


def test_elsewhere_a_file_may_skip_itself(tmp_path: Path, clone: Path) -> None:
    assert "1 skipped" in outcome(tmp_path, clone, "", WHOLE)[1]


PLACED = """
import os, pytest, warnings

@pytest.mark.parametrize("number", range(3))
def test_place(number):
    print(__name__, os.environ["PYTEST_XDIST_WORKER"], os.environ["OMP_NUM_THREADS"])
"""
WARNS = "\ndef test_warns(): warnings.warn('mind this')"


def test_workers_get_whole_files_and_one_of_them_all_about_the_book(
    tmp_path: Path, clone: Path
) -> None:
    """So do files about a service. A worker keeps to one core, and a warning is an error there."""
    for name in ("test_one", "test_two"):
        (tmp_path / f"{name}.py").write_text(PLACED + "# import " + "miniature")
    (tmp_path / "remote").mkdir()
    for name in ("test_service", "test_request"):
        (tmp_path / "remote" / f"{name}.py").write_text(PLACED)
    said = outcome(tmp_path, clone, "true", PLACED + WARNS, ("-W", "error", "-rP", *WORKERS[1]))[1]
    assert "UserWarning: mind this" in said
    assert "1 failed, 15 passed" in said
    found = {*re.findall(r"^(test_\w+) (gw\d 1)$", said, re.M)}
    assert len(found) == 5
    places = dict(found)
    assert places["test_one"] == places["test_two"]
    assert places["test_service"] == places["test_request"] != places["test_one"]
