"""Doses: the same for all vectors, and the operating point of a cost that is known."""

from __future__ import annotations

import pytest

from steering.measuring.doses import DOSES, ladder, multiplier_of, operating_point, strongest


@pytest.mark.parametrize("unit", [0.0013, 0.228, 3.7])
def test_the_ladder_has_the_doses_whatever_lambda_is(unit):
    steps = ladder(unit)
    assert steps == tuple(sorted(steps))
    assert [one * unit for one in steps if one > 0] == pytest.approx(DOSES, rel=1e-3)
    assert [-one for one in steps if one < 0] == [one for one in reversed(steps) if one > 0]
    assert 0.0 in steps
    assert multiplier_of(1.0, unit) == max(steps)


def test_the_strongest_lambda_is_where_the_loss_meets_the_limit():
    # A loss that grows with the square of λ, in steps of a half.
    losses = {at / 2: (at / 2) ** 2 for at in range(-8, 9)}
    assert strongest(losses, 4.0) == 2.0
    assert strongest(losses, 1.625) == pytest.approx(1.25)
    assert strongest(losses, 100.0) == 4.0, "beyond what was tried nothing is claimed"
    assert strongest(losses, 0.0) == 0.0


def test_a_loss_that_is_no_number_is_above_every_limit():
    assert strongest({0.0: 0.0, 1.0: 0.05, 2.0: float("nan")}, 0.1) == 1.0


def test_the_first_crossing_counts_though_the_loss_falls_again():
    assert strongest({0.0: 0.0, 1.0: 0.2, 2.0: 0.0}, 0.1) == 0.5


def test_a_curve_that_has_turned_over_is_not_pushed_further():
    losses = {one: 0.01 * one for one in (0.0, 1.0, 2.0, 3.0, 4.0)}
    rising = {one: one for one in losses}
    assert operating_point(losses, rising, 0.035) == 3.5
    turned = {0.0: 0.0, 1.0: 1.0, 2.0: 2.0, 3.0: 0.5, 4.0: -1.0}
    assert operating_point(losses, turned, 0.035) == 2.0
    # A vector that only does harm is still measured as strongly as its cost allows.
    wrong = {one: -one for one in losses}
    assert operating_point(losses, wrong, 0.035) == 3.5


def test_where_the_smallest_dose_costs_too_much_there_is_hardly_a_point():
    assert operating_point({0.0: 0.0, 1.0: 10.0}, {0.0: 0.0, 1.0: 1.0}, 0.1) == 0.01
    assert operating_point({0.0: 0.0, 1.0: -1.0}, {0.0: 0.0, 1.0: 1.0}, 0.1) == 1.0
