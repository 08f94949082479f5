"""The letter and the word of the positive answer: planted pushes are found, and taken out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from steering.analysis.curves import RUN_KEY, select
from steering.analysis.letters import by_answer, counterbalanced, position_bias
from steering.analysis.statistics.training_pairs import beside_resampled, means
from tests.support.spoken import spoken_curves
from tests.support.synthetic import DESIGNS, standard_curves


def test_answers_show_the_bias_that_was_planted() -> None:
    table = by_answer(standard_curves()).set_index(["concept", "positive_letter"])
    letter = table.loc["letter"]
    assert letter.loc["A", "mean"].to_list() == pytest.approx([4.0, 4.0], abs=0.05)
    assert letter.loc["B", "mean"].to_list() == pytest.approx([-1.0, -1.0], abs=0.05)
    yes = table.loc["yes"].set_index("positive_is_yes", append=True)["mean"]
    assert yes[("A", True)] == pytest.approx(4.0, abs=0.05)
    assert yes[("B", False)] == pytest.approx(-1.0, abs=0.05)
    assert table["n"].groupby("concept").sum().eq(80).all()


def test_answers_without_yes_and_no_keep_their_rows() -> None:
    curves = select(standard_curves())
    unknown = curves.assign(positive_is_yes=pd.array([pd.NA] * len(curves), dtype="boolean"))
    table = by_answer(unknown)
    assert len(table) == 2 * len(DESIGNS)
    assert table["n"].sum() == len(curves)


def test_neither_is_a_level_beside_yes_and_no() -> None:
    curves = select(standard_curves()).query("concept == 'yes'")
    some = curves["item"] % 3 == 0
    low = curves["steerability"].where(~some, -9.0)
    table = by_answer(
        curves.assign(steerability=low, positive_is_yes=curves["positive_is_yes"].mask(some))
    )
    assert table["positive_letter"].to_list() == ["A", "A", "A", "B", "B", "B"]
    words = table["positive_is_yes"].to_list()
    assert words[:2] == words[3:5] == [True, False]
    neither = table[table["positive_is_yes"].isna()]
    assert neither["mean"].to_list() == pytest.approx([-9, -9])
    assert table["n"].sum() == len(curves)


def test_both_orders_together_are_free_of_the_bias_towards_a_letter() -> None:
    table = counterbalanced(select(standard_curves())).groupby("concept")
    slope, bias = table["steerability"], table["position_bias"]
    assert slope.mean()["letter"] == pytest.approx(1.5, abs=0.02)
    assert slope.std()["letter"] < 0.05
    assert bias.mean()["letter"] == pytest.approx(2.5, abs=0.02)  # A steers more: positive
    assert bias.mean()["yes"] == pytest.approx(0.0, abs=0.02)
    assert table.size().eq(40).all()
    planted = table["planted_position_bias"].mean()
    assert planted["letter"] == pytest.approx(2.5)
    assert planted["strong"] == pytest.approx(0.0)


def test_an_item_of_one_order_only_cannot_be_counterbalanced() -> None:
    curves = select(standard_curves())
    lone = curves[(curves["item"] != 0) | (curves["order"] == 0)]
    assert len(counterbalanced(lone)) == len(counterbalanced(curves)) - len(DESIGNS)


def test_the_error_of_a_mean_of_two_orders() -> None:
    curves = select(standard_curves())
    first = curves[(curves["concept"] == "strong") & (curves["item"] == 0)]
    row = counterbalanced(first).iloc[0]
    expected = np.sqrt((first["standard_error"] ** 2).sum()) / 2
    assert row["standard_error"] == pytest.approx(expected)


def test_questions_without_letters_pass_through() -> None:
    """They have no order: what was measured is the slope, and there is no push to a letter."""
    curves = select(spoken_curves())
    table = counterbalanced(curves)
    assert len(table) == len(curves)
    pd.testing.assert_frame_equal(table[curves.columns], curves)
    assert table[["position_bias", "planted_position_bias"]].isna().all(axis=None)


def test_letters_are_counterbalanced_beside_questions_without() -> None:
    lettered, spoken = select(standard_curves()), select(spoken_curves())
    both = counterbalanced(pd.concat([spoken, lettered], ignore_index=True))
    alone = counterbalanced(lettered)
    of_form = {form: part.reset_index(drop=True) for form, part in both.groupby("form")}
    words = dict.fromkeys(alone.select_dtypes("category").columns, "str")
    mixed = of_form["chosen"][alone.columns].astype(words)
    pd.testing.assert_frame_equal(mixed, alone.astype(words), check_dtype=False)
    slopes = of_form["said"]["steerability"]
    assert slopes.tolist() == spoken["steerability"].tolist()
    assert of_form["said"]["position_bias"].isna().all()


def test_position_bias_has_the_interval_of_its_items() -> None:
    table = position_bias(standard_curves()).set_index("concept")
    items = counterbalanced(beside_resampled(standard_curves()))
    again = means(items, "position_bias", RUN_KEY).set_index("concept")
    assert table.loc["letter"].equals(again.loc["letter"])
    assert table.loc["letter", "n"] == 40
