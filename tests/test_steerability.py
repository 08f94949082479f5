"""Steerability: the least-squares line of every curve, as scipy fits it; and what is refused."""

import time

import numpy as np
import pandas as pd
import pytest
from scipy.stats import linregress

from steering.errors import Refused
from steering.records.tables import NO_PARTNER, STEERABILITY_KEY, TODAY
from steering.steerability import few_multipliers, slopes

MULTIPLIERS = np.array([-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5])


def sweep_of(curves: np.ndarray, multipliers: np.ndarray = MULTIPLIERS) -> pd.DataFrame:
    """A sweep with one item per row of `curves`."""
    count, points = curves.shape
    return pd.DataFrame(
        {
            "model": "wren",
            "concept": "tidy",
            **TODAY,
            "vector_setting": "BASE",
            "prompt_setting": "BASE",
            "direction": "contrastive",
            "number": 0,
            "vector_concept": "tidy",
            "layer": 4,
            "item": np.repeat(np.arange(count), points),
            "partner": NO_PARTNER,
            "order": 0,
            "multiplier": np.tile(multipliers, count),
            "propensity": curves.ravel(),
        }
    )


def test_every_curve_has_the_line_that_scipy_fits() -> None:
    draw = np.random.default_rng(0)
    curves = draw.normal(3, 5, (50, 1)) + draw.normal(0, 2, (50, 1)) * MULTIPLIERS
    curves += draw.normal(0, 0.7, curves.shape)
    fitted = slopes(sweep_of(curves).sample(frac=1, random_state=1)).set_index("item")
    for item, curve in enumerate(curves):
        line, ours = linregress(MULTIPLIERS, curve), fitted.loc[item]
        assert ours["steerability"] == pytest.approx(line.slope, abs=1e-9)
        assert ours["intercept"] == pytest.approx(line.intercept, abs=1e-9)
        assert ours["standard_error"] == pytest.approx(line.stderr, abs=1e-9)
        assert ours["r_squared"] == pytest.approx(line.rvalue**2, abs=1e-9)


def test_a_curve_is_all_that_shares_the_key() -> None:
    one = sweep_of(np.array([1.0 * MULTIPLIERS]))
    parts = [one]
    for number, name in enumerate(STEERABILITY_KEY, start=2):
        numbers = ("number", "layer", "item", "partner")
        other = 9 if name in numbers else 1 if name == "order" else "other"
        parts.append(one.assign(**{name: other}, propensity=number * MULTIPLIERS))
    fitted = slopes(pd.concat(parts, ignore_index=True))
    assert list(fitted["steerability"]) == pytest.approx(list(range(1, len(parts) + 1)))
    assert list(fitted.columns[: len(STEERABILITY_KEY)]) == list(STEERABILITY_KEY)


def test_uneven_multipliers_and_curves_of_different_length() -> None:
    long = sweep_of(np.array([[1.0, 2.0, 4.5, 9.0]]), np.array([-1.0, 0.0, 0.5, 4.0]))
    short = sweep_of(np.array([[2.0, -2.0]]), np.array([0.0, 2.0])).assign(item=1)
    fitted = slopes(pd.concat([long, short], ignore_index=True))
    line = linregress([-1.0, 0.0, 0.5, 4.0], [1.0, 2.0, 4.5, 9.0])
    assert fitted["steerability"].to_list() == pytest.approx([line.slope, -2.0])
    assert fitted["intercept"].to_list() == pytest.approx([line.intercept, 2.0])
    assert np.isnan(fitted["standard_error"].iloc[1])
    assert fitted["r_squared"].iloc[1] == pytest.approx(1.0)


