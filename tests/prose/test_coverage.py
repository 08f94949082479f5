"""What simulated coverage says, in sentences."""

from __future__ import annotations

import math

import pandas as pd

from steering.clone import measured_folder
from steering.prose.coverage import coverage_finding, coverage_sentences


def test_the_committed_simulation_is_told() -> None:
    said = coverage_sentences(pd.read_csv(measured_folder() / "coverage.csv"))
    assert "2000 draws of 100 curves" in said
    assert "- Mean slopes: " in said
    assert said.count("in 18 of 18 settings") == 1
    assert "in 12 of 12 settings; of intervals over test items alone" in said
    assert said.count("- Standard deviations of slopes: ") == 2


def test_settings_off_by_more_than_two_points_are_not_counted() -> None:
    mean = {"quantity": "mean", "truth": 1.0, "draws": 300, "curves": 50, "items_alone": math.nan}
    share = {"quantity": "share", "truth": 0.5, "draws": 200, "curves": 50, "sd_coverage": math.nan}
    rows = [
        mean | {"training": 0.0, "coverage": 0.93, "sd_coverage": 0.9},
        mean | {"training": 0.0, "coverage": 0.92, "sd_coverage": 0.95},
        share | {"training": 0.0, "coverage": 0.96, "items_alone": math.nan},
        share | {"training": 0.2, "coverage": 0.96, "items_alone": 0.5},
        mean | {"training": 0.2, "coverage": 0.95, "sd_coverage": 0.9, "items_alone": 0.6},
    ]
    edges = [row | {"truth": 0.01} for row in rows if row["quantity"] == "share"]
    alone, trained = coverage_sentences(pd.DataFrame(rows + edges)).split("Along vectors made")
    assert alone.startswith("In each setting there were 200 draws of 50 curves.")
    slopes = next(line for line in alone.splitlines() if line.startswith("- Mean slopes: "))
    said = "the truth is inside for 92.5\u202f% (median of the settings; lowest 92.0\u202f%) of the"
    assert said in slopes
    assert slopes.endswith("within two points of 95\u202f% in 1 of 2 settings")
    assert "- Standard deviations of slopes: the truth is inside for 92.5" in alone
    assert "test items alone for 50.0\u202f%" in trained


def test_coverage_of_means_is_found_in_one_sentence() -> None:
    simulated = pd.read_csv(measured_folder() / "coverage.csv")
    alone = coverage_finding(simulated[simulated["training"] == 0])
    both = coverage_finding(simulated[simulated["training"] > 0])
    assert "test items alone" not in alone
    assert "of those over test items alone" in both
    assert alone.startswith("The truth is inside 9")
