"""Strength: planted curves and costs come out as they went in, and no bend is claimed of a line."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from steering.analysis import strength
from tests.support import strong

CARDS = ({"concept": {"name": "strong", "source": "own"}, "model": {"name": "m"}},)


def results(items=10):
    table = pd.DataFrame(
        {"concept": "strong", "item": range(items), "group": [f"g{at}" for at in range(items)]}
    )
    return SimpleNamespace(items=table, cards=CARDS)


def reach_of(curve, **options):
    swept = strong.swept(curve, **options)
    return strength.reaches(strength.responses(swept, results())).iloc[0]


def test_a_cost_is_the_loss_against_the_same_text_without_a_vector():
    table = strength.costs_by_dose(strong.costs(), CARDS)
    own = table[table["chosen"] & (table["direction"] == "contrastive")]
    assert own["loss"].to_numpy() == pytest.approx(own["dose"] ** 2, rel=0.15)
    assert (own["low"] < own["dose"] ** 2).mean() > 0.8
    assert own["divergence"].to_numpy() == pytest.approx(2 * own["loss"], rel=1e-9)
    assert own["first"].to_numpy() == pytest.approx(own["loss"] / 2, rel=1e-9)
    assert {*own["texts"]} == {8}
    assert (own["dose"] < 0).sum() == len(strong.DOSES), "the sign of λ is that of the dose"
    elsewhere = table[~table["chosen"]]
    assert list(elsewhere["layer"]) == [1]
    assert elsewhere["loss"].iloc[0] == pytest.approx(2 * 0.35**2, rel=0.2)


def test_random_vectors_stand_beside_the_vector_at_the_same_dose():
    table = strength.costs_by_dose(strong.costs(), CARDS)
    (row,) = strength.beside_random(table).to_dict("records")
    assert row["dose"] == pytest.approx(0.35)
    assert row["random"] == pytest.approx(row["own"] / 2, rel=0.2)


def test_a_persona_costs_what_it_takes_from_the_same_texts():
    (row,) = strength.personas(strong.costs()).to_dict("records")
    assert (row["prompt_setting"], row["texts"]) == ("SYS_POS", 8)
    assert row["loss"] == pytest.approx(0.25)
    assert strength.fluency(strong.costs())["log_likelihood"].to_list() == pytest.approx([-2.35])


def test_replies_that_loop_or_are_empty_are_counted_by_dose():
    table = strength.degenerate(strong.costs()).set_index("dose")
    assert table["degenerate"].to_dict() == pytest.approx(
        {dose: 0.25 if dose == 1 else 0.0 for dose in (0.0, *strong.DOSES)}
    )
    assert table.loc[1.0, "replies"] == 16, "of either sign"
    assert table.loc[1.0, "low"] < 0.25 < table.loc[1.0, "high"]
    empty = strong.costs().assign(reply_tokens=0.0)
    assert (strength.degenerate(empty)["degenerate"] == 1).all()


def test_responses_are_the_mean_changes():
    table = strength.responses(strong.swept(lambda dose: 4 * dose), results())
    assert table["change"].to_numpy() == pytest.approx(4 * table["dose"], rel=0.1)
    assert (table.loc[table["dose"] == 0, "change"] == 0).all()
    inside = (table["low"] <= 4 * table["dose"]) & (4 * table["dose"] <= table["high"])
    assert inside[table["dose"] != 0].mean() > 0.8
    assert {*table["n"]} == {20}
    assert {*table["groups"]} == {10}


@pytest.mark.parametrize("sign", [1, -1])
def test_a_line_that_levels_off_ends_where_it_does(sign):
    row = reach_of(lambda dose: sign * 3 * np.tanh(2 * dose))
    assert row["slope"] == pytest.approx(sign * 6, rel=0.1)
    # 3·tanh(2d) is a quarter below 6·d near d = 0.5.
    assert row["bends"]
    assert 0.2 <= row["straight"] <= 0.5
    assert not row["turns"]


def test_a_curve_that_turns_over_is_told_with_its_best_dose():
    row = reach_of(lambda dose: 4 * dose * np.exp(-((dose / 0.5) ** 2)))
    assert row["turns"]
    assert row["best"] == pytest.approx(0.35)


def test_letters_that_lose_their_mass_are_told():
    row = reach_of(lambda dose: dose, mass=lambda dose: 1 / (1 + (2 * dose) ** 8))
    assert row["lost"] == pytest.approx(0.7)
    assert np.isnan(reach_of(lambda dose: dose)["lost"])


def test_a_straight_line_is_hardly_ever_called_bent():
    """False claims: lines with questions that differ by half of their slope."""
    bent = [reach_of(lambda dose: 4 * dose, spread=0.5, seed=seed)["bends"] for seed in range(60)]
    turned = [reach_of(lambda dose: 4 * dose, spread=0.5, seed=seed)["turns"] for seed in range(60)]
    assert np.mean(bent) <= 0.05
    assert np.mean(turned) <= 0.05


def test_without_any_rows_there_are_none():
    none = strong.costs()[:0]
    assert strength.costs_by_dose(none, CARDS).empty
    assert strength.personas(none).empty
    empty = strength.responses(strong.swept(lambda dose: dose)[:0], results())
    assert strength.reaches(empty).empty
    assert strength.beside_random(strength.costs_by_dose(none, CARDS)).empty


def test_one_dose_is_met_to_within_a_twentieth_by_own_vectors() -> None:
    rows = [("contrastive", 0.5), ("contrastive", 0.52), ("contrastive", 0.6), ("random", 0.5)]
    costs = pd.DataFrame([*rows, ("contrastive", -0.5)], columns=["direction", "dose"])
    assert list(strength.at_dose(costs, 0.5)["dose"]) == [0.5, 0.52]
