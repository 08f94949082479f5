"""Recovered against planted: held against scipy, and against vectors that are wrong."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from steering.analysis.curves import select
from steering.analysis.validation import (
    EVERY,
    HOME,
    by_planted_value,
    covered_truth,
    planted_curves,
    recovery,
    truth_cells,
    with_many_values,
)
from tests.support.synthetic import DESIGNS, standard_curves

INDEX = ["direction", "concept"]


def test_what_was_planted_is_found() -> None:
    table = recovery(standard_curves()).set_index(INDEX)
    base = select(standard_curves())
    assert len(table) == 2 * len(DESIGNS)
    for concept in DESIGNS:
        row, part = table.loc[("contrastive", concept)], base[base["concept"] == concept]
        error = part["steerability"] - part["planted_steerability"]
        assert row["planted"] == pytest.approx(part["planted_steerability"].mean())
        assert row["recovered"] == pytest.approx(part["steerability"].mean())
        assert row["rmse"] == pytest.approx(math.sqrt((error**2).mean()))
        assert row["rmse_low"] <= row["rmse"] <= row["rmse_high"]
        if concept != "inert":
            r = stats.pearsonr(part["planted_steerability"], part["steerability"]).statistic
            assert row["correlation"] == pytest.approx(r)
            assert row["sign_agreement"] == 1
        assert row["covered"]
    half = table.loc[("contrastive", "letter")]
    assert half["anti_steerable_planted"] == half["anti_steerable_recovered"] == 0.5


def test_an_inert_concept_has_neither_signs_nor_a_correlation() -> None:
    row = recovery(standard_curves()).set_index(INDEX).loc[("contrastive", "inert")]
    assert row["clear"] == 0
    assert row[["sign_agreement", "sign_low", "correlation"]].isna().all()
    assert row["anti_steerable_planted"] == 0


def test_a_vector_with_the_wrong_sign_is_seen() -> None:
    curves = select(standard_curves())
    turned = curves.assign(steerability=-curves["steerability"])
    table = recovery(turned).set_index("concept")
    assert table.loc["strong", "sign_agreement"] == 0
    assert table.loc["strong", "sign_high"] < 0.4
    assert not table.loc["strong", "covered"]
    assert table.loc["letter", "correlation"] < -0.9


def test_signs_are_counted_where_the_planted_slope_is_clear() -> None:
    curves = select(standard_curves())
    one = curves[curves["concept"] == "strong"].head(20).assign(group=range(20))
    planted = np.repeat([0.39, 0.41, -0.41, -2.0], 5)
    slopes = np.where(np.arange(20) == 19, 1.0, planted)
    made = one.assign(planted_steerability=planted, steerability=slopes)
    row = recovery(made).iloc[0]
    assert row["clear"] == 15
    assert row["sign_agreement"] == pytest.approx(14 / 15)
    low, high = proportion_confint(14, 15, method="wilson")
    assert row["sign_low"] == pytest.approx(low, abs=0.03)
    assert row["sign_high"] == pytest.approx(high, abs=0.03)


def test_pooled_takes_all_concepts_together() -> None:
    table = recovery(standard_curves(), pooled=True).set_index("direction")
    base = select(standard_curves())
    assert table.loc["contrastive", "concept"] == "all"
    assert table.loc["contrastive", "n"] == len(base)
    r = stats.pearsonr(base["planted_steerability"], base["steerability"]).statistic
    assert table.loc["contrastive", "correlation"] == pytest.approx(r)


def test_a_model_without_planted_truth_has_nothing_to_validate() -> None:
    table = standard_curves().assign(planted_steerability=np.nan)
    assert planted_curves(table).empty
    found = recovery(table)
    assert found.empty
    assert {"planted", "recovered", "correlation"} <= set(found.columns)


def test_only_the_two_directions_with_a_truth_are_validated() -> None:
    told = planted_curves(standard_curves().assign(planted_steerability=1.0))
    assert set(told["direction"]) == {"contrastive", "planted"}
    assert isinstance(told, pd.DataFrame)


def test_a_vector_that_falls_short_is_seen_though_items_differ_by_more() -> None:
    curves = select(standard_curves())
    curves = curves[curves["concept"] == "letter"]  # slopes of 4 and −1: a wide mean
    short = curves.assign(steerability=curves["planted_steerability"] - 0.1)
    row = recovery(short).iloc[0]
    assert (row["bias"], row["bias_low"], row["bias_high"]) == pytest.approx((-0.1,) * 3)
    exact = recovery(curves).iloc[0]
    assert exact["bias_low"] < 0 < exact["bias_high"]


def test_intervals_that_hold_the_planted_truth_are_counted() -> None:
    curves = standard_curves()
    found = covered_truth(curves).set_index(["direction", "against", "settings"])
    home = recovery(curves)
    for direction in ("contrastive", "planted"):
        own = home[home["direction"] == direction]
        row = found.loc[(direction, "planted", HOME)]
        assert (row["held"], row["intervals"]) == (own["covered"].sum(), len(own))
    assert found.loc[("contrastive", "planted", EVERY), "intervals"] == 25 * len(DESIGNS)
    assert found.loc[("planted", "planted", EVERY), "intervals"] == 5 * len(DESIGNS)
    assert found.loc[("contrastive", "learned", EVERY), "intervals"] == 5 * len(DESIGNS)
    assert (found["concepts"] == len(DESIGNS)).all()
    assert found.loc[("contrastive", "planted", HOME), "resampled"] == len(DESIGNS)
    assert (found["low"] <= found["share"]).all()
    assert (found["share"] <= found["high"]).all()


def test_the_models_own_error_is_apart() -> None:
    """A model that learned less than its plan: the pipeline measures rightly what it does."""
    curves = standard_curves()
    known = curves["planted_steerability"].notna()
    other_plan = curves.assign(
        planted_steerability=curves["planted_steerability"].where(
            ~known, 1.0 + 1.2 * curves["planted_steerability"]
        )
    )
    found = covered_truth(other_plan).set_index(["direction", "against", "settings"])["held"]
    assert found["planted", "planted", HOME] == found["contrastive", "planted", HOME] == 0
    assert found["contrastive", "learned", HOME] == len(DESIGNS)


def test_settings_of_one_concept_are_not_independent() -> None:
    cells = truth_cells(standard_curves())
    one = cells[(cells["direction"] == "planted") & (cells["concept"] == "strong")]
    assert len(one) == 5
    found = covered_truth(standard_curves().query("concept == 'strong'"))
    row = found[(found["settings"] == EVERY) & (found["direction"] == "planted")].iloc[0]
    assert row["high"] - row["low"] > 0.7, "five settings of one concept count as one observation"


def test_curves_planted_alike_are_summed_up() -> None:
    """The old figure drew a panel for each concept: those planted with one value were a blob."""
    curves = planted_curves(standard_curves())
    few = curves.assign(planted_steerability=curves["planted_steerability"].gt(1).astype(float))
    assert with_many_values(few).empty
    many = with_many_values(curves)
    assert set(many["concept"]) == {"strong", "weak"}, "the others have at most four values"
    found = by_planted_value(few).set_index(["direction", "concept", "planted"])
    part = few[(few["direction"] == "contrastive") & (few["concept"] == "letter")]
    high = part.loc[part["planted_steerability"] == 1, "steerability"]
    row = found.loc[("contrastive", "letter", 1.0)]
    assert row["n"] == len(high)
    assert row["mean"] == pytest.approx(high.mean())
    assert (row["low"], row["high"]) == pytest.approx(tuple(high.quantile([0.025, 0.975])))
