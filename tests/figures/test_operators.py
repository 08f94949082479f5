"""The figure of ways: dots of concepts, and means that are hollow where nothing is claimed."""

from __future__ import annotations

from steering.analysis.operators import beside_adding, gains
from steering.figures.operators import gains_by_way, way_of
from tests.analysis.test_operators import WAYS, points
from tests.support.drawn import labels, same
from tests.support.drawn import points as drawn


def test_every_concept_and_every_mean_is_drawn():
    table = points((2.0, 0.0, -2.0))
    beside, each = beside_adding(table), gains(table)
    ax = gains_by_way(each, beside)
    assert labels(ax) == [way_of(*way) for way in WAYS]
    assert same([(x, 0.0) for x, _ in drawn(ax, "o")], [(gain, 0.0) for gain in each["gain"]])
    assert sorted(x for x, _ in drawn(ax, "D")) == sorted(beside["difference"])
    faces = [line.get_markerfacecolor() for line in ax.get_lines() if line.get_marker() == "D"]
    assert faces.count("white") == 1
