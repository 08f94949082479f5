"""Figure 3: a row for each positive answer that occurs, with its count."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgb

from steering.analysis.curves import select
from steering.analysis.letters import by_answer
from steering.figures.letters import steerability_by_answer
from steering.figures.theme import LETTER_COLOURS
from tests.support.drawn import UNIT, labels, points
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
    assert [x for x, _ in points(ax)] == pytest.approx(answers["mean"].to_list())
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
    assert len([part for part in ax.collections if isinstance(part, PolyCollection)]) == 6


def test_violins_are_coloured_by_the_letter() -> None:
    curves = select(standard_curves()).query("concept == 'letter'")
    ax = steerability_by_answer(curves, by_answer(curves))
    violins = [part for part in ax.collections if isinstance(part, PolyCollection)]
    colours = {
        round(float(part.get_paths()[0].vertices[:, 1].mean())): to_rgb(part.get_facecolor()[0][:3])
        for part in violins
    }
    at_a, _, at_b, _ = (colours[row] for row in range(4))
    assert colours[1] == at_a != at_b == colours[3]
    # seaborn takes some of a colour's saturation.
    for colour, letter in ((at_a, "A"), (at_b, "B")):
        assert math.dist(colour, to_rgb(LETTER_COLOURS[letter])) < 0.3
