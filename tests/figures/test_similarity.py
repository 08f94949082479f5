"""Cosines and relative steerability: drawn is what the table says."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from steering.analysis import similarity
from steering.figures.similarity import LEAST, cosine_similarities, relative_steerability
from steering.figures.theme import SETTING_COLOURS
from steering.records.kinds import OURS, PUBLIC, YOURS
from tests.support.drawn import points, sorted_points, written
from tests.support.synthetic import DESIGNS, standard, standard_curves


def test_relative_steerability_is_drawn_with_the_concepts_counted() -> None:
    results = standard()
    sweep = results.sweep
    shift = sweep["prompt_setting"].map({"USER_NEG": -2.0, "USER_POS": 1.0}).fillna(0)
    moved = dataclasses.replace(results, sweep=sweep.assign(propensity=sweep["propensity"] + shift))
    relative = similarity.relative_steerability(standard_curves(), moved)
    ax = relative_steerability(relative, similarity.similarity_agreement(relative))
    wanted = sorted(zip(relative["propensity_distance"], relative["relative"], strict=True))
    assert np.allclose(sorted_points(ax), wanted)
    concepts = relative["concept"].nunique()
    assert f"{len(relative)} pairs of {concepts} concepts" in ax.texts[0].get_text()
    assert "logits" in ax.get_xlabel()


def test_cosines_leave_out_that_of_base_with_itself() -> None:
    ax = cosine_similarities(similarity.cosines(standard().cards))
    texts = [text.get_text() for text in ax.get_legend().get_texts()]
    assert texts == [*(name for name in SETTING_COLOURS if name != "BASE"), "true direction"]
    assert len(sorted_points(ax)) == 5 * len(DESIGNS)
    assert {x for x, _ in sorted_points(ax)} == {0.95, 0.92, 0.97, 0.9, 0.8}


def test_without_a_known_truth_no_diamond_is_drawn() -> None:
    ax = cosine_similarities(similarity.cosines(standard().cards).assign(cosine_planted=np.nan))
    assert len(ax.get_legend().get_texts()) == 4


def relative(distances: list[float], values: list[float]) -> pd.DataFrame:
    rows = {"propensity_distance": distances, "relative": values, "low": np.nan, "high": np.nan}
    concepts = [f"c{n}" for n in range(len(values))]
    return pd.DataFrame({"concept": concepts, "kind": YOURS, **rows})


def test_differences_of_a_thousandth_do_not_fill_the_figure() -> None:
    low, high = relative_steerability(relative([1.0, 2.0], [0.999, 1.001])).get_ylim()
    assert (low, high) == (pytest.approx(1 - LEAST), pytest.approx(1 + LEAST))
    low, high = relative_steerability(relative([1.0, 2.0], [-0.5, 2.0])).get_ylim()
    assert low <= -0.5 < 2.0 <= high


def test_of_many_concepts_those_furthest_from_one_are_named() -> None:
    many = relative([float(n) for n in range(9)], [1.0] * 8 + [0.2])
    agreement = pd.DataFrame([{"model": "wren", "rho": np.nan, "pairs": 9, "concepts": 9}])
    ax = relative_steerability(many, agreement)
    assert ax.get_legend() is None
    assert "c8" in written(ax)
    assert ax.texts[0].get_text() == "9 pairs of 9 concepts"


def test_kinds_have_a_marker_and_a_line_of_their_own() -> None:
    many = relative([float(n) for n in range(9)], [1.0] * 8 + [0.2])
    many["kind"] = [OURS] * 5 + [PUBLIC] * 4
    row = {"rho": 0.5, "low": 0.1, "high": 0.8, "pairs": 5, "concepts": 5}
    ax = relative_steerability(many, pd.DataFrame([row | {"kind": OURS}, row | {"kind": PUBLIC}]))
    assert (len(points(ax, "o")), len(points(ax, "^"))) == (5, 4)
    first, second = ax.texts[0].get_text().splitlines()
    assert first.startswith("ours: ρ = 0.50 [0.10, 0.80], 5 pairs")
    assert second.startswith("public: ρ")
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [OURS, PUBLIC]
