"""Figure 2: measured points, fitted lines, slopes in the legend."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.collections import PolyCollection

from steering.analysis.examples import MEAN, example_curves
from steering.figures.examples import STYLES, propensity_curves
from steering.figures.explorer_link import address
from tests.support.drawn import points, same
from tests.support.synthetic import standard, standard_curves


def test_curves_have_their_points_and_their_slope_in_the_legend() -> None:
    table = example_curves(standard_curves(), standard())
    table = table[table["concept"] == "reversed"]
    ax = propensity_curves(table)
    assert same(points(ax), zip(table["multiplier"], table["propensity"], strict=True))
    legend = [text.get_text() for text in ax.get_legend().get_texts()]
    lowest = table["steerability"].min()
    assert f"most anti-steerable: slope −{abs(lowest):.2f}" in legend
    assert "logit" in ax.get_ylabel()
    assert "λ" in ax.get_xlabel()


def test_the_band_is_that_of_the_mean_alone() -> None:
    table = example_curves(standard_curves(), standard())
    table = table[table["concept"] == "strong"]
    ax = propensity_curves(table)
    (band,) = (part for part in ax.collections if isinstance(part, PolyCollection))
    mean = table[table["example"] == MEAN]
    corners = band.get_paths()[0].vertices
    assert corners[:, 1].max() == pytest.approx(mean["high"].max())
    assert corners[:, 1].min() == pytest.approx(mean["low"].min())
    items = propensity_curves(table[table["example"] != MEAN])
    assert not [part for part in items.collections if isinstance(part, PolyCollection)]


def test_a_curve_leads_to_its_question_and_the_mean_to_all_of_them() -> None:
    table = example_curves(standard_curves(), standard())
    table = table[table["concept"] == "weak"]
    ax = propensity_curves(table)
    led = {str(line.get_label()).partition(":")[0]: line.get_url() for line in ax.get_lines()}
    assert led[MEAN] == address("wren", "weak")
    median = table[table["example"] == "median"].iloc[0]
    assert led["median"] == address("wren", "weak", median["item"], order=median["order"])


def test_lines_are_the_fitted_ones() -> None:
    table = example_curves(standard_curves(), standard())
    one = table[(table["concept"] == "weak") & (table["example"] == "median")]
    ax = propensity_curves(one)
    (line,) = (
        line
        for line in ax.get_lines()
        if line.get_color() == STYLES["median"][0] and line.get_linestyle() == "-"
    )
    ordered = one.sort_values("multiplier")
    assert np.allclose(line.get_xydata(), ordered[["multiplier", "fitted"]])
