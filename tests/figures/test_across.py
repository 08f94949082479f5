"""Several models: each has its place in a row, two meet in panels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from steering.analysis.across import between_models, concept_means, model_agreement
from steering.analysis.variability import by_concept, question_slopes
from steering.analysis.verdict.outcomes import CHANCE, MOVES
from steering.figures import across
from steering.records.kinds import OURS
from tests.support.drawn import (
    UNIT,
    labels,
    points,
    questions_drawn,
    rows,
    same,
    sorted_points,
    written,
)
from tests.support.many import several
from tests.support.synthetic import DESIGNS, standard_curves


def test_two_models_meet_in_a_panel_per_shift() -> None:
    table = standard_curves()
    both = pd.concat([table, table.assign(model="robin", steerability=2 * table["steerability"])])
    pairs = between_models(concept_means(both))
    figure = across.model_panels(pairs, model_agreement(pairs))
    left, right = figure.axes
    assert left.get_title("left") == "BASE→BASE"
    assert right.get_title("left") == "SYS_POS→USER_NEG"
    home = pairs[pairs["shift"] == "BASE→BASE"]
    assert np.allclose(sorted_points(left), sorted(zip(home["x"], home["y"], strict=True)))
    assert left.get_xlabel() == f"wren\n({UNIT})"
    assert left.get_ylabel() == f"robin\n({UNIT})"
    assert "ρ = 1.00" in left.texts[0].get_text()
    assert len(figure.legends[0].get_texts()) == len(DESIGNS)


def test_each_concept_has_a_row_and_each_model_a_place_in_it() -> None:
    table = standard_curves()
    both = pd.concat([table, table.assign(model="robin", steerability=2 * table["steerability"])])
    found = by_concept(both)
    outcomes = dict.fromkeys(DESIGNS, MOVES) | {"inert": CHANCE}
    found = found.assign(outcome=found["concept"].map(outcomes))
    ax = across.steerability_by_model(found)
    assert set(rows(ax)) == set(DESIGNS)
    drawn = sorted_points(ax)
    assert sorted(x for x, _ in drawn) == sorted(found["mean"])
    place = {name: row for row, name in enumerate(rows(ax))}
    for row in found.itertuples():
        aside = -0.15 if row.model == "wren" else 0.15
        assert any(np.allclose(at, (row.mean, place[row.concept] + aside)) for at in drawn)
    hollow = [line for line in ax.get_lines() if to_hex(line.get_markerfacecolor()) == "#ffffff"]
    assert sum(len(line.get_xdata()) for line in hollow) == 2, "one concept in both models"


def test_published_numbers_without_intervals_can_be_drawn() -> None:
    table = standard_curves()
    both = pd.concat([table, table.assign(model="robin")])
    found = concept_means(both).assign(low=np.nan, high=np.nan)
    pairs = between_models(found)
    across.model_panels(pairs, model_agreement(pairs)).draw_without_rendering()


def test_questions_of_two_models_stand_beside_each_other() -> None:
    curves = several(standard_curves())
    both = pd.concat(
        [curves, curves.assign(model="finch", steerability=curves["steerability"] / 2)]
    )
    found = by_concept(both).assign(outcome=MOVES)
    figure = across.dots_by_model(question_slopes(both), found)
    assert [ax.get_title(loc="left") for ax in figure.axes] == ["wren", "finch"]
    rows = labels(figure.axes[0])
    assert rows[0] == OURS
    assert len(rows) == 12 + 3
    place = {name.replace(" ", "-"): row for row, name in enumerate(rows)}
    for ax, model in zip(figure.axes, ("wren", "finch"), strict=True):
        part = found[found["model"] == model]
        assert same(points(ax, "o"), zip(part["mean"], part["concept"].map(place), strict=True))
        assert len(questions_drawn(ax)) == 40 * len(part)


def test_slopes_as_small_as_those_of_a_model_that_ignores_the_choices_have_whole_numbers() -> None:
    curves = several(standard_curves())
    small = curves.assign(model="finch", steerability=-curves["steerability"] / 1000)
    both = pd.concat([curves, small])
    figure = across.dots_by_model(question_slopes(both), by_concept(both).assign(outcome=MOVES))
    figure.draw_without_rendering()
    for ax, sign in zip(figure.axes, (1, -1), strict=True):
        ticks, written = ax.get_xticks(), [label.get_text() for label in ax.get_xticklabels()]
        # Many rows have the numbers above them as well.
        assert written[:2] == written[2:]
        assert written[0] == "0"
        assert float(written[1].replace("−", "-")) == pytest.approx(ticks[1])
        assert sign * ticks[1] > 0.5 * max(sign * np.array(ax.get_xlim()))
        assert ax.xaxis.get_offset_text().get_text() == ""


def test_two_models_of_many_concepts_name_those_that_differ() -> None:
    curves = several(standard_curves())
    both = pd.concat(
        [curves, curves.assign(model="robin", steerability=2 * curves["steerability"])]
    )
    pairs = between_models(concept_means(both))
    figure = across.model_panels(pairs, model_agreement(pairs))
    assert all(written(ax) for ax in figure.axes)
    assert len(figure.legends[0].get_texts()) == 2
