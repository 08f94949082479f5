"""Figure 1: means, intervals and chance of every concept, and shares in the same order."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle

from steering.analysis.curves import select
from steering.analysis.variability import by_concept
from steering.figures.variability import (
    anti_steerable_shares,
    by_mean,
    chance_key,
    steerability_violins,
    variability,
)
from steering.records.kinds import OURS, PUBLIC, YOURS
from tests.support.drawn import UNIT, bars, labels, points, same
from tests.support.synthetic import DESIGNS, standard_curves


def test_figure_one_shows_mean_interval_and_chance_of_every_concept() -> None:
    concepts = by_concept(standard_curves())
    ax = steerability_violins(select(standard_curves()), concepts)
    ordered = concepts.sort_values("mean", ascending=False)
    assert labels(ax) == ordered["concept"].to_list()
    assert len([c for c in ax.collections if isinstance(c, PolyCollection)]) == len(DESIGNS)
    assert same(points(ax), zip(ordered["mean"], range(len(ordered)), strict=True))
    assert sorted(bars(ax)) == pytest.approx(sorted(concepts["high"] - concepts["low"]))
    bands = [p for p in ax.patches if isinstance(p, Rectangle)]
    assert sorted(p.get_width() for p in bands) == pytest.approx(
        sorted(2 * concepts["chance_high"])
    )
    assert UNIT in ax.get_xlabel()


def test_a_mean_that_may_be_chance_is_hollow() -> None:
    concepts = by_concept(standard_curves())
    ax = steerability_violins(select(standard_curves()), concepts)
    hollow = [
        float(line.get_xdata()[0])
        for line in ax.get_lines()
        if line.get_marker() == "o" and to_hex(line.get_markerfacecolor()) == "#ffffff"
        for _ in [0]
    ]
    means = concepts.loc[~concepts["beyond_chance"].astype(bool), "mean"]
    assert set(hollow) <= set(means)
    assert len(hollow) == 1


def test_a_concept_without_random_vectors_has_no_band_and_a_hollow_dot() -> None:
    table = select(standard_curves())
    concepts = by_concept(table)
    ax = steerability_violins(table, concepts)
    assert not [p for p in ax.patches if isinstance(p, Rectangle)]
    assert len(points(anti_steerable_shares(concepts))) == len(DESIGNS)


def test_shares_stand_in_the_order_of_the_violins() -> None:
    concepts = by_concept(standard_curves())
    figure = variability(select(standard_curves()), concepts)
    left, right = figure.axes
    assert left.get_ylim() == right.get_ylim()
    share = concepts.set_index("concept")["anti_steerable"]
    row = {name: place for place, name in enumerate(labels(left))}
    found = {y: x for x, y in points(right) if y == round(y)}
    assert found == pytest.approx({row[name]: share[name] for name in DESIGNS})
    diamonds = [(x, y) for x, y in points(right) if y != round(y)]
    assert len(diamonds) == len(DESIGNS)
    whiskers = [one.get_segments() for one in right.containers[-1].lines[2]]
    ends = concepts[[f"anti_steerable_beyond_chance_{end}" for end in ("low", "high")]]
    drawn = [tuple(segment[:, 0]) for segment in whiskers[0]]
    assert np.allclose(sorted(drawn), sorted(ends.itertuples(index=False, name=None)))
    assert right.get_xlim() == (0, 1)


def test_one_concept_alone_has_a_row_on_either_side() -> None:
    table = standard_curves().query("concept == 'inert'")
    figure = variability(select(table), by_concept(table))
    figure.draw_without_rendering()
    left, right = figure.axes
    assert labels(left) == ["inert"]
    assert len(points(left)) == 1
    assert len(points(right)) == 2


def test_slopes_that_are_all_the_same_can_be_drawn() -> None:
    table = standard_curves().query("concept == 'strong'").assign(steerability=0.0)
    figure = variability(select(table), by_concept(table))
    figure.draw_without_rendering()
    assert points(figure.axes[0]) == [(0.0, 0.0)]


def test_rows_stand_by_kind_and_the_most_steerable_first() -> None:
    concepts = by_concept(standard_curves())
    assert by_mean(concepts)[0] == concepts.loc[concepts["mean"].idxmax(), "concept"]
    others = concepts["concept"].map({"inert": OURS, "weak": PUBLIC})
    rows = by_mean(concepts.assign(kind=others.fillna(YOURS)))
    assert rows[:2] == [OURS, "inert"]
    assert rows[2:4] == [PUBLIC, "weak"]
    assert rows[4] == YOURS
    assert [text.get_label() for text in chance_key()][:2] == ["beyond chance", "may be chance"]
