"""The questions that a vector moves least and most."""

from __future__ import annotations

from steering.analysis.concept_run import together
from steering.analysis.curves import select
from steering.analysis.question_order import lowest_and_highest
from tests.support.concept_runs import runs


def test_of_one_model_they_are_its_lowest_and_highest_slopes() -> None:
    run = runs()[0]
    chosen = lowest_and_highest(run.questions, run.curves, few=3)
    slopes = run.questions["steerability"].sort_values()
    assert chosen["steerability"].to_list() == [*slopes.iloc[:3], *slopes.iloc[-3:]]
    assert chosen["end"].to_list() == ["lowest"] * 3 + ["highest"] * 3


def test_both_orders_stand_beside_and_their_mean_is_the_slope() -> None:
    run = runs()[0]
    chosen = lowest_and_highest(run.questions, run.curves)
    assert ((chosen["first"] + chosen["second"]) / 2 - chosen["steerability"]).abs().max() < 1e-9
    curve = select(run.curves)
    curve = curve[(curve["item"] == chosen["item"].iloc[0]) & (curve["order"] == 0)]
    assert curve["steerability"].to_list() == [chosen["first"].iloc[0]]


def test_a_model_with_larger_slopes_does_not_decide_alone() -> None:
    both = runs()
    questions, curves = together(both, "questions"), together(both, "curves")
    chosen = lowest_and_highest(questions, curves)
    larger = questions.copy()
    larger.loc[larger["model"] == "linnet", "steerability"] *= 1000
    assert lowest_and_highest(larger, curves)["item"].to_list() == chosen["item"].to_list()


def test_few_questions_stand_at_one_end_only() -> None:
    run = runs()[0]
    three = run.questions.iloc[:3]
    chosen = lowest_and_highest(three, run.curves)
    assert chosen["end"].to_list() == ["lowest", "highest"]
    assert lowest_and_highest(run.questions.iloc[:0], run.curves).empty
