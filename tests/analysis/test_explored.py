"""Questions by themselves: their curves are those of the tables, and so is what chance does."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from steering.analysis.curves import select
from steering.analysis.explored import (
    BOTH,
    NORMAL_95,
    chance_of_questions,
    curves_of_questions,
    explorable,
    share_reversed,
)
from steering.analysis.letters import counterbalanced
from steering.records.directions import RANDOM
from steering.records.results import Results
from tests.support.designs import DESIGNS, MULTIPLIERS
from tests.support.synthetic import results

ROW = ["vector_setting", "prompt_setting", "item", "order"]


@pytest.fixture(scope="module")
def run() -> Results:
    return results({"reversed": DESIGNS["reversed"]})


@pytest.fixture(scope="module")
def curves(run: Results) -> pd.DataFrame:
    return explorable(run)


def test_only_vectors_that_are_explored_are_kept(curves: pd.DataFrame) -> None:
    assert set(curves["direction"]) == {"contrastive", "random"}
    assert set(curves["split"]) == {"test"}


def test_every_curve_is_that_of_the_tables(run: Results, curves: pd.DataFrame) -> None:
    rows = curves_of_questions(curves, run.sweep).set_index(ROW)
    own = select(curves, vector_setting=None, prompt_setting=None).set_index(ROW)
    assert len(rows) == len(own) == 25 * 2 * 40
    for name in ("steerability", "r_squared", "planted_steerability"):
        pd.testing.assert_series_equal(rows[name].sort_index(), own[name].sort_index())
    sweep = run.sweep[(run.sweep["direction"] == "contrastive") & (run.sweep["layer"] == 4)]
    points = sweep.set_index([*ROW, "multiplier"])["propensity"]
    for key in (("BASE", "BASE"), ("SYS_POS", "USER_NEG")):
        for row in rows.loc[key].head(6).index:
            expected = [points.loc[(*key, *row, at)] for at in MULTIPLIERS]
            assert rows.loc[(*key, *row), list(MULTIPLIERS)].tolist() == expected


def test_two_curves_of_one_question_are_refused(run: Results, curves: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="several curves"):
        curves_of_questions(pd.concat([curves, curves]), run.sweep)


def test_chance_is_the_spread_of_random_slopes_of_the_same_question(curves: pd.DataFrame) -> None:
    chance = chance_of_questions(curves).set_index(["prompt_setting", "item", "order"])["reach"]
    drawn = curves[curves["direction"] == RANDOM]
    item = drawn["item"].iloc[0]
    for order in (0, 1):
        own = drawn[(drawn["item"] == item) & (drawn["order"] == order)]["steerability"]
        rms = NORMAL_95 * np.sqrt((own[drawn["prompt_setting"] == "BASE"] ** 2).mean())
        assert chance["BASE", item, order] == pytest.approx(rms)
    both = counterbalanced(drawn[drawn["prompt_setting"] == "BASE"])
    rms = NORMAL_95 * np.sqrt((both.loc[both["item"] == item, "steerability"] ** 2).mean())
    assert chance["BASE", item, BOTH] == pytest.approx(rms)


def test_few_random_vectors_say_nothing(curves: pd.DataFrame) -> None:
    few = curves[(curves["direction"] != RANDOM) | (curves["number"] < 9)]
    assert chance_of_questions(few).empty
    none = curves[curves["direction"] != RANDOM]
    assert list(chance_of_questions(none).columns) == ["prompt_setting", "item", "order", "reach"]
    assert chance_of_questions(none).empty


def test_falling_questions_are_counted_over_both_orders(curves: pd.DataFrame) -> None:
    slopes = select(curves).groupby("item")["steerability"].mean()
    assert share_reversed(curves) == (int((slopes < 0).sum()), len(slopes))
    assert 0 < share_reversed(curves)[0] < len(slopes)
    one_order = curves[curves["order"] == 0]
    assert share_reversed(one_order) == (0, 0)
