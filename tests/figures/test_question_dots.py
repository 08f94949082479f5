"""Dots that are questions: where they lead, and that they are full or hollow."""

from __future__ import annotations

import pandas as pd
from matplotlib.colors import to_hex

from steering.figures.explorer_link import address
from steering.figures.question_dots import question_dots
from steering.figures.theme import BLUE, WHITE, axes
from tests.support.drawn import questions_drawn

ROWS = pd.DataFrame({"model": "m", "concept": "c", "item": [3, 5], "slope": [0.5, -1.0]})


def test_each_dot_leads_to_its_question() -> None:
    ax = axes(None)
    question_dots(ax, ROWS["slope"], [0, 1], ROWS, colour=BLUE, size=5)
    assert [(place, led) for _, place, led in questions_drawn(ax)] == [
        ((0.5, 0.0), address("m", "c", 3)),
        ((-1.0, 1.0), address("m", "c", 5)),
    ]


def test_a_hollow_dot_has_the_ground_inside_and_its_colour_around() -> None:
    for full, inside in ((True, BLUE), (False, WHITE)):
        dots = question_dots(
            axes(None), [0], [0], ROWS.head(1), colour=BLUE, size=5, full=full, marker="s"
        )
        assert to_hex(dots.get_facecolor()[0]) == inside.lower()
        assert to_hex(dots.get_edgecolor()[0]) == BLUE.lower()
        assert dots.get_sizes().tolist() == [25]


def test_without_a_model_or_letters_dots_lead_nowhere() -> None:
    for rows in (ROWS.drop(columns="model"), ROWS.assign(form="said")):
        ax = axes(None)
        question_dots(ax, rows["slope"], [0, 1], rows, colour=BLUE, size=5)
        assert [led for _, _, led in questions_drawn(ax)] == ["", ""]
    ax = axes(None)
    question_dots(ax, ROWS["slope"], [0, 1], ROWS.assign(form="chosen"), colour=BLUE, size=5)
    assert questions_drawn(ax)[0][2] == address("m", "c", 3)
