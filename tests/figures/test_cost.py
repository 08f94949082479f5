"""What a sweep costs, as drawn."""

from __future__ import annotations

import pytest

from steering.analysis.cost import CHOICES, choices, growth, precision, times
from steering.figures.cost import WAYS, cost, cost_panels, ways
from steering.records.benchmark import read_benchmark
from tests.support.benchmarks import write_benchmark


@pytest.fixture
def table(tmp_path):
    found, about = read_benchmark(write_benchmark(tmp_path))
    assert about == {"date": "2026-01-01"}
    return found


def test_the_figure_draws_the_table(table):
    ax = cost(growth(table), "copies")
    (line,) = ax.get_lines()
    assert line.get_xydata().tolist() == [[7, 2], [31, 9]]
    assert "ms a prompt" in ax.get_ylabel()
    assert [label.get_text() for label in ax.get_xticklabels()] == ["7", "31"]
    dashed = cost(growth(table), "copies", proportional=True).get_lines()[1]
    assert dashed.get_xydata().tolist() == [[7, 2], [31, 31 * 2 / 7]]


def test_the_size_that_was_taken_is_ringed(clone):
    found = choices(read_benchmark(clone / "measured" / "benchmark.json")[0])
    figure = cost_panels(found, CHOICES)
    taken = found[found["x"] == found["chosen"]]
    assert len(taken) == 2
    rings = [
        point
        for ax in figure.axes
        for line in ax.get_lines()
        if line.get_markersize() == 15
        for point in line.get_xydata().tolist()
    ]
    assert sorted(rings) == sorted(taken[["x", "value"]].to_numpy().tolist())


def test_every_way_of_measuring_has_its_row(clone):
    rows = read_benchmark(clone / "measured" / "benchmark.json")[0]
    found = times(rows)
    assert set(found["way"]) == set(WAYS)
    ax = ways(found)
    drawn = [
        tuple(point) for line in ax.get_lines() for point in line.get_xydata() if point[1] % 1 == 0
    ]
    places = list(WAYS)
    wanted = [
        (value, places.index(way)) for way, value in zip(found["way"], found["value"], strict=True)
    ]
    assert set(wanted) <= set(drawn)
    assert {"error of the mean slope", "largest error of a slope"} <= set(
        precision(rows)["quantity"]
    )
