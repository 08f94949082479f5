"""What a concept takes: it is timed, and what was announced stands beside it."""

from __future__ import annotations

import json

from experiments import concept_time
from experiments.concept_time import main
from steering.measuring import measure as measuring
from tests.support.small import SMALL


def small(monkeypatch):
    monkeypatch.setattr(
        concept_time,
        "measure",
        lambda model, concept, **given: measuring.measure(model, concept, SMALL, **given),
    )


def test_a_concept_that_is_timed_again_takes_its_row(tmp_path, monkeypatch):
    small(monkeypatch)
    file = tmp_path / "times.json"
    monkeypatch.setattr(concept_time, "FILE", file)
    before = {"model": "wren", "concept": "frugal", "device": "cpu", "seconds": -1.0}
    other = {**before, "concept": "tidy"}
    file.write_text(json.dumps({"rows": [before, other]}), encoding="utf-8")
    main("wren", ["frugal"])
    kept, row = json.loads(file.read_text(encoding="utf-8"))["rows"]
    assert (kept, row["concept"]) == (other, "frugal")
    # What it took stands beside what was announced.
    assert row["seconds"] > row["announced_seconds"] > 0
    assert 20 < row["prompt_tokens"] < 200
