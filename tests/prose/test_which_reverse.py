"""The table of questions: whose slope it is, and where it leads."""

from __future__ import annotations

from dataclasses import replace

from steering.analysis.concept_run import ConceptRun
from steering.analysis.verdict.outcomes import FOLLOWS
from steering.prose.which_reverse import MARKS, which_reverse
from steering.prose.words import number
from tests.support.concept_runs import runs


def test_the_lowest_stand_first_and_lead_to_the_explorer() -> None:
    run = runs()[0]
    lines = which_reverse([run]).data.splitlines()
    lowest = run.questions.sort_values("steerability").iloc[0]
    assert f"item={lowest['item']}" in lines[2]
    assert number(lowest["steerability"]) in lines[2]
    assert f"strong {lowest['item']}" in lines[2]


def test_a_mark_is_the_verdict_on_that_question() -> None:
    run = runs()[0]
    text = which_reverse([run]).data.split("\n\n")[0]
    highest = run.questions.sort_values("steerability").iloc[-1]
    assert highest["outcome"] == FOLLOWS
    assert f"{number(highest['steerability'])}{MARKS[FOLLOWS]}" in text


def test_runs_without_words_name_the_row() -> None:
    run = runs()[0]
    wordless = replace(run.results, items=run.results.items.assign(statement=""))
    text = which_reverse([ConceptRun(wordless, run.folder)]).data
    assert "of the data set</a>" in text
    assert "strong " not in text


def test_several_models_have_a_column_each() -> None:
    header = which_reverse(runs()).data.splitlines()[0]
    assert header == "| Question | Slope in wren | Slope in linnet |"
