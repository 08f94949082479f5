"""In CI a skipped browser or notebook test is a failure; elsewhere it is a skip with its reason."""

from __future__ import annotations

import os
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


def outcome(folder: Path, clone: Path, ci: str, tests: str = TESTS) -> tuple[int, str]:
    (folder / "conftest.py").write_text((clone / "tests" / "conftest.py").read_text())
    (folder / "test_some.py").write_text(tests)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers =\n  browser: x\n  notebook: x\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(folder)]
    environment = {**os.environ, "CI": ci}
    run = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    return run.returncode, run.stdout


def test_in_ci_a_skip_is_a_failure(tmp_path: Path, clone: Path) -> None:
    code, said = outcome(tmp_path, clone, "true")
    assert code == 1
    assert "1 failed, 1 passed, 1 skipped, 2 errors" in said
    for reason in ("no Chromium here", "no kernel here", "no book here"):
        assert reason in said


@pytest.mark.parametrize("ci", ["", "false"])
def test_elsewhere_it_is_a_skip(tmp_path: Path, clone: Path, ci: str) -> None:
    code, said = outcome(tmp_path, clone, ci)
    assert code == 0
    assert "1 passed, 4 skipped" in said


def test_in_ci_a_file_that_skips_itself_is_a_failure(tmp_path: Path, clone: Path) -> None:
    whole = "import pytest\npytest.skip('not today', allow_module_level=True)"
    code, said = outcome(tmp_path, clone, "true", whole)
    assert code != 0
    assert "not today" in said
    code, said = outcome(tmp_path, clone, "", whole)
    assert "1 skipped" in said
