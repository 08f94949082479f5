"""A row for each concept says what was planted in it."""

from __future__ import annotations

import pandas as pd
import pytest

from steering.analysis.curves import select
from steering.analysis.variability import (
    by_concept,
    question_slopes,
    spread_agreement,
    spread_by_concept,
)
from steering.analysis.verdict.outcomes import FOLLOWS, QUESTION, REVERSED, of_claim
from tests.support.synthetic import DESIGNS, standard_curves, standard_verdicts


def test_every_concepts_row_says_what_was_planted() -> None:
    table = by_concept(standard_curves()).set_index("concept")
    base = select(standard_curves())
    assert list(table.index) == list(DESIGNS)
    for concept, row in table.iterrows():
        slopes = base[base["concept"] == concept]
        assert row["mean"] == pytest.approx(slopes["steerability"].mean())
        assert row["anti_steerable"] == pytest.approx((slopes["steerability"] < 0).mean())
        assert row["low"] <= slopes["planted_steerability"].mean() <= row["high"]
        assert row["anti_steerable_low"] <= row["anti_steerable"] <= row["anti_steerable_high"]
        assert (row["n"], row["items"], row["groups"], row["vectors"]) == (80, 40, 10, 20)
        questions = slopes.groupby("item")["steerability"].mean()
        assert row["questions"] == len(questions) == 40
        assert row["sd"] == pytest.approx(questions.std())
        assert row["reversed"] == pytest.approx((questions < 0).mean())
        assert row["reversed_low"] <= row["reversed"] <= row["reversed_high"]
        assert 0 <= row["chance_reversed_low"] <= row["chance_reversed_high"] <= 1
    assert table.loc["strong", "anti_steerable"] == 0 < table.loc["strong", "anti_steerable_high"]
    assert table.loc["inert", "anti_steerable"] > 0.3
    assert table.loc["reversed", "reversed"] == pytest.approx(0.3, abs=0.11)
    assert table.loc["strong", "r_squared"] > 0.99
    assert not [name for name in table.columns if name.endswith(("_x", "_y"))]


def test_another_pair_of_settings_is_another_table() -> None:
    shifted = by_concept(standard_curves(), vector_setting="SYS_POS", prompt_setting="USER_NEG")
    base = by_concept(standard_curves())
    ratio = shifted.set_index("concept")["mean"] / base.set_index("concept")["mean"]
    assert ratio["strong"] == pytest.approx(0.5, abs=0.02)
    assert ratio["letter"] == pytest.approx(1.0, abs=0.02)
    assert shifted["vectors"].eq(20).all()


def test_variances_are_those_between_curves_and_their_intervals_hold_them() -> None:
    found = spread_by_concept(standard_curves()).set_index(
        ["concept", "vector_setting", "prompt_setting"]
    )
    base = select(standard_curves())
    for concept in DESIGNS:
        slopes = base.loc[base["concept"] == concept, "steerability"]
        row = found.loc[(concept, "BASE", "BASE")]
        assert row["mean"] == pytest.approx(slopes.mean())
        assert row["variance"] == pytest.approx(slopes.var())
        assert row["variance_low"] <= row["variance"] <= row["variance_high"]
        assert row["mean_low"] <= row["mean"] <= row["mean_high"]
    halved = found.loc[("strong", "BASE", "USER_NEG"), "variance"]
    assert halved == pytest.approx(found.loc[("strong", "BASE", "BASE"), "variance"] / 4, rel=0.1)


def test_tables_put_below_each_other_need_no_index_of_their_own() -> None:
    table = standard_curves()
    both = pd.concat([table, table.assign(model="robin")])
    found = by_concept(both).set_index(["model", "concept"])
    columns = ["mean", "low", "anti_steerable", "reversed", "chance_high"]
    assert found.loc["robin", columns].equals(found.loc["wren", columns])
    alone = by_concept(table).set_index("concept")
    assert found.loc["wren", columns].equals(alone[columns])


def test_a_push_towards_a_letter_reverses_curves_and_no_question() -> None:
    """Half of these curves fall, and were called questions that move the wrong way.

    Planted is a slope of 1.5 on every question, and a push of 2.5 towards A: with the positive
    answer at B all curves fall, and no question is moved the wrong way.
    """
    row = by_concept(standard_curves()).set_index("concept").loc["letter"]
    assert row["anti_steerable"] == pytest.approx(0.5)
    assert row["reversed"] == 0
    spread = select(standard_curves()).query("concept == 'letter'")["steerability"].std()
    assert spread > 2.4, "the curves differ by the letter, and not by the question"
    assert row["sd"] < 0.1


def test_questions_of_one_order_only_have_no_share() -> None:
    curves = standard_curves()
    row = by_concept(curves[curves["order"] == 0]).set_index("concept").loc["strong"]
    assert row["questions"] == 0
    assert row[["sd", "reversed", "reversed_low", "chance_reversed_low"]].isna().all()
    assert row["anti_steerable"] == 0


def test_without_random_vectors_there_is_no_band_of_chance() -> None:
    table = by_concept(select(standard_curves()))
    assert (table["vectors"] == 0).all()
    bands = ["chance_low", "chance_high", "chance_reversed_low", "chance_anti_high"]
    assert table[bands].isna().all(axis=None)
    assert table["reversed"].notna().all()


def test_slopes_of_questions_stand_beside_their_own_chance_and_verdict() -> None:
    curves = standard_curves()
    table = question_slopes(curves, standard_verdicts())
    assert len(table) == 40 * len(DESIGNS)
    one = table[(table["concept"] == "reversed")].iloc[0]
    at = curves["concept"].eq("reversed") & curves["item"].eq(one["item"])
    base = curves[at & curves["prompt_setting"].eq("BASE") & curves["vector_setting"].eq("BASE")]
    made = base[base["direction"] == "contrastive"]
    assert one["steerability"] == pytest.approx(made["steerability"].mean())
    drawn = base[base["direction"] == "random"].groupby("number")["steerability"].mean()
    assert one["chance_sd"] == pytest.approx((drawn**2).mean() ** 0.5)
    judged = of_claim(standard_verdicts(), QUESTION)
    assert (table["outcome"] == REVERSED).sum() == (judged["outcome"] == REVERSED).sum() > 0
    assert (table.loc[table["outcome"] == REVERSED, "steerability"] < 0).all()
    assert (table.loc[table["outcome"] == FOLLOWS, "steerability"] > 0).all()
    assert "outcome" not in question_slopes(curves)


def test_mean_and_variance_agree_where_they_are_planted_to() -> None:
    size = [0.1, 0.2, 0.3, 0.4, 0.5]
    planted = pd.DataFrame(
        {"model": "wren", "kind": "a", "mean": [-0.1, 0.2, -0.3, 0.4, 0.5], "variance": size}
    )
    reverse = planted.assign(kind="b", variance=size[::-1])
    few = planted[:3].assign(kind="c")
    found = spread_agreement(pd.concat([planted, reverse, few])).set_index("kind")
    assert found.loc["a", "rho"] == pytest.approx(1)
    assert found.loc["b", "rho"] == pytest.approx(-1)
    assert pd.isna(found.loc["c", "rho"])
    assert list(found["n"]) == [5, 5, 3]
