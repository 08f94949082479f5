"""What a model of ours does beside what it was taught is told as its tables have it."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from IPython.display import Markdown

from steering.analysis.embedded_model import (
    accuracy,
    answers,
    calibration,
    kinds,
    planted_intercepts,
)
from steering.figures.caption import Captioned
from steering.prose import taught as told
from steering.records.kinds import PUBLIC
from tests.support.synthetic import standard, standard_curves


def test_ours_and_public_sets_are_counted_apart() -> None:
    whole = standard()
    kind = kinds(whole, []) | {"weak": PUBLIC}
    found = accuracy(answers(whole, kind), ["kind"])
    ours, public = told.accuracy_sentences(found).splitlines()
    assert ours.startswith("- On our concepts, where the teacher asks for more than 0.4 logits")
    assert "**100\u202f%** of 2000 prompts" in ours
    assert "**50\u202f%** of 320 prompts" in public
    assert told.accuracy_sentences(found.iloc[:0]).startswith("Nothing was asked")


def test_calibration_has_a_row_for_each_setting() -> None:
    table = told.calibration_table(
        calibration(planted_intercepts(standard_curves()), ["prompt_setting"])
    )
    assert len(table.data.splitlines()) == 7


@pytest.fixture
def displayed(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    shown: list[Any] = []
    monkeypatch.setattr(told, "display", lambda *each: shown.extend(each))
    return shown


def test_what_was_not_asked_or_planted_is_said_in_a_sentence(displayed: list[Any]) -> None:
    whole = standard()
    told.show_calibration(
        planted_intercepts(standard_curves().assign(planted_intercept=float("nan")))
    )
    told.show_accuracy(answers(whole, kinds(whole, [])).iloc[:0])
    assert len(displayed) == 2
    assert all(isinstance(one, Markdown) and one.data for one in displayed)


def test_answers_and_calibration_have_a_figure_each(displayed: list[Any]) -> None:
    whole = standard()
    told.show_accuracy(answers(whole, kinds(whole, [])))
    said, figure = displayed
    assert said.data.startswith("- On our concepts")
    assert figure.n == "80 prompts in a cell"
    displayed.clear()
    told.show_calibration(planted_intercepts(standard_curves()))
    figure, table = displayed
    assert isinstance(figure, Captioned)
    assert "the middle 90\u202f% of the prompts" in figure.interval
    assert len(table.data.splitlines()) == 2 + 5


def test_cells_above_chance_are_counted_by_their_intervals() -> None:
    cells = pd.DataFrame(
        [("tidy", "BASE", 0.9, 0.8, 0.95), ("frugal", "USER_NEG", 0.55, 0.45, 0.65)],
        columns=["concept", "prompt_setting", "share", "low", "high"],
    )
    assert told.accuracy_finding(cells) == (
        "In 1 of 2 pairs of a concept and a prompt setting, the interval of the share that is "
        "answered as asked lies above one half; the lowest share is 55\u202f% "
        "(45\u00a0to\u00a065\u202f%), on frugal in USER_NEG."
    )


def test_a_model_that_does_as_planted_is_told_to_rise_by_one() -> None:
    curves = planted_intercepts(standard_curves())
    exact = curves.assign(planted_intercept=curves["intercept"])
    said = told.calibration_finding(calibration(exact, []))
    assert "rises by 1.00 (1.00\u00a0to\u00a01.00) logits" in said
    assert "the two differ by 0 logits" in said
    half = curves.assign(planted_intercept=2 * curves["intercept"])
    assert "rises by 0.50 (" in told.calibration_finding(calibration(half, []))


def test_the_loss_is_compared_within_a_stage() -> None:
    curve = pd.DataFrame(
        [("one", 5.0), ("one", 1.0), ("two", 1.5), ("two", 1.6)], columns=["stage", "loss"]
    )
    assert told.loss_finding(curve) == (
        "The loss falls in 1 of 2 stages of training, most in the stage one: from 5.00 to 1.00."
    )
