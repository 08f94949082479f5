"""Whether the vector that is read in the other form of the questions moves these answers too."""

from __future__ import annotations

import pandas as pd
import pytest

from steering.analysis.curves import select
from steering.analysis.statistics.training_pairs import means
from steering.analysis.verdict import outcomes
from steering.analysis.verdict.crossed import crossed_verdicts, of_both_vectors
from steering.analysis.verdict.nulls import tail
from steering.records.crossed import empty_crossed
from steering.records.verdicts import COLUMNS
from tests.support.many import MIXED, verdicts
from tests.support.spoken import crossed_of, spoken_answers, spoken_curves
from tests.support.synthetic import standard_answers, standard_curves

DOES = {"strong": (0.5, 0.0), "weak": (-1.0, 0.0), "inert": (0.0, 0.02), "reversed": (0.0, 0.9)}


def all_answer(answers: pd.DataFrame) -> pd.DataFrame:
    return answers.assign(answers=True, reason="")


def judged(
    crossed: pd.DataFrame,
    curves: pd.DataFrame | None = None,
    answers: pd.DataFrame | None = None,
) -> pd.DataFrame:
    curves = spoken_curves() if curves is None else curves
    answers = all_answer(spoken_answers()) if answers is None else answers
    return crossed_verdicts(curves, crossed, answers).set_index("concept")


def test_each_outcome_is_that_of_what_was_put_in() -> None:
    table = judged(crossed_of(spoken_curves(), DOES))
    assert table["outcome"].to_dict() == {
        "strong": outcomes.MOVES,
        "weak": outcomes.WRONG_WAY,
        "inert": outcomes.CHANCE,
        "reversed": outcomes.MOVES,
    }
    assert set(table["claim"]) == {outcomes.CROSSED}
    assert set(table["form"]) == {"said"}
    assert set(table["direction"]) == {"contrastive"}
    assert set(table["family"]) == {4}
    assert set(table["reason"]) == {""}
    own = select(spoken_curves())
    own = means(own, "steerability", ["concept"]).set_index("concept")["mean"]
    assert table.loc["strong", "estimate"] == pytest.approx(0.5 * own["strong"])
    assert table.loc["weak", "estimate"] == pytest.approx(-own["weak"])


def test_in_distribution_alone_and_only_in_the_form_of_the_questions() -> None:
    """What it does in other settings, and what the other vector does to letters, count nothing."""
    crossed = crossed_of(spoken_curves(), DOES)
    away = crossed["prompt_setting"] != "BASE"
    turned = crossed.assign(steerability=crossed["steerability"].where(~away, -9.0))
    letters = crossed_of(standard_curves(), {"strong": (-1.0, 0.0), "yes": (1.0, 0.0)})
    both = pd.concat([turned, letters], ignore_index=True)
    pd.testing.assert_frame_equal(judged(both), judged(crossed))
    found = judged(both, standard_curves(), all_answer(standard_answers()))
    assert found["outcome"].to_dict() == {"strong": outcomes.WRONG_WAY, "yes": outcomes.MOVES}
    assert set(found["form"]) == {"chosen"}


def test_p_is_that_of_random_vectors_alone() -> None:
    """Its training pairs are not resampled, and no labels are shuffled: neither is asked for."""
    curves = spoken_curves()
    few = curves[~curves["direction"].isin(["resampled", "shuffled"])]
    crossed = crossed_of(spoken_curves(), {"weak": (0.3, 0.0)})
    table = judged(crossed, few)
    pd.testing.assert_frame_equal(judged(crossed), table)
    random = select(curves[curves["concept"] == "weak"], direction="random")
    spread = float((random.groupby("number")["steerability"].mean() ** 2).mean() ** 0.5)
    expected = tail(table["estimate"], pd.Series(spread, table.index), pd.Series(20, table.index))
    assert table.loc["weak", "p"] == pytest.approx(expected["weak"])
    assert table.loc["weak", "q"] == table.loc["weak", "p"]


def test_an_interval_that_holds_zero_is_chance() -> None:
    crossed = crossed_of(spoken_curves(), {"strong": (0.0, 0.0)})
    # All of it stands in the pairs of two requests of twelve.
    some = crossed["request"].isin(["request-00", "request-05"])
    table = judged(crossed.assign(steerability=30.0 * some))
    row = table.loc["strong"]
    assert row["q"] < 0.05
    assert row["low"] <= 0 < row["estimate"]
    assert row["outcome"] == outcomes.CHANCE


def test_where_the_model_does_not_answer_nothing_is_claimed_and_no_family_counts_it() -> None:
    answers = all_answer(spoken_answers())
    silent = answers["concept"] == "strong"
    answers = answers.assign(answers=~silent, reason=answers["reason"].where(~silent, "no word"))
    table = judged(crossed_of(spoken_curves(), DOES), answers=answers)
    assert table.loc["strong", "outcome"] == outcomes.NO_ANSWER
    assert table.loc["strong", "reason"] == "no word"
    assert pd.isna(table.loc["strong", "p"])
    assert set(table.loc[["weak", "inert", "reversed"], "family"]) == {3}
    assert table.loc["reversed", "outcome"] == outcomes.MOVES


def test_with_too_few_random_vectors_or_groups_nothing_is_claimed() -> None:
    curves = spoken_curves()
    crossed = crossed_of(curves, DOES)
    few = curves[(curves["direction"] != "random") | (curves["number"] < 9)]
    table = judged(crossed, few)
    assert set(table["outcome"]) == {outcomes.TOO_LITTLE}
    assert set(table["reason"]) == {"9 random vectors, and at least 10 are needed"}
    asked = [f"request-{number:02d}" for number in range(9)]
    table = judged(crossed[crossed["request"].isin(asked)])
    assert set(table["outcome"]) == {outcomes.TOO_LITTLE}
    assert set(table["reason"]) == {"9 groups of test items, and at least 10 are needed"}


def test_where_none_was_tried_the_table_has_no_rows() -> None:
    for crossed in (empty_crossed(), crossed_of(standard_curves(), {"strong": (1.0, 0.0)})):
        table = crossed_verdicts(spoken_curves(), crossed, all_answer(spoken_answers()))
        assert table.empty
        assert list(table) == COLUMNS


def test_the_verdicts_say_which_vector_they_are_on() -> None:
    own = verdicts(MIXED, 3)
    said = own.assign(form="said")
    other = said.assign(claim=outcomes.CROSSED, outcome=outcomes.CHANCE)
    back = own.assign(claim=outcomes.CROSSED, outcome=outcomes.WRONG_WAY)
    letter = own.assign(claim=outcomes.LETTER, outcome=outcomes.CHANCE)
    table = of_both_vectors(pd.concat([own, said, other, back, letter], ignore_index=True))
    assert len(table) == 4 * len(MIXED)
    read = table.groupby(["vector", "form"])["outcome"].agg(set).to_dict()
    assert read[("chosen", "said")] == {outcomes.CHANCE}
    assert read[("said", "chosen")] == {outcomes.WRONG_WAY}
    assert read[("chosen", "chosen")] == read[("said", "said")] == set(own["outcome"])
