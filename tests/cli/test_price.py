"""When it is told what a measurement takes, and by which commands."""

from __future__ import annotations

import pytest
from rich.console import Console

from steering.cli.price import announced
from steering.measuring.price import Speed
from steering.measuring.told import PATIENCE
from tests.measuring.test_told import of


def test_only_who_has_to_wait_is_told_unasked(capsys: pytest.CaptureFixture[str]):
    tell = announced(Console())
    tell(of(PATIENCE))
    assert capsys.readouterr().out == ""
    tell(of(PATIENCE + 1))
    assert capsys.readouterr().out.startswith("To be measured, in about 11 seconds")


MEASURE = ("measure", "wren", "frugal", "--settings", "BASE", "--train-groups", "20")


def test_a_dry_run_says_what_would_be_run_and_leaves_nothing_behind(printed, tmp_path):
    lines = printed(*MEASURE, "--out", tmp_path / "run", "--dry-run")
    assert lines[0].startswith("To be measured, in about ")
    assert any("40 random" in line and " vectors on " in line for line in lines)
    assert not (tmp_path / "run").exists()


def test_a_time_chooses_sizes_and_says_which(printed, tmp_path, monkeypatch):
    monkeypatch.setattr("steering.measuring.priced.speed_of", lambda *_: Speed(0.0, 1e9))
    asked = (*MEASURE, "--out", tmp_path / "run", "--dry-run")
    (plenty, *_) = printed(*asked, "--time", "10h")
    assert plenty == "For --time 10h: all that was asked for."
    (little, *parts) = printed(*asked, "--time", "110s")
    assert little == (
        "For --time 110s: 0 vectors of fewer training groups, 10 groups of validation items, "
        f"5 items of the layer map, 0 neutral texts and {little.split()[-3]} resampled vectors."
    )
    assert parts[0].startswith("To be measured")
