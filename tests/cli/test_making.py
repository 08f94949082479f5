"""The command that makes the report: what it hands on."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from steering.cli import main
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
    assert (seen[0]["profile"], seen[0]["concepts_per_job"]) == (None, None)
    printed("report", "mine", "--profile", "slurm", "--concepts-per-job", 2)
    assert (seen[2]["profile"], seen[2]["concepts_per_job"]) == ("slurm", 2)


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


def test_a_report_takes_vectors_of_one_model_for_all_concepts_or_for_one(
    printed: Callable[..., list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[Any, Any]] = []
    monkeypatch.setattr(
        runner, "report", lambda models, *_, vectors, **__: seen.append((models, vectors))
    )
    file = tmp_path / "v.pt"
    torch.save({1: torch.ones(4), 2: torch.ones(4)}, file)
    printed("report", "mine")
    printed("report", "mine", "--vector", str(file))
    each = [part for name in "ab" for part in ("--vector", f"{name}={file}")]
    printed("report", "mine", *each, "--vector-layer", "2")
    assert seen[0] == (("mine", *own_models()), {})
    models, vectors = seen[1]
    assert models == ("mine",)
    assert vectors.keys() == {""}
    assert vectors[""]["vector"] == str(file.resolve())
    assert vectors[""]["vector_layer"] is None
    assert len(vectors[""]["vector_sha256"]) == 64
    assert seen[2][1].keys() == {"a", "b"}
    assert seen[2][1]["a"] == {**seen[2][1]["b"]}
    assert seen[2][1]["a"]["vector_layer"] == 2
    assert seen[2][1]["a"]["vector_sha256"] != vectors[""]["vector_sha256"]


def test_a_dry_run_tells_what_the_report_would_measure_and_makes_nothing(
    printed: Callable[..., list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "report", lambda *_, **__: pytest.fail("nothing is to be made"))
    seen: list[dict[str, Any]] = []
    monkeypatch.setattr(
        "steering.report.beforehand.foretold", lambda asked: seen.append(asked) or "so long"
    )
    out = tmp_path / "book"
    asked = ("report", "wren", "--alone", "--concepts", "tidy", "--seed", "3", "--out", out)
    assert printed(*asked, "--dry-run") == ["so long"]
    assert list(seen[0]["models"]) == ["wren"]
    assert list(seen[0]["concepts"]) == ["tidy"]
    assert seen[0]["options"]["seed"] == 3
    assert not out.exists()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--vector", "none.pt"], "a vector is of one model, and 0 are named"),
        (["one", "two", "--vector", "none.pt"], "a vector is of one model, and 2 are named"),
        (["one", "--vector", "none.pt"], "vector file 'none.pt' does not exist"),
        (["one", "--vector-layer", "3"], "--vector-layer 3 is of no vector: name its file"),
    ],
)
def test_a_vector_without_its_model_or_its_file_is_refused(
    more: list[str], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["steering", "report", *more])
    with pytest.raises(SystemExit) as ended:
        main.main()
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_a_report_on_a_service_hands_its_terms_on(
    printed: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[Any, Any]] = []
    monkeypatch.setattr(
        runner, "report", lambda models, *_, access, **__: seen.append((models, access))
    )
    printed(
        "report", "owner/name", "--remote", "--host", "http://127.0.0.1:8001/", "--time-limit", 9
    )
    models, access = seen[0]
    assert models == ("owner/name", *own_models())
    assert (access["terms"]["host"], access["terms"]["time_limit"]) == ("http://127.0.0.1:8001", 9)
    assert list(access) == ["terms"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--remote"], "--remote runs models on a service: name the ids under which"),
        (["wren", "--remote"], "model 'wren' lies on this machine, and a service has only"),
        (["owner/name", "--host", "http://127.0.0.1:1"], "--host asks a service: add --remote"),
    ],
)
def test_what_cannot_run_on_a_service_is_one_sentence(
    arguments: list[str],
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", ["steering", "report", *arguments])
    with pytest.raises(SystemExit) as ended:
        main.main()
    assert ended.value.code == 2
    assert sentence in " ".join(capsys.readouterr().err.split())
