"""Ranges, curvatures and variances: drawn is what the table says."""

from __future__ import annotations

import numpy as np
import pytest

from steering.analysis.curves import select
from steering.analysis.linearity import by_range, shapes
from steering.analysis.variability import spread_by_concept
from steering.figures import theme
from steering.figures.linearity import curvatures, mean_against_variance, slopes_by_range
from tests.support.drawn import UNIT, points, questions_drawn, rows, sorted_points, written
from tests.support.many import several
from tests.support.synthetic import standard, standard_curves


def test_slopes_by_range_are_a_line_per_concept() -> None:
    ranges = by_range(select(standard_curves()), standard())
    ax = slopes_by_range(ranges)
    assert np.allclose(sorted_points(ax), sorted(zip(ranges["reach"], ranges["mean"], strict=True)))
    assert UNIT in ax.get_ylabel()


def test_curvatures_mark_their_median() -> None:
    found = shapes(select(standard_curves()), standard())
    ax = curvatures(found)
    medians = found.groupby("concept")["curvature"].median()
    assert np.allclose(
        sorted(points(ax, "|")), sorted((medians[name], row) for row, name in enumerate(rows(ax)))
    )
    every = [x for _, (x, _), _ in questions_drawn(ax)]
    assert sorted(every) == pytest.approx(sorted(found["curvature"])), "a dot for each curve"
    assert "per unit of λ²" in ax.get_xlabel()


def test_means_stand_against_variances() -> None:
    spreads = select(spread_by_concept(standard_curves()).assign(direction="contrastive"))
    ax = mean_against_variance(spreads)
    assert np.allclose(
        sorted_points(ax), sorted(zip(spreads["mean"], spreads["variance"], strict=True))
    )
    assert UNIT in ax.get_ylabel()


def test_ranges_of_many_concepts_name_those_that_change_most() -> None:
    ranges = several(by_range(select(standard_curves()), standard()))
    change = ranges.groupby("concept")["mean"].agg(lambda slopes: slopes.max() - slopes.min())
    ax = slopes_by_range(ranges)
    assert len([line for line in ax.get_lines() if line.get_marker() == "o"]) == 12
    assert ax.get_legend() is None
    most = change.idxmax().removesuffix("-again")
    assert any(theme.name_of(most) in name for name in written(ax))
