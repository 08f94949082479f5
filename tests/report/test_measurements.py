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


def test_what_a_model_says_is_measured_where_no_run_of_ours_stands_in() -> None:
    one = grid()
    one.models["wren"] = one.models["wren"] | {"identities_said": {"a": "of a", "b": "of b"}}
    assert one.measured_in("wren", "said") == one.crossed("wren") == ["a", "b"]
    one.concepts["b"] = one.concepts["b"] | {"committed_said": {"wren": "/ours/b"}}
    assert one.said_of("wren") == ["a", "b"]
    assert one.runs("wren", "said") == ["/out/_build/said/wren/a", "/ours/b"]
    assert one.measured_in("wren", "said") == one.crossed("wren") == ["a"]
    assert one.compared("wren", "said") == ["a"]
    assert one.compared("wren") == ["a", "b"], "letters are measured all the same"
    assert one.measured_forms("wren", "b") == ["chosen"]
    # Its page is made again when the committed run is another; nothing is measured again for it.
    batch, verdict = one.batch_version("wren", 0), one.verdict_version("wren")
    one.models["wren"] = one.models["wren"] | {"identities_said": {"a": "of a", "b": "another"}}
    assert one.batch_version("wren", 0) == batch
    assert one.verdict_version("wren") != verdict
