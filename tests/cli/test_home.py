"""A process without a home, or without a name, gets both for as long as it runs."""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
from pathlib import Path

import pytest

from steering.cli.home import some_home

NAMES = ("USER", "LOGNAME", "LNAME", "USERNAME")


def nobody(uid: int) -> None:
    raise KeyError(f"getpwuid(): uid not found: {uid}")


def test_a_home_that_can_be_written_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USER", "somebody")
    before = dict(os.environ)
    with some_home():
        assert dict(os.environ) == before


def test_one_that_cannot_is_replaced_until_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/dev/null/x")
    before = dict(os.environ)
    with some_home():
        home = Path.home()
        (home / "cache").mkdir()
    assert not home.exists()
    assert dict(os.environ) == before


def test_a_user_without_an_entry_has_a_home_and_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pwd, "getpwuid", nobody)
    for name in ("HOME", *NAMES):
        monkeypatch.delenv(name, raising=False)
    with some_home():
        assert Path.home().is_dir()
        assert os.environ["USER"] == str(os.getuid())


def test_models_in_a_home_that_may_only_be_read_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = tmp_path / ".cache" / "huggingface"
    models.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("HF_HOME", raising=False)
    monkeypatch.setattr(os, "access", lambda path, mode: mode == os.R_OK and Path(path).exists())
    with some_home():
        assert os.environ["HF_HOME"] == str(models)


def test_the_command_line_runs_without_either(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import pwd\ndef unknown(uid): raise KeyError(uid)\npwd.getpwuid = unknown\n"
    )
    bare = {name: value for name, value in os.environ.items() if name not in {"HOME", *NAMES}}
    code = "import sys; sys.argv[1:] = ['concepts']; from steering.cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code], env={**bare, "PYTHONPATH": str(tmp_path)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "frugal" in done.stdout
