"""The committed benchmark as a table, whatever columns its measures have."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from steering.clone import measured_folder
from steering.errors import Refused
from steering.records.benchmark import COLUMNS, read_benchmark


def test_the_committed_benchmark_is_read_with_where_it_was_measured() -> None:
    table, about = read_benchmark(measured_folder() / "benchmark.json")
    assert list(table.columns) == list(COLUMNS)
    assert table["value"].notna().all()
    assert {"date", "machine", "versions", "code"} <= set(about)


def test_columns_that_a_measure_lacks_are_missing_values(tmp_path: Path) -> None:
    file = tmp_path / "benchmark.json"
    file.write_text(json.dumps({"date": "a day", "table": [{"measure": "m", "value": 2.0}]}))
    table, about = read_benchmark(file)
    assert table["value"].tolist() == [2.0]
    assert table["reach"].isna().all()
    assert about == {"date": "a day"}


def test_a_missing_benchmark_names_the_command_that_makes_it(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="`make benchmark` writes it"):
        read_benchmark(tmp_path / "benchmark.json")
