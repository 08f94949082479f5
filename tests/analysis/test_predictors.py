"""Predictors that foretell are found, and those that do not are called so as rarely as said."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from steering.analysis import predictors
from steering.analysis.curves import curve_table
from steering.analysis.predictors import beside_outcomes, correlations, outcomes, place_among
from steering.records.kinds import OURS, PUBLIC
from tests.support import synthetic

MODELS, CONCEPTS = ("one", "other"), 14
QUICK = {"permutations": 499, "draws": 200}


def drawn(seed: int, rho: float = 0.0, names=("agreement", "d_prime"), kinds=(OURS, PUBLIC)):
    """Predictors beside the outcomes; concepts share a part of both between models.

    `rho` is the correlation of the first predictor with the first outcome, and no other.
    """
    generator = np.random.default_rng(seed)
    rows = []
    for kind in kinds:
        shape = (CONCEPTS, len(MODELS))
        shared = {
            name: (generator.normal(size=(CONCEPTS, 1)) + generator.normal(size=shape)) / 2**0.5
            for name in (*names, *predictors.OUTCOMES)
        }
        first, effect = shared[names[0]], shared[predictors.EFFECT]
        shared[predictors.EFFECT] = rho * first + (1 - rho**2) ** 0.5 * effect
        rows += [
            {"model": model, "concept": f"{kind} {at}", "kind": kind, "form": "chosen",
             "predictor": name, "outcome": outcome, "x": shared[name][at, m],
             "y": shared[outcome][at, m]}
            for m, model in enumerate(MODELS) for at in range(CONCEPTS)
            for name in names for outcome in predictors.OUTCOMES
        ]  # fmt: skip
    return pd.DataFrame(rows)


def test_rho_is_the_mean_of_spearmans_over_models():
    both = drawn(0)
    found = correlations(both, **QUICK)
    for row in found.itertuples():
        part = both[(both["kind"] == row.kind) & (both["predictor"] == row.predictor)]
        part = part[part["outcome"] == row.outcome]
        each = [stats.spearmanr(one["x"], one["y"]).statistic for _, one in part.groupby("model")]
        assert row.rho == pytest.approx(np.mean(each), abs=1e-9)
        assert row.low <= row.rho <= row.high
        assert (row.concepts, row.models) == (CONCEPTS, 2)
    assert len(found) == 2 * 2 * 4


def test_what_sets_models_apart_counts_for_nothing():
    both = drawn(1)
    far = both.assign(x=both["x"] + 100 * (both["model"] == "one"),
                      y=both["y"] + 100 * (both["model"] == "one"))  # fmt: skip
    before, after = correlations(both, **QUICK), correlations(far, **QUICK)
    pd.testing.assert_series_equal(before["rho"], after["rho"])
    pd.testing.assert_series_equal(before["p"], after["p"])


def test_a_predictor_that_foretells_is_worth_something():
    hits = others = 0
    for seed in range(20):
        found = correlations(drawn(seed, rho=0.9), permutations=999, draws=200)
        planted = (found["predictor"] == "agreement") & (found["outcome"] == "effect")
        hits += int(found.loc[planted, "worth"].sum())
        others += int(found.loc[~planted, "worth"].sum())
    assert hits >= 36  # of 40
    assert others <= 20 * 14 * 0.05


def test_where_nothing_foretells_none_is_worth_anything_but_as_rarely_as_said():
    """The outcomes know nothing of the predictors: any claim at all is made in 5 % of the tables.

    The p of each correlation lies below 5 % in 5 % of the cases, though a concept's models agree.
    """
    quick = {"permutations": 299, "draws": 20}
    alone = {"names": ("dose",), "kinds": (OURS,)}
    tables = [correlations(drawn(seed, **alone), **quick) for seed in range(200)]
    claims = sum(bool(table["worth"].any()) for table in tables)
    # Of 200 tables, 5 % are 10; more than 18 come with a probability below 1 % by chance.
    assert claims <= stats.binom.ppf(0.99, len(tables), 0.05)
    p = pd.concat([table["p"] for table in tables])
    assert (p <= 0.05).mean() == pytest.approx(0.05, abs=0.02)
    assert (p <= 0.5).mean() == pytest.approx(0.5, abs=0.05)


def test_the_interval_holds_what_more_concepts_would_show():
    inside = 0
    for seed in range(60):
        found = correlations(drawn(seed, rho=0.6, names=("dose",), kinds=(OURS,)), **QUICK)
        row = found[found["outcome"] == "effect"].iloc[0]
        inside += row["low"] <= 6 / math.pi * math.asin(0.6 / 2) <= row["high"]
    assert inside >= 60 * 0.86


def test_the_model_left_out_is_foretold_by_a_line_of_the_others():
    both = drawn(2, names=("dose",), kinds=(OURS,))
    both["y"] = 3 * both["x"] + 1
    found = correlations(both, **QUICK)
    assert found["error"].to_numpy() == pytest.approx(0, abs=1e-9)
    assert found["gain"].to_numpy() == pytest.approx(1, abs=1e-9)
    one = both[both["model"] == "one"]
    alone = correlations(one, **QUICK)
    assert alone["gain"].isna().all()
    assert set(alone["models"]) == {1}
    assert alone["worth"].all()


def test_a_line_that_holds_in_one_model_alone_is_worth_nothing():
    both = drawn(3, names=("dose",), kinds=(OURS,))
    turned = both.assign(y=both["x"] * np.where(both["model"] == "one", 1, -1))
    found = correlations(turned, **QUICK)
    assert (found["gain"] < 0).all()
    assert not found["worth"].any()


def test_concepts_that_one_model_lacks_change_places_among_themselves():
    both = drawn(4, names=("dose",), kinds=(OURS,))
    lacking = both["concept"].isin([f"{OURS} {at}" for at in range(7)])
    found = correlations(both[~(lacking & (both["model"] == "one"))], **QUICK)
    assert found["rho"].between(-1, 1).all()
    assert found["p"].between(0, 1).all()
    there = np.array([[True, False]] * 7 + [[True, True]] * 7)
    orders = predictors._orders(there, 50)
    assert (np.sort(orders[:, :7], axis=1) == np.arange(7)).all()
    assert (np.sort(orders[:, 7:], axis=1) == np.arange(7, 14)).all()


@pytest.mark.parametrize("few", [3, 0])
def test_too_few_concepts_are_not_judged(few):
    both = drawn(5, names=("dose",), kinds=(OURS,))
    both = both[both["concept"].isin([f"{OURS} {at}" for at in range(few)])]
    found = correlations(both, **QUICK)
    assert found["p"].isna().all()
    assert not found["worth"].any()


def test_outcomes_are_those_of_the_slopes():
    curves = curve_table(synthetic.results())
    found = outcomes(curves)
    for row in found.itertuples():
        own = curves[(curves["concept"] == row.concept) & (curves["model"] == row.model)]
        home = own[(own["direction"] == "contrastive") & (own["vector_setting"] == "BASE")
                   & (own["prompt_setting"] == "BASE")]  # fmt: skip
        assert row.slope == pytest.approx(home["steerability"].mean())
        by_question = home.groupby("item")["steerability"].mean()
        assert row.reversed == pytest.approx((by_question < 0).mean())
        random = own[(own["direction"] == "random") & (own["prompt_setting"] == "BASE")]
        if random["number"].nunique() >= 10:
            chance = (random.groupby("number")["steerability"].mean() ** 2).mean() ** 0.5
            assert row.effect == pytest.approx(home["steerability"].mean() / chance)


def test_each_predictor_stands_beside_each_outcome_that_is_known():
    found = pd.DataFrame(
        [{"model": "m", "concept": "c", "kind": OURS, "form": "chosen", "slope": 1.0, "effect": 2.0,
          "reversed": 0.1, "left": math.nan}]
    )  # fmt: skip
    key = {"model": "m", "concept": "c", "form": "chosen", "layer": 1, "pairs": 4, "groups": 2}
    known = pd.DataFrame([{**key, "predictor": "dose", "value": 0.3},
                          {**key, "predictor": "spread", "value": math.nan}])  # fmt: skip
    both = beside_outcomes(known, found)
    assert list(both["outcome"]) == ["slope", "effect", "reversed"]
    assert set(both["predictor"]) == {"dose"}


def test_the_place_among_others():
    assert place_among(0.5, pd.Series([0.1, 0.4, 0.9, math.nan])) == (2, 3)
