"""The page about costs says what the benchmark says, and bears with rows that are not there."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from steering.analysis import cost
from steering.clone import measured_folder
from steering.prose import cost as told
from steering.records.benchmark import read_benchmark


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return read_benchmark(measured_folder() / "benchmark.json")[0]


def test_goals_are_counted_and_those_missed_are_named(rows: pd.DataFrame) -> None:
    reached = cost.reached(rows)
    table = told.reached_table(reached).data.splitlines()
    assert len(table) == 2 + len(reached)
    assert any("at least 25×" in line for line in table)
    worse = reached.assign(reached=reached.index != 0)
    first = reached.iloc[0]
    assert told.reached_sentences(worse) == (
        f"{len(reached) - 1} of {len(reached)} goals are reached. "
        f"Not reached: {first['measure']} ({first['model']})."
    )


def test_rows_that_are_absent_are_not_told(rows: pd.DataFrame) -> None:
    few = rows[rows["measure"].str.startswith("growth with items")]
    assert told.growth_sentences(few) == ""
    assert told.precision_sentences(cost.precision(few)) == "Other precisions were not measured."
    assert told.reached_sentences(cost.reached(few)) == "Nothing had to be reached in this run."
    assert cost.choices(few).empty
    assert cost.times(few).empty


def test_precision_is_told_in_shares() -> None:
    values = {"time, of float32's": 0.5, "error of the mean slope": 0.001}
    rows = pd.DataFrame(
        [{"model": "wren", "quantity": name, "value": value} for name, value in values.items()]
    )
    assert told.precision_sentences(rows) == (
        "On wren it takes 50.0\u202f% of the time of float32. There the mean slope is off by "
        "0.1\u202f% (of the mean slope)."
    )


def test_a_gpu_is_shown_where_there_was_one(tmp_path: Path) -> None:
    assert "make benchmark-gpu" in told.on_a_gpu(tmp_path / "none.json").data
    about = {"date": "2026-01-02", "machine": {"processor": "P", "gpu": "G"}, "versions": {}}
    row = {"measure": "by hand", "model": "big", "value": 3.5, "unit": "ms a prompt"}
    file = tmp_path / "gpu.json"
    file.write_text(json.dumps({**about, "versions": {"torch": "2"}, "table": [row]}))
    shown = told.on_a_gpu(file).data
    assert "Measured on 2026-01-02, on G, with P" in shown
    assert "| by hand | big | 3.50 ms a prompt |" in shown


def test_concepts_of_a_real_model_stand_beside_what_was_announced(tmp_path: Path) -> None:
    assert "make concept-time" in told.on_a_real_model(tmp_path / "none.json").data
    row = {
        "model": "big", "concept": "tidy", "device": "cpu", "threads": 2, "seconds": 455.2,
        "announced_seconds": 45.4, "prompt_tokens": 61,
    }  # fmt: skip
    about = {"date": "2026-01-02", "machine": "P", "versions": {"torch": "2"}, "rows": [row]}
    file = tmp_path / "times.json"
    file.write_text(json.dumps(about))
    shown = told.on_a_real_model(file).data
    assert "Measured on 2026-01-02, on P" in shown
    assert "| big | tidy | 61 | cpu, 2 threads | 7.6 min | 45 s |" in shown


def test_the_committed_times_can_be_shown() -> None:
    shown = told.on_a_real_model(measured_folder() / "concept-time.json").data
    assert "smollm2" in shown


def test_other_ways_are_compared_with_the_own_one() -> None:
    columns = ["model", "way", "value"]
    rows = [("wren", "ours", 2.0), ("wren", "peer", 80.0), ("wren", "by hand", 3.0)]
    times = pd.DataFrame(rows, columns=columns)
    assert told.ways_finding(times) == (
        "Beside this report's own way, steering-bench's procedure and hooks by hand take 40.0 and "
        "1.5 times as long on wren."
    )
    assert told.ways_finding(times[:2]) == ""


def test_growth_goes_from_the_least_size_to_the_largest() -> None:
    columns = ["model", "grown", "x", "value"]
    rows = [("wren", "layers", 8, 6.0), ("wren", "layers", 1, 4.0), ("wren", "copies", 1, 1.0)]
    assert told.sizes_finding(pd.DataFrame(rows, columns=columns)) == (
        "On wren, a prompt takes 1.5 times as long when layers grow from 1 to 8."
    )


def test_the_size_taken_is_held_against_the_fastest_of_its_kind() -> None:
    columns = ["model", "grown", "x", "value", "chosen"]
    rows = [
        ("wren", "prompts a row", 1, 4.0, 2.0),
        ("wren", "prompts a row", 2, 3.0, 2.0),
        ("wren", "tokens a forward", 512, 2.0, 1024.0),
        ("wren", "tokens a forward", 1024, 2.5, 1024.0),
    ]
    choices = pd.DataFrame(rows, columns=columns)
    assert "at most 1.25 (on wren) times as long" in told.batches_finding(choices)
    assert told.batches_finding(choices.assign(chosen=float("nan"))) == ""


def test_figures_of_the_benchmark_have_a_finding_for_each_model(rows: pd.DataFrame) -> None:
    for said in (
        told.ways_finding(cost.times(rows)),
        told.sizes_finding(cost.growth(rows)),
        told.batches_finding(cost.choices(rows)),
    ):
        assert all(model in said for model in rows["model"].unique())
