"""Simulated coverage as drawn: every setting once, and beside it what items alone would give."""

from __future__ import annotations

import pandas as pd
import pytest

from steering.clone import measured_folder
from steering.figures.coverage import coverage as drawn
from steering.figures.coverage import training_coverage


@pytest.fixture(scope="module")
def simulated() -> pd.DataFrame:
    return pd.read_csv(measured_folder() / "coverage.csv")


def test_the_page_shows_every_setting_once(simulated: pd.DataFrame) -> None:
    figure = drawn(simulated)
    above, below = figure.axes
    assert sum(len(one.lines[0].get_xdata()) for one in above.containers) == 18
    assert sum(len(one.lines[0].get_xdata()) for one in below.containers) == 78


def test_with_training_pairs_both_kinds_of_intervals_are_shown(simulated: pd.DataFrame) -> None:
    figure = training_coverage(simulated)
    assert len(figure.axes) == 4
    for ax in figure.axes:
        bars = sum(len(one.lines[0].get_xdata()) for one in ax.containers)
        crosses = [line for line in ax.lines if line.get_marker() == "x"]
        assert bars == sum(len(line.get_xdata()) for line in crosses)
        assert min(line.get_ydata().min() for line in crosses) < 0.92
    assert {len(ax.get_xticks()) for ax in figure.axes} == {3, 9}
