"""Questions in full: those at even places of the slopes, with the answer at three λ."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from steering.analysis.curves import curve_table, select
from steering.analysis.letters import counterbalanced
from steering.analysis.question import questions_in_full
from steering.analysis.verdict.table import verdicts
from tests.support.designs import DESIGNS
from tests.support.synthetic import results, standard

ONE = results({"reversed": DESIGNS["reversed"]})
CURVES = curve_table(ONE)


def test_they_go_from_the_lowest_slope_to_the_highest() -> None:
    shown = questions_in_full(ONE, CURVES)
    slopes = counterbalanced(select(CURVES)).set_index("item")["steerability"]
    assert [question.slope for question in shown] == sorted(question.slope for question in shown)
    assert shown[0].slope == pytest.approx(slopes.min())
    assert shown[-1].slope == pytest.approx(slopes.max())
    assert shown[0].place == "lowest slope"
    assert shown[0].outcome == "", "no verdict was given"
    (place,) = (at for at, value in slopes.items() if value == slopes.min())
    assert shown[0].item == place


def test_the_answers_are_points_of_the_sweep_in_both_orders() -> None:
    question = questions_in_full(ONE, CURVES)[2]
    assert question.answers["multiplier"].unique().tolist() == [-1.5, 0, 1.5]
    sweep = select(ONE.sweep)
    own = sweep[(sweep["item"] == question.item) & (sweep["layer"] == 4)]
    for row in question.answers.itertuples():
        at = own[(own["order"] == row.order) & (own["multiplier"] == row.multiplier)]
        assert at["propensity"].item() == row.propensity
    letters = question.answers.groupby("order")["positive_letter"].first()
    assert letters[0] == question.positive_letter
    assert {*letters} == {"A", "B"}


def test_the_verdict_on_each_question_is_told_where_there_is_one() -> None:
    shown = questions_in_full(ONE, CURVES, verdicts=verdicts(ONE))
    assert shown[0].outcome == "moves this question the wrong way"
    assert shown[-1].outcome == "moves this question the right way"


def test_a_run_without_words_has_questions_without_tokens() -> None:
    prompts = ONE.prompts.assign(text="", token_ids=[[] for _ in range(len(ONE.prompts))])
    shown = questions_in_full(replace(ONE, prompts=prompts), CURVES)
    assert {question.tokens for question in shown} == {()}
    assert shown[0].prompt_tokens == prompts["read_position"].iloc[0]


def test_of_few_questions_none_is_shown_twice() -> None:
    few = CURVES[CURVES["item"].isin(CURVES["item"].unique()[:2])]
    items = [question.item for question in questions_in_full(ONE, few)]
    assert len(items) == 2
    assert len({*items}) == 2
    assert len(questions_in_full(ONE, CURVES, most=3)) == 3


def test_without_letters_or_curves_there_is_none_and_of_two_runs_it_is_refused() -> None:
    assert questions_in_full(ONE, CURVES[:0]) == []
    assert questions_in_full(ONE, CURVES.assign(form="said")) == []
    assert questions_in_full(ONE, CURVES.assign(positive_letter=pd.NA)) == []
    with pytest.raises(ValueError, match="one run"):
        questions_in_full(standard(), curve_table(standard()))
