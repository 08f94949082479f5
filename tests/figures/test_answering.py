"""Whether the model answers, as drawn: a panel for each number that was measured."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from matplotlib.colors import to_hex

from steering.analysis.answering import LEAST_MASS
from steering.figures.answering import answers_by_concept
from tests.support.drawn import bars, labels, points, same
from tests.support.many import several
from tests.support.synthetic import DESIGNS, standard_answers


@pytest.fixture(scope="module")
def answers() -> pd.DataFrame:
    table = standard_answers()
    mass = [0.2 + 0.1 * place for place in range(len(table))]
    return table.assign(letter_mass=mass, letter_mass_low=0.1, letter_mass_high=0.9)


def test_each_number_has_a_panel_and_each_concept_a_row(answers: pd.DataFrame) -> None:
    figure = answers_by_concept(answers, least_mass=LEAST_MASS)
    place = {name: row for row, name in enumerate(labels(figure.axes[0]))}
    assert set(place) == set(DESIGNS)
    rows = answers["concept"].map(place)
    for ax, name in zip(figure.axes, ("letter_mass", "alike", "persona"), strict=True):
        assert same(points(ax, "o"), zip(answers[name], rows, strict=True))
        widths = answers[f"{name}_high"] - answers[f"{name}_low"]
        assert sorted(bars(ax)) == pytest.approx(sorted(widths), abs=1e-9)
    lines = [line.get_xdata()[0] for line in figure.axes[0].get_lines() if len(line.get_xdata())]
    assert LEAST_MASS in lines


def test_concepts_that_get_no_answer_are_hollow(answers: pd.DataFrame) -> None:
    told = answers.assign(answers=answers["concept"] != "weak")
    for ax in answers_by_concept(told, least_mass=LEAST_MASS).axes:
        hollow = [
            len(line.get_xdata())
            for line in ax.get_lines()
            if line.get_marker() == "o" and to_hex(line.get_markerfacecolor()) == "#ffffff"
        ]
        assert hollow == [1]


def test_what_was_not_measured_has_no_panel(answers: pd.DataFrame) -> None:
    figure = answers_by_concept(answers.assign(letter_mass=math.nan), least_mass=LEAST_MASS)
    assert len(figure.axes) == 2
    assert "same choice" in figure.axes[0].get_xlabel()


def test_many_concepts_of_several_kinds_can_be_drawn(answers: pd.DataFrame) -> None:
    figure = answers_by_concept(several(answers), least_mass=LEAST_MASS)
    figure.draw_without_rendering()
    assert len(points(figure.axes[1], "o")) == 2 * len(DESIGNS)
