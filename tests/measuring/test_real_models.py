"""Real models: whose runs are committed, and when a folder is one of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from steering.measuring import real_models as module
from steering.measuring.measure import measure
from steering.measuring.real_models import committed_at, committed_runs, real_models
from steering.models.packaged import PACKAGED


@pytest.fixture
def measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of committed runs: of a model of ours, a real one, and one that nobody knows."""
    for model, concept, revision in (
        ("wren", "openness", "w"),
        ("smollm2", "openness", PACKAGED["smollm2"].revision),
        ("smollm2", "frugal", PACKAGED["smollm2"].revision),
        ("smollm2", "narcissism", "of other weights"),
        ("unknown", "openness", "u"),
    ):
        folder = tmp_path / "runs" / model / concept
        folder.mkdir(parents=True)
        card = {"model": {"name": model, "revision": revision}}
        (folder / "card.json").write_text(json.dumps(card))
    (tmp_path / "runs" / "smollm2" / "half").mkdir()
    monkeypatch.setattr(module, "measured_folder", lambda: tmp_path)
    return tmp_path


def test_real_models_are_none_of_ours_and_known(measured: Path) -> None:
    assert real_models() == ("smollm2",)


def test_runs_are_those_of_the_same_weights_with_pages_first(measured: Path) -> None:
    assert list(committed_runs("smollm2")) == ["frugal", "openness"]
    assert list(committed_runs("smollm2", ["openness", "tidy"])) == ["openness"]
    assert committed_runs("linnet") == {}


def test_a_folder_is_a_committed_run_where_it_lies_and_is_whole(measured: Path) -> None:
    runs = measured / "runs"
    assert committed_at(runs / "smollm2" / "frugal") == (runs / "smollm2" / "frugal").resolve()
    for other in ("smollm2/half", "smollm2/none", "smollm2", "wren/openness", "unknown/openness"):
        assert committed_at(runs / other) is None
    assert committed_at(measured.parent / "runs" / "smollm2" / "frugal") is None


def test_a_committed_run_is_read_without_its_model(
    measured: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[list[Path]] = []
    monkeypatch.setattr("steering.measuring.measure.read_results", read.append)
    out = measured / "runs" / "smollm2" / "frugal"
    measure("smollm2", "frugal", out=out, committed=True)
    assert read == [[out.resolve()]]
