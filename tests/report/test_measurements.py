"""The measurements of a report: their folders, their batches, and what makes them again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from steering.report.measurements import Measurements
from tests.support.grids import grid


def test_a_model_shows_all_concepts_unless_it_says_which() -> None:
    one = grid(2)
    one.models["finch"] = one.models["finch"] | {"concepts": ["b"]}
    assert one.concepts_of("wren") == ["a", "b"]
    assert one.concepts_of("finch") == ["b"]
    assert one.runs("finch") == ["/out/_build/runs/finch/b"]
    assert one.batches("finch") == [["b"]]
    # What other models show is nothing to its verdicts.
    before = one.verdict_version("finch")
    one.models["finch"] = one.models["finch"] | {"identities": {"a": "other"}}
    assert one.verdict_version("finch") == before
    one.models["finch"] = one.models["finch"] | {"identities": {"b": "other"}}
    assert one.verdict_version("finch") != before


def test_a_batch_is_measured_again_where_it_runs_elsewhere() -> None:
    here, there = grid(), replace(grid(), access={"device": "cuda"})
    assert here.batch_version("wren", 0) != there.batch_version("wren", 0)


def test_a_configuration_says_all_of_it() -> None:
    config = {
        "out": "/out", "models": {"m": {}}, "concepts": {"a": {}}, "options": {"seed": 1},
        "concepts_per_job": 2, "access": {},
    }  # fmt: skip
    read = Measurements.of(config)
    assert read == Measurements(Path("/out"), {"m": {}}, {"a": {}}, {"seed": 1}, 2, {})
    assert read.options_of("m", "a") == {"seed": 1}
