"""Figure 3: a row for each positive answer that occurs, with its count."""

from __future__ import annotations

import pandas as pd
import pytest
from matplotlib.colors import same_color

from steering.analysis.curves import select
from steering.analysis.letters import by_answer
from steering.figures.letters import steerability_by_answer
from steering.figures.theme import LETTER_COLOURS, VERMILION
from tests.support.drawn import UNIT, labels, points, questions_drawn
from tests.support.synthetic import standard_curves


def test_answers_are_counted() -> None:
    curves = select(standard_curves())
    curves = curves[curves["concept"] == "letter"]
    answers = by_answer(curves)
    ax = steerability_by_answer(curves, answers)
    counts = answers["n"].to_list()
    assert labels(ax) == [
        f"{answer} n = {n}"
        for answer, n in zip(("A = Yes", "A = No", "B = Yes", "B = No"), counts, strict=True)
    ]
    assert [x for x, _ in points(ax, "o")] == pytest.approx(answers["mean"].to_list())
    assert UNIT in ax.get_xlabel()


def test_answers_without_yes_and_no_are_letters_only() -> None:
    curves = select(standard_curves())
    curves = curves[curves["concept"] == "letter"]
    curves = curves.assign(positive_is_yes=pd.array([pd.NA] * len(curves), dtype="boolean"))
    ax = steerability_by_answer(curves, by_answer(curves))
    assert labels(ax) == ["A n = 40", "B n = 40"]


def test_neither_yes_nor_no_is_a_row_of_its_own() -> None:
    curves = select(standard_curves())
    curves = curves[curves["concept"] == "letter"]
    some = curves["item"] % 3 == 0
    curves = curves.assign(positive_is_yes=curves["positive_is_yes"].mask(some))
    answers = by_answer(curves)
    ax = steerability_by_answer(curves, answers)
    words = ["A = Yes", "A = No", "A = neither", "B = Yes", "B = No", "B = neither"]
    counts = answers["n"].to_list()
    assert labels(ax) == [f"{word} n = {n}" for word, n in zip(words, counts, strict=True)]
    assert counts[2] == counts[5] == some.sum() / 2
    assert len({round(y) for _, (_, y), _ in questions_drawn(ax)}) == 6


def test_every_curve_is_a_dot_in_the_colour_of_its_letter_and_falling_ones_stand_out() -> None:
    curves = select(standard_curves()).query("concept == 'letter'")
    fallen = curves.index[:3]
    curves = curves.assign(
        steerability=curves["steerability"].abs().where(~curves.index.isin(fallen), -1.5)
    )
    ax = steerability_by_answer(curves, by_answer(curves))
    drawn = questions_drawn(ax)
    shown = {
        colour: [x for dots, (x, _), _ in drawn if same_color(dots.get_facecolor()[0, :3], colour)]
        for colour in (*LETTER_COLOURS.values(), VERMILION)
    }
    assert all("concept=letter&item=" in url for _, _, url in drawn)
    assert sorted(shown.pop(VERMILION)) == [-1.5] * 3
    for letter, colour in LETTER_COLOURS.items():
        own = curves[(curves["positive_letter"].astype(str) == letter)]
        own = own[own["steerability"] >= 0]
        assert sorted(shown[colour]) == pytest.approx(sorted(own["steerability"]))
