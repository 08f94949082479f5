"""Crossed vectors: what was put into the slopes of both vectors comes back."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from steering.analysis.crossed import (
    agreement,
    crossed_curves,
    over_concepts,
)
from steering.analysis.curves import select
from steering.analysis.statistics.groups import rank_correlation
from steering.analysis.statistics.training_pairs import means
from steering.records.crossed import empty_crossed
from steering.records.tables import SETTINGS
from tests.support.spoken import crossed_of, spoken_curves
from tests.support.synthetic import DESIGNS, standard_curves

DOES = {"strong": (0.5, 0.0), "weak": (-1.0, 0.0), "inert": (0.0, 0.3), "reversed": (1.0, 0.0)}


@pytest.fixture(scope="module")
def crossed() -> pd.DataFrame:
    """What the vector of letters does on replies; of two concepts it was not tried."""
    return crossed_of(spoken_curves(), DOES)


def home(table: pd.DataFrame, concept: str) -> pd.Series:
    chosen = (table["concept"] == concept) & (table["prompt_setting"] == "BASE")
    return table[chosen].iloc[0]


def test_every_question_stands_twice_with_its_group(crossed: pd.DataFrame) -> None:
    table = crossed_curves(spoken_curves(), crossed)
    assert set(table["concept"]) == set(DOES)
    assert set(table["prompt_setting"]) == set(SETTINGS)
    key = ["concept", "prompt_setting", "item", "order", "group"]
    both = table.pivot(index=key, columns="direction", values="steerability").reset_index()
    assert len(both) == len(crossed)
    for name, (share, shift) in DOES.items():
        part = both[both["concept"] == name]
        assert part["crossed"].to_numpy() == pytest.approx(share * part["contrastive"] + shift)
    assert set(table["group"]) == {f"request-{at:02d}" for at in range(12)}, "that of its request"
    assert set(table["form"]) == {"said"}


def test_questions_on_which_it_was_not_tried_are_left_out(crossed: pd.DataFrame) -> None:
    few = crossed[(crossed["item"] < 20) & (crossed["prompt_setting"] == "BASE")]
    table = crossed_curves(spoken_curves(), few)
    assert set(table["item"]) == set(few["item"])
    assert set(table["prompt_setting"]) == {"BASE"}
    assert len(table) == 2 * len(few)
    assert crossed_curves(spoken_curves(), empty_crossed()).empty


def test_the_rows_of_the_other_form_count_for_nothing(crossed: pd.DataFrame) -> None:
    of_letters = crossed_of(standard_curves(), DOES)
    both = pd.concat([crossed, of_letters], ignore_index=True)
    for curves, one in ((spoken_curves(), crossed), (standard_curves(), of_letters)):
        found, alone = crossed_curves(curves, both), crossed_curves(curves, one)
        pd.testing.assert_frame_equal(found, alone)
    with_letters = crossed_curves(standard_curves(), both)
    assert set(with_letters["order"]) == {0, 1}
    assert set(with_letters["form"]) == {"chosen"}


def test_means_and_intervals_are_those_of_either_vector(crossed: pd.DataFrame) -> None:
    found = agreement(crossed_curves(spoken_curves(), crossed))
    assert len(found) == len(DOES) * len(SETTINGS)
    own = select(spoken_curves())
    own = means(own[own["concept"].isin(list(DOES))], "steerability", ["concept"])
    for row in own.to_dict("records"):
        one, share = home(found, row["concept"]), DOES[row["concept"]]
        ends = [one[f"own{end}"] for end in ("", "_low", "_high")]
        assert ends == pytest.approx([row["mean"], row["low"], row["high"]])
        assert one["crossed"] == pytest.approx(share[0] * row["mean"] + share[1])
        assert (one["n"], one["groups"]) == (row["n"], 12)
    strong, weak = home(found, "strong"), home(found, "weak")
    assert strong["crossed_low"] == pytest.approx(0.5 * strong["own_low"])
    assert weak["crossed_low"] < weak["crossed"] < weak["crossed_high"] < 0


def test_the_rank_correlation_is_over_questions_on_as_many_units_as_groups() -> None:
    curves = spoken_curves()
    crossed = crossed_of(curves, {"strong": (1.0, 0.0), "weak": (0.5, 0.1)}, noise=0.2)
    found = agreement(crossed_curves(curves, crossed))
    own = select(curves[curves["concept"] == "weak"]).set_index("item")["steerability"]
    other = crossed[(crossed["concept"] == "weak") & (crossed["prompt_setting"] == "BASE")]
    expected = rank_correlation(
        own, other.set_index("item")["steerability"].loc[own.index], units=12
    )
    row = home(found, "weak")
    ends = [row[name] for name in ("rho", "rho_low", "rho_high")]
    assert ends == pytest.approx([expected[name] for name in ("rho", "low", "high")])
    assert 0 < row["rho"] < 1
    assert row["n"] == len(own) > 12


def test_vectors_that_do_the_same_agree_wholly_and_turned_ones_not_at_all(
    crossed: pd.DataFrame,
) -> None:
    found = agreement(crossed_curves(spoken_curves(), crossed))
    assert home(found, "reversed")["rho"] == pytest.approx(1)
    assert home(found, "strong")["rho"] == pytest.approx(1), "half as much ranks the same"
    assert home(found, "weak")["rho"] == pytest.approx(-1)
    assert math.isnan(home(found, "inert")["rho"]), "a slope that is the same everywhere"


def test_both_orders_of_a_question_are_one_point() -> None:
    """With letters: a push towards a letter cancels between the orders."""
    curves = standard_curves()
    pushed = crossed_of(curves, {"strong": (1.0, 0.0)})
    side = np.where(pushed["order"] == 0, 1, -1)
    pushed = pushed.assign(steerability=pushed["steerability"] + 9 * side)
    row = home(agreement(crossed_curves(curves, pushed)), "strong")
    assert row["rho"] == pytest.approx(1)
    assert row["n"] == select(curves[curves["concept"] == "strong"])["item"].nunique()
    assert row["groups"] == 10


def test_over_concepts_their_means_are_ranked(crossed: pd.DataFrame) -> None:
    does = dict.fromkeys(DESIGNS, (0.5, 0.0))
    table = over_concepts(
        agreement(crossed_curves(spoken_curves(), crossed_of(spoken_curves(), does)))
    )
    assert set(table["prompt_setting"]) == set(SETTINGS)
    assert table["rho"].to_numpy() == pytest.approx(1)
    assert set(table["n"]) == {len(DESIGNS)}
    assert (table["low"] < 0.9).all(), "six concepts tell little"
    three = crossed[crossed["concept"] != "inert"]
    few = over_concepts(agreement(crossed_curves(spoken_curves(), three)))
    assert few["rho"].isna().all()
    assert set(few["n"]) == {3}
