"""The committed simulation is of the code as it is, and says what is claimed of it."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from benchmarks import coverage
from steering.figures.coverage import coverage as drawn
from steering.folders import measured_folder
from steering.report.shapes import coverage_found


@pytest.fixture(scope="module")
def simulated() -> pd.DataFrame:
    return pd.read_csv(measured_folder() / "coverage.csv")


def test_the_simulation_was_made_by_this_code() -> None:
    told = json.loads((measured_folder() / "coverage.json").read_text())
    assert told["code"] == coverage.code_hash(), "intervals changed: run `make coverage`"
    assert {"date", "machine", "versions"} <= set(told)


def test_every_setting_was_simulated_often_enough(simulated: pd.DataFrame) -> None:
    settings = pd.DataFrame(list(coverage.settings()))
    assert simulated[list(settings.columns)].equals(settings)
    assert (simulated["draws"] >= 2000).all()
    assert (simulated["curves"] == 100).all()


@pytest.mark.parametrize("number", [1, 21, 36, 64])
def test_a_small_part_gives_the_same_again(simulated: pd.DataFrame, number: int) -> None:
    setting = next(one for one in coverage.settings() if one.number == number)
    again = coverage.coverage(setting, draws=coverage.REPEATED)
    assert again["held_at_first"] == simulated.loc[number, "held_at_first"]


def test_intervals_hold_the_truth_at_95_in_100(simulated: pd.DataFrame) -> None:
    off = (simulated["coverage"] - 0.95).abs()
    assert (off[simulated["quantity"] == "mean"] <= 0.02).all()
    shares = simulated["quantity"] == "share"
    inner = off[shares & simulated["truth"].between(0.05, 0.95)]
    # A share of 5 % of 100 curves takes few values: two settings hold the truth more often.
    assert (inner <= 0.02).sum() >= len(inner) - 2
    assert simulated.loc[inner[inner > 0.02].index, "coverage"].min() > 0.95


def test_resampling_curves_instead_of_groups_would_not(simulated: pd.DataFrame) -> None:
    setting = next(one for one in coverage.settings() if one.number == 32)
    assert setting.spread == "groups alike"
    held = 0
    for draw in range(100):
        curves = coverage.sample(setting, draw)
        low, high = coverage.interval(setting, curves.assign(group=range(len(curves))))
        held += low <= setting.truth <= high
    assert held < 85


def test_the_page_shows_and_says_it(simulated: pd.DataFrame) -> None:
    figure = drawn(simulated)
    above, below = figure.axes
    assert sum(len(one.lines[0].get_xdata()) for one in above.containers) == 18
    assert sum(len(one.lines[0].get_xdata()) for one in below.containers) == 78
    said = coverage_found(simulated)
    assert "2000 draws of 100 curves" in said
    assert "- Mean slopes: " in said
    assert "in 18 of 18 settings" in said
