"""Chance as drawn: every random vector, hollow dots, shuffled labels below."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from steering.analysis.curves import select
from steering.analysis.statistics import chance as chance_tables
from steering.analysis.variability import question_slopes
from steering.analysis.verdict.outcomes import CHANCE, FOLLOWS, REVERSED, TOO_LITTLE
from steering.figures import chance
from steering.figures.explorer_link import addresses
from steering.figures.theme import DIRECTION_COLOURS
from tests.support.drawn import named_in, points, questions_drawn, same, written
from tests.support.many import several
from tests.support.synthetic import DESIGNS, SHUFFLED, standard_curves, standard_verdicts


def test_every_random_vector_is_drawn_beside_the_contrastive_one() -> None:
    random = chance_tables.control_means(select(standard_curves(), direction=None))
    ax = chance.against_chance(standard_verdicts(), random)
    by_colour = {
        name: sum(
            len(line.get_xdata())
            for line in ax.get_lines()
            if line.get_linestyle() == "None" and to_hex(line.get_color()) == colour.lower()
        )
        for name, colour in DIRECTION_COLOURS.items()
    }
    assert {name: count for name, count in by_colour.items() if count} == {
        "random": 20 * len(DESIGNS),
        "contrastive": len(DESIGNS),
        "planted": len(DESIGNS),
    }
    assert len(ax.get_legend().get_texts()) == 3


def test_without_a_true_direction_the_legend_names_none() -> None:
    random = chance_tables.control_means(select(standard_curves(), direction=None))
    ax = chance.against_chance(standard_verdicts().query("direction != 'planted'"), random)
    texts = [text.get_text() for text in ax.get_legend().get_texts()]
    assert texts == ["random vectors", "contrastive vector"]


def test_dots_are_hollow_by_the_verdict_and_the_true_direction_is_not_judged() -> None:
    claims = standard_verdicts()
    planted = claims["direction"] == "planted"
    claims = claims.assign(outcome=claims["outcome"].mask(planted, CHANCE))
    random = chance_tables.control_means(select(standard_curves(), direction=None))
    ax = chance.against_chance(claims, random)
    hollow = [
        (to_hex(line.get_color()), len(line.get_xdata()))
        for line in ax.get_lines()
        if to_hex(line.get_markerfacecolor()) == "#ffffff" and len(line.get_xdata())
    ]
    assert hollow == [(DIRECTION_COLOURS["contrastive"].lower(), 2)], "inert and reversed"


def test_quantiles_are_drawn_as_they_are() -> None:
    table = chance_tables.quantiles(select(standard_curves(), direction=None))
    ax = chance.chance_quantiles(table)
    assert same(points(ax), zip(table["theoretical"], table["observed"], strict=True))


def test_questions_are_counted_by_their_verdict_and_in_order() -> None:
    questions = question_slopes(standard_curves(), standard_verdicts())
    questions = questions[questions["concept"] == "reversed"]
    ax = chance.questions_in_order(questions)
    dots = questions_drawn(ax)
    told = {str(one.get_label()): one for one, _, _ in dots}
    right, wrong = ((questions["outcome"] == outcome).sum() for outcome in (FOLLOWS, REVERSED))
    assert set(told) <= {
        f"moved the right way: {right}",
        f"moved the wrong way: {wrong}",
        f"not told apart from chance: {len(questions) - right - wrong}",
    }
    assert min(right, wrong) > 0
    slopes = [y for _, (_, y), _ in sorted(dots, key=lambda one: one[1])]
    assert slopes == sorted(slopes)
    assert len(slopes) == len(questions) == 40
    assert max(y for one, (_, y), _ in dots if "wrong" in str(one.get_label())) < 0
    by_slope = questions.sort_values("steerability")
    places = sorted(dots, key=lambda one: one[1])
    assert [place for _, _, place in places] == addresses(by_slope[["model", "concept", "item"]])
    faces = {str(one.get_label()): to_hex(one.get_facecolor()[0]) for one, _, _ in dots}
    assert [name for name, face in faces.items() if face == "#ffffff"] == [
        name for name in faces if name.startswith("not told")
    ]


def test_shuffled_labels_stand_below_random_vectors() -> None:
    table = select(standard_curves(), direction=None)
    random, shuffled = (
        chance_tables.control_means(table, control) for control in ("random", "shuffled")
    )
    ax = chance.against_chance(standard_verdicts(), random, shuffled)
    drawn = {to_hex(line.get_color()): line for line in ax.get_lines() if line.get_marker() == "|"}
    above, below = (drawn[DIRECTION_COLOURS[name].lower()] for name in ("random", "shuffled"))
    assert len(below.get_xdata()) == SHUFFLED * len(DESIGNS)
    assert max(above.get_ydata() % 1) > 0.5 > max(below.get_ydata() % 1)
    assert len(ax.get_legend().get_texts()) == 4


def test_of_many_concepts_the_quantiles_furthest_from_the_line_are_named() -> None:
    table = several(chance_tables.quantiles(select(standard_curves(), direction=None)))
    ax = chance.chance_quantiles(table)
    assert ax.get_legend() is None
    assert len(points(ax, "o")) == len(table)
    assert 0 < len(written(ax)) <= 4


def test_questions_that_cannot_be_judged_are_not_told_from_chance() -> None:
    curves = standard_curves().query("concept == 'strong' and direction == 'contrastive'")
    questions = question_slopes(curves).assign(outcome=TOO_LITTLE)
    ax = chance.questions_in_order(questions)
    assert f"not told apart from chance: {len(questions)}" in named_in(ax)
    assert not [name for name in named_in(ax) if "moved" in name]


@pytest.mark.parametrize(("count", "is_picture"), [(5, False), (700, True)])
def test_very_many_dots_are_a_picture_inside_the_figure(count: int, is_picture: bool) -> None:
    rows = [
        {"concept": f"c{at}", "theoretical": x, "observed": x}
        for at in range(2)
        for x in np.linspace(-2, 2, count)
    ]
    ax = chance.chance_quantiles(pd.DataFrame(rows))
    dots = [line for line in ax.lines if line.get_marker() not in ("None", None, "")]
    assert {bool(line.get_rasterized()) for line in dots} == {is_picture}
