"""The command that makes the report: what it hands on."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from steering.cli.options import ALL_SETTINGS
from steering.models.catalogue import own_models
from steering.report import runner


@pytest.mark.parametrize("given", ["--data-dir", "STEERING_DATA"])
def test_the_report_hands_the_data_folder_on_whole(
    given: str, printed: Callable[..., list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[object, ...]] = []
    monkeypatch.setattr(
        runner, "report", lambda *named, **_: seen.append((*named, os.environ["STEERING_DATA"]))
    )
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sets").mkdir()
    monkeypatch.setenv("STEERING_DATA", "sets")
    printed("report", "mine", *(["--data-dir", "sets"] if given == "--data-dir" else []))
    printed("report", "mine", "--alone", "--concepts", "a,b", "--out", "there")
    whole = str(tmp_path / "sets")
    assert seen[0] == (("mine", *own_models()), (), None, whole)
    assert seen[1] == (("mine",), ["a", "b"], Path("there"), whole)


def test_a_report_takes_what_measure_takes(
    printed: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[dict[str, Any]] = []
    monkeypatch.setattr(runner, "report", lambda *_, **named: seen.append(named))
    monkeypatch.delenv("REPORT", raising=False)
    printed("report", "mine", "--seed", "0", "--layers", "auto", "--settings", ALL_SETTINGS)
    assert (seen[0]["options"], seen[0]["access"]) == ({}, {})
    printed(
        *("report", "mine", "--layers", "1-3", "--multipliers", "-1,0,1", "--seed", 7),
        *("--settings", "BASE, USER_POS", "--train-groups", 9, "--whole-answers"),
        *("--device", "cpu", "--trust-remote-code"),
    )
    assert seen[1]["options"] == {
        "layers": [1, 2, 3],
        "multipliers": [-1, 0, 1],
        "seed": 7,
        "settings": ["BASE", "USER_POS"],
        "train_groups": 9,
        "whole_answers": True,
    }
    assert seen[1]["access"] == {"device": "cpu", "trust_remote_code": True}


def test_a_report_may_be_made_in_another_precision(
    printed: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[dict[str, Any]] = []
    monkeypatch.setattr(runner, "report", lambda *_, options, **__: seen.append(options))
    monkeypatch.delenv("REPORT", raising=False)
    for more in ([], ["--dtype", "float32"], ["--dtype", "bfloat16"]):
        printed("report", "mine", *more)
    assert seen[0] == seen[1]
    assert seen[2] == {**seen[0], "dtype": "bfloat16"}