@pytest.mark.parametrize("level", [0.0, 0.1, -7.3, 1e9])
def test_a_flat_curve_has_slope_zero_and_no_r_squared(level: float) -> None:
    # 0.1 + 0.2 - 0.2: the last bit differs between points, which is rounding and no slope.
    curve = (
        np.full(7, level)
        + np.array([0, 0.2, 0, 0, 0.2, 0, 0])
        - np.array([0, 0.2, 0, 0, 0.2, 0, 0])
    )
    fitted = slopes(sweep_of(curve[None])).iloc[0]
    assert fitted["steerability"] == 0
    assert fitted["standard_error"] == 0
    assert fitted["intercept"] == pytest.approx(level)
    assert np.isnan(fitted["r_squared"])


def test_a_small_slope_on_a_large_propensity_is_not_flat() -> None:
    fitted = slopes(sweep_of((1000 + 1e-6 * MULTIPLIERS)[None])).iloc[0]
    assert fitted["steerability"] == pytest.approx(1e-6, rel=1e-5)
    assert fitted["r_squared"] > 0.999


def test_an_empty_sweep_has_no_curves() -> None:
    assert slopes(sweep_of(np.zeros((1, 7))).iloc[:0]).empty


def test_one_multiplier_is_refused_by_name() -> None:
    sweep = sweep_of(np.zeros((2, 7)))
    with pytest.raises(Refused, match=r"concept tidy.*item 1.*one multiplier"):
        slopes(sweep[(sweep["item"] == 0) | (sweep["multiplier"] == 1.0)])


def test_a_propensity_that_is_not_finite_is_refused_by_name() -> None:
    curves = np.zeros((3, 7))
    curves[2, 4] = np.nan
    with pytest.raises(Refused, match=r"item 2, .*not finite"):
        slopes(sweep_of(curves))


def test_four_hundred_thousand_rows_take_less_than_a_second() -> None:
    sweep = sweep_of(np.random.default_rng(0).normal(size=(60_000, 7)))
    started = time.process_time()
    fitted = slopes(sweep)
    assert time.process_time() - started < 1
    assert len(fitted) == 60_000


EVEN = (-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5)


@pytest.mark.parametrize("pairs", [1, 2])
@pytest.mark.parametrize(
    "multipliers", [EVEN, (0.0, 2.0, -2.0, 0.3, -0.3, 1.0, -1.0), (-3.0, -1.0, -0.2, 0.2, 1.0, 3.0)]
)
def test_few_multipliers_give_the_slope_of_all_for_curves_up_to_third_order(
    multipliers, pairs
) -> None:
    draw = np.random.default_rng(1)
    terms = draw.normal(0, 2, (40, 4))
    few = np.array(few_multipliers(multipliers, pairs))
    assert len(few) == 2 * pairs + 1
    assert (np.diff(few) > 0).all()
    whole, part = (
        slopes(sweep_of(np.polynomial.polynomial.polyval(at, terms.T), at))
        for at in (np.array(multipliers), few)
    )
    np.testing.assert_allclose(part["steerability"], whole["steerability"], atol=1e-12)
    # The slope is not that at λ = 0.
    assert np.abs(whole["steerability"] - terms[:, 1]).max() > 1


def test_two_pairs_come_much_closer_where_a_curve_levels_off() -> None:
    def slope(at: tuple[float, ...]) -> float:
        curve = np.tanh(np.array(at))[None]
        return float(slopes(sweep_of(curve, np.array(at)))["steerability"][0])

    whole = slope(EVEN)
    one, two = (abs(slope(few_multipliers(EVEN, pairs)) / whole - 1) for pairs in (1, 2))
    assert 0.02 < one < 0.04
    assert two < one / 5


@pytest.mark.parametrize("multipliers", [(-1.0, 0.0, 2.0), (0.0, 0.5, 1.0, 1.5), (-1.0, 0.0, 1.0)])
@pytest.mark.parametrize("pairs", [1, 2])
def test_multipliers_that_are_few_or_not_symmetric_are_all_measured(multipliers, pairs) -> None:
    assert few_multipliers(multipliers, pairs) == multipliers
