"""The curves that stand for all of them: the ends, the middle and the mean."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest

from steering.analysis.curves import curve_table, select
from steering.analysis.examples import MEAN, example_curves
from tests.support.synthetic import MULTIPLIERS, standard, standard_curves


def test_the_examples_are_the_ends_the_middle_and_the_mean() -> None:
    table = example_curves(standard_curves(), standard())
    reversed_ = table[table["concept"] == "reversed"]
    slopes = select(standard_curves())
    slopes = slopes.loc[slopes["concept"] == "reversed", "steerability"]
    found = reversed_.groupby("example")["steerability"].first()
    assert found["most steerable"] == slopes.max()
    assert found["most anti-steerable"] == slopes.min()
    assert found["median"] == pytest.approx(slopes.median(), abs=0.2)
    assert found[MEAN] == pytest.approx(slopes.mean())
    assert reversed_.groupby("example").size().eq(len(MULTIPLIERS)).all()


def test_an_example_carries_its_measured_points_and_its_line() -> None:
    table = example_curves(standard_curves(), standard())
    one = table[(table["concept"] == "strong") & (table["example"] == "most steerable")]
    first = one.iloc[0]
    sweep = select(standard().sweep)
    points = sweep[
        (sweep["concept"] == "strong")
        & (sweep["layer"] == 4)
        & (sweep["item"] == first["item"])
        & (sweep["order"] == first["order"])
    ].set_index("multiplier")["propensity"]
    assert one.set_index("multiplier")["propensity"].to_dict() == points.to_dict()
    line = first["steerability"]
    assert one["fitted"].diff().dropna().to_list() == pytest.approx([0.5 * line] * 6)
    assert first["statement"] == f"strong {first['item']}"


def test_a_mean_curve_has_an_interval_and_no_item() -> None:
    table = example_curves(standard_curves(), standard())
    mean = table[(table["concept"] == "strong") & (table["example"] == MEAN)]
    assert (mean["low"] <= mean["propensity"]).all()
    assert (mean["propensity"] <= mean["high"]).all()
    assert mean["item"].isna().all()
    assert mean["n"].eq(80).all()


def test_a_least_steerable_item_above_zero_is_not_called_anti_steerable() -> None:
    table = example_curves(standard_curves(), standard())
    names = table.groupby("concept")["example"].unique()
    assert "least steerable" in names["strong"]
    assert "most anti-steerable" in names["letter"]


def test_several_models_keep_their_own_curves() -> None:
    one = standard()
    other = {
        name: getattr(one, name).assign(model="robin")
        for name in ("prompts", "sweep", "steerability")
    }
    cards = tuple({**card, "model": {"name": "robin"}} for card in one.cards)
    robin = dataclasses.replace(one, **other, cards=cards)
    table = example_curves(curve_table(robin), robin)
    assert set(table["model"]) == {"robin"}


def test_the_band_of_the_mean_curve_is_over_test_items_alone() -> None:
    """Resampled vectors are measured at other λ: here, at none of those of the curves but 0."""
    curves, results = standard_curves(), standard()
    resampled = results.sweep["direction"] == "resampled"
    few = resampled & ~results.sweep["multiplier"].isin([-1.5, 0, 1.5])
    other = results.sweep["multiplier"].where(~resampled, results.sweep["multiplier"] * 1.1)
    moved = dataclasses.replace(results, sweep=results.sweep.assign(multiplier=other)[~few])
    both, alone = example_curves(curves, moved), example_curves(select(curves), results)
    pd.testing.assert_frame_equal(both, alone)
    mean = both[both["example"] == MEAN]
    assert (mean["vectors_resampled"] == 0).all()
    steered = mean[mean["multiplier"] != 0]
    assert (steered["low"] < steered["high"]).all()
