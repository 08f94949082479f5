"""Figure 5 and the matrix of settings: drawn is what the tables say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.collections import QuadMesh
from matplotlib.colors import to_hex

from steering.analysis.brittleness import (
    in_and_out,
    rank_agreement,
    shift_matrix,
    variance_in_and_out,
)
from steering.analysis.variability import spread_by_concept
from steering.figures import brittleness as figures
from steering.figures.theme import SETTING_COLOURS
from steering.records.kinds import OURS, PUBLIC, YOURS
from tests.support.drawn import UNIT, bars, labels, points, same, sorted_points, written
from tests.support.many import several
from tests.support.synthetic import standard_curves, standard_shifts


def test_a_shift_has_a_point_per_concept_on_equal_terms() -> None:
    shifted = standard_shifts()
    one = shifted[shifted["shift"] == "BASE→USER_NEG"]
    agreement = rank_agreement(one)
    ax = figures.in_against_out_of_distribution(one, agreement)
    assert same(points(ax), zip(one["in_distribution"], one["out_of_distribution"], strict=True))
    assert len(bars(ax)) == 2 * len(one)
    assert f"ρ = {agreement['rho'].iloc[0]:.2f}" in ax.texts[0].get_text()
    assert UNIT in ax.get_xlabel()
    assert UNIT in ax.get_ylabel()


def test_too_few_concepts_are_said_to_be_too_few() -> None:
    shifted = standard_shifts()
    few = shifted[shifted["concept"].isin(["strong", "weak"])]
    figure = figures.shift_panels(few, rank_agreement(few))
    shown = [ax for ax in figure.axes if ax.get_visible()]
    assert [ax.get_title("left") for ax in shown] == list(dict.fromkeys(few["shift"]))
    assert all("too few" in ax.texts[0].get_text() for ax in shown)


def test_many_concepts_share_the_colour_of_their_shift_and_need_no_legend() -> None:
    one = standard_shifts()
    one = one[one["shift"] == "BASE→USER_NEG"]
    many = pd.concat([one.assign(concept=one["concept"] + str(n)) for n in range(3)])
    figure = figures.shift_panels(many, rank_agreement(many))
    colours = {
        to_hex(line.get_color()) for line in figure.axes[0].get_lines() if line.get_marker() == "o"
    }
    assert len(colours) == 1
    assert not figure.legends


def test_the_matrix_says_each_mean_in_its_cell() -> None:
    matrix = shift_matrix(standard_curves())
    one = matrix[matrix["concept"] == "strong"]
    ax = figures.shift_matrix(one)
    mesh = next(c for c in ax.collections if isinstance(c, QuadMesh))
    cells = one.set_index(["vector_setting", "prompt_setting"])["mean"]
    values = np.asarray(mesh.get_array()).ravel()
    wanted = [cells[row, column] for row in SETTING_COLOURS for column in SETTING_COLOURS]
    assert values == pytest.approx(wanted)
    assert [text.get_text() for text in ax.texts] == [f"{value:.2f}" for value in wanted]
    low, high = mesh.get_clim()
    assert low == -high
    assert UNIT in ax.figure.axes[-1].get_ylabel()


def test_settings_the_model_lacks_are_left_out_of_the_matrix() -> None:
    matrix = shift_matrix(standard_curves())
    keep = ~matrix["prompt_setting"].str.startswith("SYS") & ~matrix[
        "vector_setting"
    ].str.startswith("SYS")
    ax = figures.shift_matrix(matrix[keep & (matrix["concept"] == "weak")])
    assert labels(ax) == ["BASE", "USER_POS", "USER_NEG"]


def test_each_setting_of_each_concept_has_its_dot() -> None:
    matrix = shift_matrix(standard_curves())
    ax = figures.setting_slopes(matrix)
    made = matrix[matrix["vector_setting"] == "BASE"]
    assert sorted(x for x, _ in points(ax)) == pytest.approx(sorted(made["mean"]))
    assert len(ax.get_legend().get_texts()) == 5


def test_axes_that_are_given_are_drawn_on() -> None:
    matrix = shift_matrix(standard_curves())
    ax = plt.subplots()[1]
    assert figures.setting_slopes(matrix, ax=ax) is ax


def test_panels_of_variances_say_their_unit() -> None:
    varied = variance_in_and_out(spread_by_concept(standard_curves()))
    figure = figures.shift_panels(varied, rank_agreement(varied), unit="squared logits")
    assert "(squared logits)" in figure.get_supxlabel()
    home = varied[varied["shift"] == "BASE→USER_NEG"]
    assert sorted_points(figure.axes[0]) == sorted(
        home[["in_distribution", "out_of_distribution"]].itertuples(index=False, name=None)
    )


def test_points_of_many_concepts_show_their_kind() -> None:
    curves = several(standard_curves())
    shifted = in_and_out(curves)
    figure = figures.shift_panels(shifted, rank_agreement(shifted))
    key = [text.get_text() for text in figure.legends[0].get_texts()]
    assert key == [OURS, f"{PUBLIC} and {YOURS}"]
    ours = {"tidy", "poetic", "frugal"}
    for ax in figure.axes:
        part = shifted[shifted["shift"] == ax.get_title(loc="left")]
        full = [
            (float(line.get_xdata()[0]), float(line.get_ydata()[0]))
            for line in ax.get_lines()
            if line.get_marker() == "o" and to_hex(line.get_markerfacecolor()) != "#ffffff"
        ]
        own = part[part["concept"].isin(ours)]
        assert same(full, zip(own["in_distribution"], own["out_of_distribution"], strict=True))
        lost = (part["out_of_distribution"] - part["in_distribution"]).abs()
        worst = part.loc[lost.idxmax(), "concept"].replace("-", " ")
        assert 0 < len(written(ax)) <= 4
        assert worst in written(ax) or f"{worst} again" in written(ax)


def test_one_concept_alone_has_its_shifts_drawn() -> None:
    shifted = in_and_out(standard_curves().query("concept == 'inert'"))
    figure = figures.shift_panels(shifted, rank_agreement(shifted))
    figure.draw_without_rendering()
    assert [len(points(ax)) for ax in figure.axes] == [1] * 4


def test_slopes_that_are_all_zero_have_a_matrix_of_zeros() -> None:
    flat = standard_curves().query("concept == 'strong'").assign(steerability=0.0)
    ax = figures.shift_matrix(shift_matrix(flat))
    ax.figure.draw_without_rendering()
    assert {text.get_text() for text in ax.texts} == {"0.00"}
