"""Rates of false claims as drawn: a point for each setting, a line for each nominal rate."""

from __future__ import annotations

from steering.figures.errors import false_claims, held, power
from tests.support.calibrated import some_claims, some_intervals


def points(ax: object) -> int:
    return sum(len(one.lines[0].get_xdata()) for one in ax.containers)  # type: ignore[attr-defined]


def test_every_setting_of_a_false_claim_is_a_point() -> None:
    claims = some_claims()
    figure = false_claims(claims)
    false = claims[~claims["true"]]
    assert len(figure.axes) == false["claim"].nunique()
    assert sum(map(points, figure.axes)) == len(false)
    nominal = {line.get_xdata()[0] for line in figure.axes[0].lines if len(line.get_xdata()) == 2}
    assert 0.05 in nominal


def test_power_has_a_curve_for_each_case() -> None:
    claims = some_claims()
    figure = power(claims)
    true = claims[claims["true"]]
    assert sum(map(points, figure.axes)) == len(true)
    assert sum(len(ax.containers) for ax in figure.axes) == true["case"].nunique()


def test_coverage_is_drawn_by_quantity() -> None:
    intervals = some_intervals()
    figure = held(intervals)
    (ax,) = figure.axes
    assert points(ax) == len(intervals)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["mean slope", "median slope"]
