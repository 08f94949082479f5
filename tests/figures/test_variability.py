"""Figure 1: questions, means, intervals and chance of every concept, shares in the same order."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle

from steering.analysis.curves import select
from steering.analysis.variability import by_concept, question_slopes
from steering.analysis.verdict.outcomes import CHANCE, MOVES, NO_ANSWER, WRONG_WAY
from steering.analysis.verdict.table import with_outcomes
from steering.figures.explorer_link import address
from steering.figures.theme import BLUE, VERMILION
from steering.figures.variability import (
    SPREAD,
    by_mean,
    outcome_key,
    reversed_shares,
    slope_dots,
    variability,
)
from steering.figures.widths import drawn_again
from steering.records.kinds import OURS, PUBLIC, YOURS
from tests.support.drawn import UNIT, bars, labels, points, questions_drawn, same
from tests.support.synthetic import DESIGNS, standard_curves, standard_verdicts


@pytest.fixture(scope="module")
def questions() -> pd.DataFrame:
    return question_slopes(standard_curves())


@pytest.fixture(scope="module")
def concepts() -> pd.DataFrame:
    return with_outcomes(by_concept(standard_curves()), standard_verdicts())


def hollow(ax: Axes) -> list[float]:
    """Where the hollow dots stand."""
    return [
        float(x)
        for line in ax.get_lines()
        if line.get_marker() == "o" and to_hex(line.get_markerfacecolor()) == "#ffffff"
        for x in line.get_xdata()
    ]


def test_figure_one_shows_mean_interval_and_chance_of_every_concept(
    questions: pd.DataFrame, concepts: pd.DataFrame
) -> None:
    ax = slope_dots(questions, concepts)
    ordered = concepts.sort_values("mean", ascending=False)
    assert labels(ax) == ordered["concept"].to_list()
    assert same(points(ax, "o"), zip(ordered["mean"], range(len(ordered)), strict=True))
    assert sorted(bars(ax)) == pytest.approx(sorted(concepts["high"] - concepts["low"]))
    bands = [p for p in ax.patches if isinstance(p, Rectangle)]
    assert sorted(p.get_width() for p in bands) == pytest.approx(
        sorted(2 * concepts["chance_high"])
    )
    assert UNIT in ax.get_xlabel()


def test_each_question_is_a_dot_near_its_row_and_orange_below_zero(
    questions: pd.DataFrame, concepts: pd.DataFrame
) -> None:
    ax = slope_dots(questions, concepts)
    place = {name: row for row, name in enumerate(labels(ax))}
    dots = questions_drawn(ax)
    drawn = [place for _, place, _ in dots]
    assert sorted(x for x, _ in drawn) == pytest.approx(sorted(questions["steerability"]))
    rows = questions.sort_values("steerability")["concept"].map(place)
    apart = np.array([y for _, y in sorted(drawn)]) - rows.to_numpy()
    assert np.abs(apart).max() <= SPREAD
    assert np.abs(apart).std() > 0.05, "dots with like slopes do not lie on each other"
    sides = {
        colour: np.array([x for one, (x, _), _ in dots if to_hex(one.get_facecolor()[0]) == colour])
        for colour in (BLUE.lower(), VERMILION.lower())
    }
    assert (sides[BLUE.lower()] >= 0).all()
    assert (sides[VERMILION.lower()] < 0).all()
    assert len(sides[VERMILION.lower()]) == (questions["steerability"] < 0).sum() > 0
    leads = {
        address("wren", row.concept, row.item): row.steerability for row in questions.itertuples()
    }
    assert {place: x for _, (x, _), place in dots} == pytest.approx(leads)


def test_a_mean_is_hollow_unless_the_verdict_is_that_it_moves_the_answer(
    questions: pd.DataFrame, concepts: pd.DataFrame
) -> None:
    means = concepts.set_index("concept")["mean"]
    assert sorted(hollow(slope_dots(questions, concepts))) == pytest.approx(
        sorted(means[["inert", "reversed"]])
    )
    outcomes = dict.fromkeys(DESIGNS, MOVES) | {"weak": WRONG_WAY, "yes": NO_ANSWER}
    told = concepts.assign(outcome=concepts["concept"].map(outcomes))
    assert hollow(slope_dots(questions, told)) == pytest.approx([means["yes"]])


def test_a_concept_without_random_vectors_has_no_band() -> None:
    table = select(standard_curves())
    concepts = by_concept(table).assign(outcome=CHANCE)
    ax = slope_dots(question_slopes(table), concepts)
    assert not [p for p in ax.patches if isinstance(p, Rectangle)]
    assert len(hollow(ax)) == len(DESIGNS)


def test_shares_of_questions_and_of_curves_stand_in_the_order_of_the_dots(
    questions: pd.DataFrame, concepts: pd.DataFrame
) -> None:
    figure = variability(questions, concepts)
    left, right = figure.axes
    assert left.get_ylim() == right.get_ylim()
    row = {name: place for place, name in enumerate(labels(left))}
    shares = concepts.set_index("concept")
    of_questions = {y: x for x, y in points(right, "o")}
    assert of_questions == pytest.approx({row[n]: shares["reversed"][n] for n in DESIGNS})
    of_curves = {round(y - 0.24): x for x, y in points(right, "d")}
    assert of_curves == pytest.approx({row[n]: shares["anti_steerable"][n] for n in DESIGNS})
    assert right.get_xlim() == (0, 1)
    assert not right.patches, "a band over the whole axis looks like the data"


def test_questions_of_one_order_only_leave_their_half_empty() -> None:
    table = standard_curves().query("order == 0")
    concepts = with_outcomes(by_concept(table), standard_verdicts())
    figure = variability(question_slopes(table), concepts)
    figure.draw_without_rendering()
    left, right = figure.axes
    assert questions_drawn(left) == points(right, "o") == []
    assert len(points(left, "o")) == len(points(right, "d")) == len(DESIGNS)


def test_one_concept_alone_has_a_row_on_either_side(
    questions: pd.DataFrame, concepts: pd.DataFrame
) -> None:
    figure = variability(
        questions[questions["concept"] == "inert"], concepts[concepts["concept"] == "inert"]
    )
    figure.draw_without_rendering()
    left = figure.axes[0]
    assert labels(left) == ["inert"]
    assert len(points(left, "o")) == 1
    assert len(points(reversed_shares(concepts[concepts["concept"] == "inert"]))) == 2


def test_rows_stand_by_kind_and_the_most_steerable_first(concepts: pd.DataFrame) -> None:
    assert by_mean(concepts)[0] == concepts.loc[concepts["mean"].idxmax(), "concept"]
    others = concepts["concept"].map({"inert": OURS, "weak": PUBLIC})
    rows = by_mean(concepts.assign(kind=others.fillna(YOURS)))
    assert rows[:2] == [OURS, "inert"]
    assert rows[2:4] == [PUBLIC, "weak"]
    assert rows[4] == YOURS
    assert [text.get_label() for text in outcome_key()][:2] == [
        "moves the answer",
        "no such verdict",
    ]


def test_a_dot_leads_to_its_question_on_a_desk_and_is_too_small_to_on_a_phone() -> None:
    questions = question_slopes(standard_curves())
    concepts = with_outcomes(by_concept(standard_curves()), standard_verdicts())
    desk = variability(questions, concepts)
    phone = drawn_again(desk)
    assert phone is not None
    led = [
        sum(url is not None for part in one.findobj(PathCollection) for url in part.get_urls())
        for one in (desk, phone)
    ]
    assert led == [len(questions), 0]
