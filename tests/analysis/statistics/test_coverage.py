"""The committed simulation is of the code as it is, and says what is claimed of it."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from experiments import coverage
from steering.clone import measured_folder


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
    assert (simulated["training"] > 0).sum() == 48
    assert simulated["sd_coverage"].notna().equals(simulated["quantity"] == "mean")


@pytest.mark.parametrize("number", [1, 21, 36, 64, 96, 113, 133, 142])
def test_a_small_part_gives_the_same_again(simulated: pd.DataFrame, number: int) -> None:
    setting = next(one for one in coverage.settings() if one.number == number)
    again = coverage.coverage(setting, draws=coverage.REPEATED)
    assert again["held_at_first"] == simulated.loc[number, "held_at_first"]


def test_intervals_hold_the_truth_at_95_in_100(simulated: pd.DataFrame) -> None:
    off = (simulated["coverage"] - 0.95).abs().round(6)
    assert (off[simulated["quantity"] == "mean"] <= 0.02).all()
    shares = simulated["quantity"] == "share"
    inner = off[shares & simulated["truth"].between(0.05, 0.95)]
    trained = simulated["training"] > 0
    assert (inner[trained.loc[inner.index]] <= 0.02).all()
    # A share of 5 % of 100 curves takes few values: two settings hold the truth more often.
    assert (inner <= 0.02).sum() >= len(inner) - 2
    assert simulated.loc[inner[inner > 0.02].index, "coverage"].min() > 0.95


def test_resampling_test_items_alone_would_not(simulated: pd.DataFrame) -> None:
    trained = simulated[simulated["training"] > 0]
    means = trained["quantity"] == "mean"
    assert (trained.loc[means, "items_alone"] < 0.92).all()
    strong = means & (trained["training"] == 0.2)
    assert (trained.loc[strong, "items_alone"] < 0.82).all()
    middle = trained["truth"].between(0.1, 0.9) & (trained["training"] == 0.2)
    assert (trained.loc[middle, "items_alone"] < 0.9).all()
    assert (trained["items_alone"] < trained["coverage"]).all()
    assert simulated.loc[simulated["training"] == 0, "items_alone"].isna().all()


def test_resampling_curves_instead_of_groups_would_not(simulated: pd.DataFrame) -> None:
    setting = next(one for one in coverage.settings() if one.number == 32)
    assert setting.spread == "groups alike"
    held = 0
    for draw in range(100):
        values, group = coverage.sample(setting, draw)
        low, high, *_ = coverage.interval(setting, values, np.arange(len(group)))
        held += low <= setting.truth <= high
    assert held < 85
