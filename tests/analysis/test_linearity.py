"""Shapes of curves: curvature, where they turn, and rankings by the range of λ."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest

from steering.analysis.curves import select
from steering.analysis.linearity import by_concept, by_range, shapes
from steering.records.results import Results
from steering.records.tables import STEERABILITY_KEY
from tests.support.synthetic import MULTIPLIERS, standard, standard_curves

X = np.array(MULTIPLIERS)


def bent(shape: np.ndarray) -> pd.Series:
    """The shape of one curve that runs through these propensities."""
    results = standard()
    curve = select(standard_curves()).iloc[[0]]
    sweep = curve[list(STEERABILITY_KEY)].merge(pd.DataFrame({"multiplier": X}), how="cross")
    made = dataclasses.replace(results, sweep=sweep.assign(propensity=shape))
    return shapes(curve, made).iloc[0]


def test_a_line_has_no_curvature_and_is_monotone() -> None:
    row = bent(3 + 2 * X)
    assert row["curvature"] == pytest.approx(0)
    assert row["monotone"]
    assert (row["monotone_low"], row["monotone_high"]) == (-1.5, 1.5)
    assert not row["sign_depends"]


def test_curvature_is_the_second_derivative() -> None:
    assert bent(1 - X + 0.75 * X**2)["curvature"] == pytest.approx(1.5)


def test_a_falling_curve_is_as_monotone_as_a_rising_one() -> None:
    assert bent(-X)["monotone"]


def test_a_curve_that_turns_is_monotone_up_to_there() -> None:
    row = bent(np.array([-3.0, -2, -1, 0, 1, 2, 0]))
    assert not row["monotone"]
    assert (row["monotone_low"], row["monotone_high"]) == (-1.5, 1.0)
    both = bent(np.array([0.0, -2, -1, 0, 1, 0.5, 4]))
    assert (both["monotone_low"], both["monotone_high"]) == (-1.0, 0.5)


def test_a_sign_that_depends_on_the_range_is_seen() -> None:
    # Rises near zero, falls beyond: a cubic whose sign differs between small and large λ.
    assert bent(X - X**3)["sign_depends"]
    assert not bent(X + X**3)["sign_depends"]


def test_a_flat_curve_goes_neither_way() -> None:
    row = bent(np.zeros(7))
    assert not row["monotone"]
    assert (row["monotone_low"], row["monotone_high"]) == (0, 0)


def test_two_points_have_no_shape() -> None:
    results = standard()
    ends = results.sweep["multiplier"].isin([0, 1.5])
    few = dataclasses.replace(results, sweep=results.sweep[ends])
    assert shapes(select(standard_curves()), few)["curvature"].isna().all()


def uneven() -> Results:
    results = standard()
    left_out = (results.sweep["concept"] == "weak") & (results.sweep["multiplier"].abs() == 1.5)
    return dataclasses.replace(results, sweep=results.sweep[~left_out])


def test_runs_with_other_multipliers_have_their_own_ranges() -> None:
    curves = select(standard_curves())
    found = shapes(curves, uneven())
    assert len(found) == len(curves)
    assert found.groupby("concept")["monotone_high"].max().to_dict()["weak"] == 1.0
    assert found.groupby("concept")["monotone_high"].max().to_dict()["strong"] == 1.5


def test_rankings_by_range_are_compared_with_the_widest() -> None:
    found = by_range(select(standard_curves()), standard()).set_index(["concept", "reach"])
    assert set(found.index.get_level_values("reach")) == {0.5, 1.0, 1.5}
    widest = select(standard_curves()).groupby("concept")["steerability"].mean()
    assert found.loc[("letter", 1.5), "mean"] == pytest.approx(widest["letter"])
    assert found.loc[("strong", 0.5), "mean"] == pytest.approx(widest["strong"], abs=0.1)
    assert found.loc[("strong", 1.5), "rho"] == 1
    assert found["rho_low"].max() < 1
    assert found.loc[("letter", 1.0), "anti_steerable"] == pytest.approx(0.5)
    assert not math.isnan(found.loc[("weak", 0.5), "rho"])


def test_concepts_are_summed_up_by_their_curves() -> None:
    shaped = shapes(select(standard_curves()), standard())
    found = by_concept(shaped).set_index("concept")
    for name, part in shaped.groupby("concept"):
        assert found.loc[name, "monotone"] == pytest.approx(part["monotone"].mean())
        assert found.loc[name, "sign_depends"] == pytest.approx(part["sign_depends"].mean())
        assert found.loc[name, "curvature"] == pytest.approx(part["curvature"].mean())
        assert found.loc[name, "r_squared"] == pytest.approx(part["r_squared"].median())
    assert found.loc["strong", "monotone"] == 1
    assert found.loc["strong", "monotone_low"] < 0.95
    assert found.loc["inert", "sign_depends"] > 0.1
    assert (found["curvature_low"] < found["curvature_high"]).all()
