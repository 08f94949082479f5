"""Shares and spreads over wordings, against a truth that was planted."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from steering.analysis.wordings import by_family, by_wording, variances
from steering.records.wordings import PAIRS, PUBLISHED
from tests.support.worded import slopes_in_words


def test_shares_are_those_that_were_planted() -> None:
    shares = {"labels": 1.0, "typos": 0.5, "context": -0.4}
    found = by_family(slopes_in_words(shares, slope=2.0), 0.8).set_index("family")
    assert found["share"].to_dict() == pytest.approx(shares, abs=0.15)
    assert (found["low"] < found["share"]).all()
    assert (found["share"] < found["high"]).all()
    assert found.loc["typos", "p_weaker"] < 0.05 < found.loc["labels", "p_turned"] + 0.05
    assert found.loc["context", "p_turned"] < 0.05
    assert found["base"].nunique() == 1
    assert found["mass"].to_dict() == pytest.approx(dict.fromkeys(shares, 0.9))
    assert (found["wordings"] == 4).all()
    assert (found["groups"] == 20).all()


def test_a_vector_that_pushes_the_other_way_has_the_same_shares() -> None:
    one = by_family(slopes_in_words(), 0.8)
    other = by_family(slopes_in_words(slope=-1.0), 0.8)
    columns = ["share", "low", "high", "p_weaker", "p_turned"]
    pd.testing.assert_frame_equal(one[columns], other[columns])
    assert other["base"].iloc[0] == -one["base"].iloc[0]


def test_more_questions_make_an_interval_no_smaller_than_its_wordings_allow() -> None:
    def width(questions: int, wordings: int) -> float:
        table = slopes_in_words(
            {"labels": 1.0}, of_wordings=0.4, questions=questions, wordings=wordings, seed=1
        )
        row = by_family(table, 0.8).iloc[0]
        return float(row["high"] - row["low"])

    assert width(400, 5) > 0.5 * width(25, 5)
    assert width(25, 40) < 0.6 * width(25, 5)


def test_the_order_of_rows_does_not_matter() -> None:
    table = slopes_in_words()
    mixed = table.sample(frac=1, random_state=0)
    columns = ["family", "share", "low", "high", "p_weaker"]
    one, other = (
        by_family(each, 0.8)[columns].sort_values("family", ignore_index=True)
        for each in (table, mixed)
    )
    pd.testing.assert_frame_equal(one, other)
    together = [variances(each).sort_values("source", ignore_index=True) for each in (table, mixed)]
    pd.testing.assert_frame_equal(*together)


def test_without_the_published_wording_nothing_is_compared() -> None:
    table = slopes_in_words()
    assert by_family(table[table["wording_family"] != PUBLISHED], 0.8).empty


def test_of_a_question_that_one_wording_lacks_no_share_is_told() -> None:
    table = slopes_in_words({"labels": 1.0})
    lacking = (table["wording"] == "w1") & (table["item"] == 3)
    assert by_family(table[~lacking], 0.8)["share"].isna().all()


def test_each_wording_has_a_share_of_its_own() -> None:
    found = by_wording(slopes_in_words())
    assert len(found) == 8
    means = found.groupby("family")["share"].mean()
    assert means.to_dict() == pytest.approx({"labels": 1.0, "typos": 0.5}, abs=0.15)


def test_spreads_leave_out_fewer_pairs_and_wordings_that_are_not_answered() -> None:
    shares = {"labels": 1.0, "order": 1.0, "role": 1.0}
    table = slopes_in_words(shares, wordings=5, of_wordings=0.2, questions=40)
    found = variances(table).set_index("source")
    assert found.loc["question", "sd"] == pytest.approx(0.3, abs=0.1)
    assert found.loc["wording", "low"] < 0.2 < found.loc["wording", "high"]
    assert (found["wordings"] == 15).all()
    silent = table.assign(
        letter_mass=np.where(table["wording_family"] == "role", 0.01, table["letter_mass"])
    )
    few = silent.assign(wording_family=silent["wording_family"].replace("order", PAIRS))
    assert (variances(silent)["wordings"] == 10).all()
    left = variances(few)
    assert (left["wordings"] == 5).all()
    assert "family" not in set(left["source"])
