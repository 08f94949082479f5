"""The operating point: the rule of movement, on what was measured there and not on slopes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from steering.analysis.strength import costs_by_dose
from steering.analysis.verdict import outcomes
from steering.analysis.verdict.movement import steering_verdicts
from steering.analysis.verdict.operating import (
    operating_effects,
    operating_points,
    operating_verdicts,
)
from tests.support import strong
from tests.support.synthetic import standard_answers, standard_curves

POINT = 2.0


def test_where_curves_are_lines_the_verdict_is_that_on_the_slope():
    curves, answers = standard_curves(), standard_answers()
    own = operating_verdicts(strong.operating(POINT), curves, answers)
    slopes = steering_verdicts(curves, answers)
    slopes = slopes[slopes["direction"] == "contrastive"]
    both = own.merge(slopes, on="concept", suffixes=("", "_slope"))
    assert len(both) == len(own) == 6
    assert list(both["outcome"]) == list(both["outcome_slope"])
    assert both["estimate"].to_numpy() == pytest.approx(POINT * both["estimate_slope"])
    assert {*own["claim"]} == {outcomes.OPERATING}


def test_a_curve_that_comes_back_to_where_it_began_does_not_work_at_that_cost():
    curves = standard_curves()
    wide = strong.operating(POINT)
    back = (wide["concept"] == "strong") & wide["direction"].isin(["contrastive", "resampled"])
    noise = np.random.default_rng(0).normal(scale=0.3, size=back.sum())
    wide.loc[back, "propensity"] = 1.0 + noise
    table = operating_verdicts(wide, curves, standard_answers()).set_index("concept")
    assert table.loc["strong", "outcome"] == outcomes.CHANCE
    assert table.loc["weak", "outcome"] == outcomes.MOVES


def test_the_effect_is_counted_from_the_model_without_a_vector():
    wide = strong.operating(POINT)
    wide["propensity"] += 7.0
    effects = operating_effects(wide, standard_curves())
    own = effects[effects["direction"] == "contrastive"]
    assert own["effect"].to_numpy() == pytest.approx(POINT * own["steerability"])


def test_without_an_operating_point_there_is_no_verdict():
    none = strong.operating()[:0]
    assert operating_verdicts(none, standard_curves(), standard_answers()).empty


def card(name="strong", **point):
    about = {"concept": {"name": name, "source": "own"}, "model": {"name": "m"}, "form": "chosen"}
    return about | ({"operating": point} if point else {})


def test_a_point_has_its_effect_its_cost_and_its_price():
    curves = standard_curves()
    model = str(curves["model"].iloc[0])
    verdicts = operating_verdicts(strong.operating(1.2), curves, standard_answers())
    cards = [
        {**one, "model": {"name": model}}
        for one in (card(multiplier=1.2, dose=0.6, cost_limit=0.4), card("weak"))
    ]
    costs = strong.costs().assign(model=model)
    points = operating_points(cards, costs_by_dose(costs, cards), verdicts)
    (row,) = points.to_dict("records")
    # Between the doses 0.5 and 0.7 the squared loss is interpolated.
    assert row["loss"] == pytest.approx((0.25 + 0.49) / 2, rel=0.1)
    assert row["divergence"] == pytest.approx(2 * row["loss"], rel=1e-6)
    assert row["effect"] == pytest.approx(1.2 * 2.2, abs=0.3)
    assert row["price"] == pytest.approx(row["loss"] / row["effect"])
    assert row["outcome"] == outcomes.MOVES


def test_what_does_not_move_the_answer_has_no_price():
    curves = standard_curves()
    model = str(curves["model"].iloc[0])
    verdicts = operating_verdicts(strong.operating(1.2), curves, standard_answers())
    cards = [{**card("inert", multiplier=1.2, dose=0.6, cost_limit=0.4), "model": {"name": model}}]
    costs = strong.costs("inert").assign(model=model)
    (row,) = operating_points(cards, costs_by_dose(costs, cards), verdicts).to_dict("records")
    assert pd.isna(row["price"])
