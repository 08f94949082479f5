"""What a model of ours does without a vector, held against what was planted in it."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from steering.analysis.curves import curve_table
from steering.analysis.embedded_model import (
    MIDDLE,
    UNSEEN,
    accuracy,
    answers,
    calibration,
    calibration_bins,
    kinds,
    planted_intercepts,
    slopes_by_kind,
)
from steering.records.kinds import OURS, PUBLIC
from steering.records.results import Results
from tests.support.synthetic import DESIGNS, LAYERS, PEAK, standard, standard_curves

SIGN = {"SYS_POS": 1, "SYS_NEG": -1, "USER_POS": 1, "USER_NEG": -1}


def with_public() -> Results:
    """The standard results, of which `weak` is a public data set: nothing is planted in it."""
    whole = standard()
    curves = whole.steerability
    truth = {
        name: curves[name].mask(curves["concept"] == "weak")
        for name in ("planted_steerability", "planted_intercept")
    }
    return dataclasses.replace(whole, steerability=curves.assign(**truth))


def test_a_concept_is_ours_or_public_or_neither() -> None:
    found = kinds(with_public(), ["weak", "absent"])
    assert found == dict.fromkeys(DESIGNS, OURS) | {"weak": PUBLIC}
    assert kinds(with_public(), [])["weak"] == UNSEEN


def test_where_signs_agree_all_answers_are_right() -> None:
    # Every synthetic propensity is 0.5 at λ = 0, as planted, and beyond what is clear.
    whole = standard()
    told = answers(whole, kinds(whole, []))
    assert told["right"].all()
    assert (told["asked"] == 0.5).all()
    found = accuracy(told, ["kind"]).iloc[0]
    assert found["share"] == 1
    assert found["high"] == 1
    assert found["low"] > 0.9
    assert found["n"] == len(told) == len(DESIGNS) * 5 * 80
    assert found["groups"] == len(DESIGNS) * 10


def test_the_persona_asks_where_nothing_is_planted() -> None:
    whole = with_public()
    told = answers(whole, kinds(whole, ["weak"]))
    public = told[told["concept"] == "weak"]
    assert set(public["prompt_setting"]) == set(SIGN)
    assert (public["asked"] == public["prompt_setting"].map(SIGN)).all()
    by = accuracy(public, ["prompt_setting"]).set_index("prompt_setting")["share"]
    assert by.to_dict() == {"SYS_POS": 1, "SYS_NEG": 0, "USER_POS": 1, "USER_NEG": 0}


def test_unclear_prompts_are_not_counted_and_wrong_ones_are() -> None:
    whole = standard()
    curves = whole.steerability
    planted = curves["concept"].map({"inert": 0.4, "strong": -0.5}).fillna(0.5)
    turned = dataclasses.replace(
        whole,
        steerability=curves.assign(
            planted_intercept=planted.where(curves["planted_intercept"].notna())
        ),
    )
    found = accuracy(answers(turned, kinds(turned, [])), ["concept"]).set_index("concept")
    assert "inert" not in found.index
    assert found.loc["strong", "share"] == 0
    assert found.loc["weak", "share"] == 1


def calibrated(slope: float, error: float) -> pd.DataFrame:
    told = planted_intercepts(standard_curves())
    planted = np.linspace(-2, 2, len(told))
    return told.assign(planted_intercept=planted, intercept=slope * planted + error)


def test_a_planted_line_is_found() -> None:
    found = calibration(calibrated(0.8, 0.1), ["prompt_setting"])
    assert len(found) == 5
    for row in found.itertuples():
        assert (row.slope, row.slope_low, row.slope_high) == pytest.approx((0.8,) * 3)
        assert row.correlation == pytest.approx(1)
    whole = calibration(calibrated(0.8, 0.1), [])
    assert whole["error"].iloc[0] == pytest.approx(0.1)
    assert whole["rmse"].iloc[0] == pytest.approx(np.sqrt(0.1**2 + 0.2**2 * 4 / 3), rel=0.01)
    assert whole["error_low"].iloc[0] < 0.1 < whole["error_high"].iloc[0]


def test_like_is_compared_with_like_along_the_planted_direction() -> None:
    told = planted_intercepts(standard_curves())
    assert set(told["direction"]) == {"planted"}
    row = calibration(told, []).iloc[0]
    assert row["error"] == pytest.approx(0, abs=0.02)
    assert np.isnan(row["slope"])  # every planted intercept is the same here
    none = standard_curves().assign(planted_intercept=np.nan)
    assert planted_intercepts(none).empty
    assert calibration(planted_intercepts(none), []).empty


def test_dots_are_means_of_prompts_that_are_alike() -> None:
    known = calibrated(0.8, 0.1)
    bins = calibration_bins(known)
    assert bins["n"].sum() == len(known)
    assert np.allclose(bins["measured"], 0.8 * bins["planted"] + 0.1)
    one = bins[bins["prompt_setting"] == "BASE"].iloc[4]
    near = known[known["prompt_setting"] == "BASE"]
    near = near[(near["planted_intercept"] / 0.5).round() == round(one["planted"] / 0.5)]
    ends = near["intercept"].quantile([(1 - MIDDLE) / 2, (1 + MIDDLE) / 2])
    assert list(one[["low", "high"]]) == pytest.approx(list(ends))


def test_layers_have_the_slope_and_kind_of_their_concept() -> None:
    layers = slopes_by_kind(with_public(), kinds(with_public(), ["weak"]))
    assert set(layers.loc[layers["kind"] == PUBLIC, "concept"]) == {"weak"}
    strong = layers[layers["concept"] == "strong"].set_index("layer")["mean"]
    for layer in LAYERS:
        assert strong[layer] / strong[4] == pytest.approx(PEAK[layer], abs=0.05)


def test_curves_of_other_splits_are_left_alone() -> None:
    whole = standard()
    told = answers(whole, kinds(whole, []))
    tested = set(whole.items.loc[whole.items["split"] == "test", "item"])
    assert set(told["item"]) == tested
    assert len(curve_table(whole)) > len(told)
