"""A measurement through a server is told as its file says, and marked as ours."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from steering.clone import measured_folder
from steering.prose.ndif import COMMAND, through_a_server

ONE: dict[str, Any] = {
    "requests": 1,
    "seconds_a_request": 0.5,
    "longest_request_seconds": 2.25,
    "bytes_sent": 12_345,
    "bytes_received": 67_890,
    "seconds_a_concept": 61.0,
    "differences": {"propensity": 1.2e-5, "vector": 3e-7},
}
ABOUT = {
    "date": "2026-01-02",
    "machine": {"processor": "P"},
    "versions": {"nnsight": "1"},
    "server_versions": {"ndif": "2", "ray": "3"},
    "server_start_seconds": 30.0,
    "deploy_seconds": 12.0,
    "seconds_here": 8.0,
    "concept": "tidy",
    "model": "wren",
    "trusted": ONE,
    "sandbox": ONE | {"requests": 4, "seconds_a_request": 3.0},
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "ndif.json"
    path.write_text(json.dumps(ABOUT))
    return path


def test_where_it_was_not_measured_it_is_said_how_to(tmp_path: Path) -> None:
    assert f"`{COMMAND}`" in through_a_server(tmp_path / "none.json")


def test_it_is_told_who_measured_and_how_long_it_took(file: Path) -> None:
    said = through_a_server(file)
    assert "\n\nMeasured on 2026-01-02, on P, with nnsight 1." in said
    assert "The server had ndif 2 and ray 3." in said
    assert "up after 30 seconds" in said
    assert "All of concept `tidy` on wren took 61 seconds in 1 request, and 8 seconds" in said


def test_both_ways_of_running_have_a_column(file: Path) -> None:
    rows = [line for line in through_a_server(file).splitlines() if line.startswith("|")]
    assert {row.count("|") for row in rows} == {4}
    assert "| requests | 1 | 4 |" in rows
    assert "| kB sent | 12 | 12 |" in rows
    assert "| kB received | 68 | 68 |" in rows
    assert "| seconds a request, median | 0.50 | 3.00 |" in rows
    assert "| kB sent | 12 | 12 |" in rows
    assert rows[-2:] == [
        "| largest difference of a propensity from the same here | 1.2e-05 | 1.2e-05 |",
        "| largest difference of a vector from the same here | 3.0e-07 | 3.0e-07 |",
    ]


def test_a_measurement_that_did_not_count_what_came_back_does_not_say_it(file: Path) -> None:
    before = {name: value for name, value in ONE.items() if name != "bytes_received"}
    file.write_text(json.dumps(ABOUT | {"trusted": before, "sandbox": before}))
    said = through_a_server(file)
    assert "| kB sent |" in said
    assert "received" not in said


def test_the_committed_measurement_can_be_told() -> None:
    assert "Measured by the authors" in through_a_server(measured_folder() / "ndif.json")
