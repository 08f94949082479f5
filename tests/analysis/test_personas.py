"""The λ that equals a persona, and both together: truth is found, and intervals hold it."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from steering.analysis.curves import curve_table
from steering.analysis.personas import equal_multipliers, fieller, together
from steering.records.results import Results
from steering.steerability import slopes
from tests.support.synthetic import DESIGNS, Design, results, standard, standard_curves

PERSONAS = {"SYS_POS": 4.0, "SYS_NEG": -3.0, "USER_POS": 1.0, "USER_NEG": -2.0}


def told(measured: Results, factor: float = 1.0) -> Results:
    """Results in a model that each prompt setting moves by so much, and that steers so under it."""
    sweep = measured.sweep
    shift = sweep["prompt_setting"].map(PERSONAS).fillna(0.0)
    lessened = sweep["propensity"] * 0 + np.where(sweep["prompt_setting"] == "BASE", 1.0, factor)
    still = 0.5  # what every curve has at λ = 0
    steered = still + (sweep["propensity"] - still) * lessened
    return dataclasses.replace(measured, sweep=sweep.assign(propensity=steered + shift))


def test_the_multiplier_is_the_shift_over_the_slope() -> None:
    found = equal_multipliers(standard_curves(), told(standard()))
    rows = found[found["concept"] == "strong"].set_index("persona")
    strength = DESIGNS["strong"].strength
    for name, shift in PERSONAS.items():
        row = rows.loc[name]
        assert row["equal"] == pytest.approx(shift / strength, rel=0.08)
        assert row["equal_low"] < row["equal"] < row["equal_high"]
        assert row["bounded"]
    assert rows["reach"].unique().tolist() == [1.5]
    # The cards of these results do not name the norm of the residual stream.
    assert rows["dose"].isna().all()


def test_the_dose_is_that_of_the_multiplier() -> None:
    cards = tuple({**card, "residual_norm": 8.0} for card in standard().cards)
    measured = dataclasses.replace(told(standard()), cards=cards)
    rows = equal_multipliers(standard_curves(), measured)
    rows = rows[rows["concept"] == "strong"]
    assert (rows[["dose", "dose_low", "dose_high"]] >= 0).all(axis=None)
    # ‖v‖ = 2 beside ‖h‖ = 8.
    assert (rows["dose"] / rows["equal"].abs()).to_list() == pytest.approx([0.25] * 4)
    sides = rows.set_index("persona")
    assert sides.loc["SYS_POS", "dose_low"] == pytest.approx(sides.loc["SYS_POS", "equal_low"] / 4)
    assert sides.loc["SYS_NEG", "dose_low"] == pytest.approx(
        -sides.loc["SYS_NEG", "equal_high"] / 4
    )


def test_a_slope_that_may_be_zero_equals_nothing() -> None:
    found = equal_multipliers(standard_curves(), told(standard()))
    inert = found[found["concept"] == "inert"]
    assert not inert["bounded"].any()
    assert inert[["equal", "equal_low", "equal_high"]].isna().all(axis=None)


def test_fiellers_interval_is_the_closed_form() -> None:
    # With an exact denominator it is Student's interval of the numerator, divided by it.
    (ratio, low, high), bounded = fieller(np.array([3.0, 2.0]), np.diag([0.09, 0.0]), 10)
    half = 2.262157 * 0.3 * (10 / 9) ** 0.5
    assert bounded
    assert (ratio, low, high) == pytest.approx((1.5, (3 - half) / 2, (3 + half) / 2), rel=1e-5)
    # Where both are the same number, their ratio is certain.
    same, _ = fieller(np.array([2.0, 2.0]), np.full((2, 2), 0.1), 30)
    assert same == pytest.approx((1, 1, 1))
    assert not fieller(np.array([3.0, 0.1]), np.diag([0.09, 0.09]), 10)[1]
    assert math.isnan(fieller(np.array([3.0, 2.0]), np.diag([0.1, 0.1]), 1)[0][0])


@pytest.mark.parametrize(("slope", "correlation"), [(2.0, 0.0), (1.0, 0.7), (0.6, -0.5)])
def test_the_interval_holds_the_truth_about_as_often_as_it_says(
    slope: float, correlation: float
) -> None:
    draw, held, count = np.random.default_rng(1), 0, 400
    shape = np.array([[1.0, correlation], [correlation, 1.0]])
    groups, bounded = 20, 0
    for _ in range(count):
        values = draw.multivariate_normal([1.5, slope], shape, groups)
        # The covariance of bootstrap draws of a mean, which needs no draws.
        spread = np.cov(values.T, ddof=0) / groups
        (_, low, high), certain = fieller(values.mean(axis=0), spread, groups)
        bounded += certain
        held += (low <= 1.5 / slope <= high) if certain else True
    assert held / count == pytest.approx(0.95, abs=0.035)
    assert bounded / count > 0.5


def test_personas_and_vector_that_add_up_leave_nothing() -> None:
    plain = results({"one": Design(2.0, group_sd=0.2)}, groups=40)
    measured = told(plain)
    rows = together(curve_table(measured), measured).set_index("persona")
    assert set(rows.index) == set(PERSONAS)
    for name, shift in PERSONAS.items():
        row = rows.loc[name]
        side = row["towards"]
        assert row["persona_alone"] == pytest.approx(shift)
        assert row["vector_alone"] == pytest.approx(2 * side, abs=0.15)
        assert row["together"] == pytest.approx(row["persona_alone"] + row["beyond"])
        assert row["extra"] == pytest.approx(row["beyond"] - row["vector_alone"])
        assert row["extra_low"] <= 0.01
        assert row["extra_high"] >= -0.01
        assert abs(row["extra"]) < 0.05


def test_what_the_persona_takes_from_the_vector_is_found() -> None:
    measured = told(results({"one": Design(2.0, group_sd=0.2)}, groups=40), factor=0.4)
    again = slopes(measured.sweep)
    same = measured.steerability[["planted_steerability", "planted_intercept"]].to_numpy()
    again[["planted_steerability", "planted_intercept"]] = same
    measured = dataclasses.replace(measured, steerability=again)
    rows = together(curve_table(measured), measured).set_index("persona")
    for name in PERSONAS:
        row = rows.loc[name]
        assert row["extra"] == pytest.approx(-0.6 * 2.0 * row["towards"], abs=0.12)
        assert (row["extra_low"] > 0) or (row["extra_high"] < 0)


def test_what_was_not_measured_has_no_row() -> None:
    base = standard().sweep.query("prompt_setting == 'BASE'")
    few = dataclasses.replace(standard(), sweep=base)
    assert equal_multipliers(standard_curves(), few).empty
    assert together(standard_curves(), few).empty
    assert together(standard_curves(), standard(), multiplier=3.0).empty
