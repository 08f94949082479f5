"""The benchmark's file as a table."""

from __future__ import annotations

import pytest

from steering.analysis.cost import reached
from steering.errors import Refused
from steering.records.benchmark import read_benchmark
from tests.support.benchmarks import write_benchmark


@pytest.fixture
def table(tmp_path):
    found, about = read_benchmark(write_benchmark(tmp_path))
    assert about == {"date": "2026-01-01"}
    return found


def test_what_had_to_be_reached(table):
    assert reached(table).set_index("measure")["reached"].to_dict() == {"fast": True, "lean": False}


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(Refused, match="make benchmark"):
        read_benchmark(tmp_path / "benchmark.json")


def test_the_committed_benchmark_is_readable(clone):
    found, about = read_benchmark(clone / "measured" / "benchmark.json")
    assert {"date", "machine", "versions", "code"} <= about.keys()
    assert set(found["model"]) == {"wren", "Llama-120M"}
    assert len(reached(found)) >= 10
