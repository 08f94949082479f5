"""What a concept takes: it is timed, and what was announced stands beside it."""

from __future__ import annotations

import json

from experiments import concept_time
from experiments.concept_time import main, of_concept
from steering.measuring import measure as measuring
from tests.support.small import SMALL


def small(monkeypatch):
    monkeypatch.setattr(
        concept_time,
        "measure",
        lambda model, concept, **given: measuring.measure(model, concept, SMALL, **given),
    )


def test_what_it_took_stands_beside_what_was_announced(tmp_path, monkeypatch):
    small(monkeypatch)
    row = of_concept("wren", "frugal", tmp_path / "run")
    assert row["device"] == "cpu"
    assert row["seconds"] > row["announced_seconds"] > 0
    assert 20 < row["prompt_tokens"] < 200


def test_a_concept_that_is_timed_again_takes_its_row(tmp_path, monkeypatch):
    small(monkeypatch)
    monkeypatch.setattr(concept_time, "FILE", tmp_path / "times.json")
    main("wren", ["frugal", "tidy"])
    main("wren", ["frugal"])
    rows = json.loads((tmp_path / "times.json").read_text(encoding="utf-8"))["rows"]
    assert [row["concept"] for row in rows] == ["tidy", "frugal"]
