"""Recovered against planted: every curve a point, every concept a panel and a mean."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure

from steering.analysis import validation as tables
from steering.analysis.curves import select
from steering.figures import validation
from steering.figures.explorer_link import addresses
from tests.support.drawn import UNIT, bars, labels, named_in, points, questions_drawn, same, written
from tests.support.many import several
from tests.support.synthetic import DESIGNS, standard_curves


def test_every_curve_is_a_point_beside_the_line_of_agreement() -> None:
    known = select(tables.planted_curves(standard_curves()))
    ax = validation.planted_against_recovered(known)
    drawn = np.concatenate(
        [c.get_offsets() for c in ax.collections if isinstance(c, PathCollection)]
    )
    wanted = known[["planted_steerability", "steerability"]].to_numpy()
    assert np.allclose(np.sort(drawn, axis=0), np.sort(wanted, axis=0))
    line = next(line for line in ax.get_lines() if line.get_linestyle() == "--")
    assert line.get_slope() == 1
    assert UNIT in ax.get_xlabel()
    assert UNIT in ax.get_ylabel()


def test_a_point_leads_to_its_question() -> None:
    curves = select(standard_curves()).query("concept == 'weak'")
    drawn = questions_drawn(validation.planted_against_recovered(curves))
    leads = {place: where for _, where, place in drawn}
    slopes = curves[["planted_steerability", "steerability"]].itertuples(index=False, name=None)
    wanted = dict(zip(addresses(curves), slopes, strict=True))
    assert leads.keys() == wanted.keys()
    for place, where in leads.items():
        assert where == pytest.approx(wanted[place])


def test_points_without_a_feature_are_called_other() -> None:
    known = select(tables.planted_curves(standard_curves()))
    known = known[known["concept"] == "reversed"]
    ax = validation.planted_against_recovered(known, colour="feature")
    assert {text.get_text() for text in ax.get_legend().get_texts()} == {"at work", "other"}


def test_each_concept_has_its_panel_and_its_mean() -> None:
    known = select(tables.planted_curves(standard_curves()))
    figure = validation.planted_panels(known)
    assert isinstance(figure, Figure)
    assert [ax.get_title("left") for ax in figure.axes] == list(DESIGNS)
    recovered = tables.recovery(standard_curves())
    recovered = recovered[recovered["direction"] == "contrastive"]
    ax = validation.planted_means(recovered)
    assert same(points(ax), zip(recovered["planted"], recovered["recovered"], strict=True))


def test_many_planted_panels_have_three_columns_and_say_what_was_planted() -> None:
    known = select(tables.planted_curves(several(standard_curves())))
    figure = validation.planted_panels(known, {"tidy": "strong", "poetic": "inert"})
    shown = [ax for ax in figure.axes if ax.get_visible()]
    assert len(shown) == 12
    assert len({round(ax.get_subplotspec().colspan.start) for ax in shown}) == 3
    said = {ax.get_title(loc="left"): [text.get_text() for text in ax.texts] for ax in shown}
    assert said["tidy"] == ["strong"]
    assert said["frugal"] == [""]


def test_many_planted_means_are_named_at_their_points() -> None:
    recovered = tables.recovery(several(standard_curves()))
    made = recovered[recovered["direction"] == "contrastive"]
    ax = validation.planted_means(made.assign(planted=range(12)))
    assert ax.get_legend() is None
    assert len(written(ax)) == 12


def test_one_concept_alone_has_one_panel() -> None:
    curves = standard_curves().query("concept == 'inert'")
    figure = validation.planted_panels(select(tables.planted_curves(curves)))
    figure.draw_without_rendering()
    assert [ax.get_title("left") for ax in figure.axes] == ["inert"]


def test_curves_planted_alike_have_one_row_beside_what_was_planted() -> None:
    curves = tables.planted_curves(standard_curves())
    rounded = curves.assign(planted_steerability=curves["planted_steerability"].round())
    values = tables.by_planted_value(rounded)
    ax = validation.planted_values(values)
    rows = values[["concept", "planted"]].drop_duplicates()
    assert len(labels(ax)) == len(rows)
    for direction, (_, marker) in validation.PLANTED_MARKS.items():
        own = values[values["direction"] == direction]
        found = sorted(x for x, _ in points(ax, marker))
        assert found == pytest.approx(sorted(own["mean"]))
    spans = sorted(values["high"] - values["low"])
    assert sorted(bars(ax)) == pytest.approx(spans)
    assert named_in(ax)[:2] == ["planted", "contrastive vector"]
