"""Specificity: the ranks, sizes and differences that were put into the slopes come back."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

from steering.analysis.curves import select
from steering.analysis.specificity import matrix_means, specificity
from steering.analysis.statistics.groups import percentiles, resampled
from steering.records.matrix import CONTRACT, empty
from tests.support.synthetic import CHOSEN, standard_curves

# What each other vector does, as a multiple of the own slope of a question plus a slope of its own.
OTHERS = {"near": (0.9, 0.0), "against": (-0.4, -0.3), "still": (0.0, 0.05)}
ASKED = ("strong", "weak", "inert")


@cache
def matrix() -> pd.DataFrame:
    own = select(standard_curves())
    own = own[own["concept"].isin(ASKED)]
    draw = np.random.default_rng(3)
    parts = [
        own.assign(
            vector_concept=name,
            steerability=share * own["steerability"] + shift + draw.normal(0, 0.02, len(own)),
        )
        for name, (share, shift) in OTHERS.items()
    ]
    return pd.concat(parts, ignore_index=True)[list(CONTRACT.columns)]


def row_of(concept: str, tried: pd.DataFrame | None = None) -> pd.Series:
    table = specificity(standard_curves(), matrix() if tried is None else tried)
    return table.set_index("concept").loc[concept]


def slopes(concept: str, name: str) -> pd.DataFrame:
    key = ["item", "order"]
    own = select(standard_curves())
    own = own.loc[own["concept"] == concept, [*key, "group", "steerability"]]
    other = matrix()[(matrix()["concept"] == concept) & (matrix()["vector_concept"] == name)]
    return own.merge(other[[*key, "steerability"]], on=key, suffixes=("", "_other"))


def test_a_row_for_each_concept_on_which_another_vector_was_tried() -> None:
    table = specificity(standard_curves(), matrix())
    assert list(table["concept"]) == list(ASKED)
    assert set(table["others"]) == {len(OTHERS)}
    assert set(table["groups"]) == {10}
    assert set(table["n"]) == {80}
    assert set(table["left_out"]) == {0}


def test_own_slope_rank_and_strongest_other() -> None:
    strong, inert = row_of("strong"), row_of("inert")
    assert strong["own"] == pytest.approx(slopes("strong", "near")["steerability"].mean())
    assert strong["own_low"] < strong["own"] < strong["own_high"]
    assert (strong["rank"], strong["strongest"]) == (1, "near")
    # Of an own vector that does nothing, any other is ahead: by its size, not by its sign.
    assert inert["rank"] >= 3
    assert inert["strongest"] == "against"
    assert inert["strongest_mean"] == pytest.approx(-0.3, abs=0.05)
    assert inert["ahead_high"] < 0


def test_the_spread_is_what_one_of_the_others_does() -> None:
    means = [slopes("strong", name)["steerability_other"].mean() for name in OTHERS]
    assert row_of("strong")["spread"] == pytest.approx(np.sqrt(np.mean(np.square(means))))


def test_how_far_it_is_ahead_is_paired_over_the_same_groups() -> None:
    strong, both = row_of("strong"), slopes("strong", "near")
    difference = both["steerability"] - both["steerability_other"]
    assert strong["ahead"] == pytest.approx(difference.mean())
    sums, groups = resampled(np.column_stack([difference, np.ones(len(both))]), both["group"])
    wanted = percentiles(sums[:, 0] / sums[:, 1], groups)
    assert (strong["ahead_low"], strong["ahead_high"]) == pytest.approx(wanted)
    # Apart they vary with the questions, together hardly: the interval is much narrower.
    assert strong["ahead_high"] - strong["ahead_low"] < (strong["own_high"] - strong["own_low"]) / 3


def test_a_vector_that_pushes_the_other_way_is_taken_along_its_own_direction() -> None:
    only = matrix()[matrix()["vector_concept"] == "against"]
    row = row_of("strong", only)
    assert row["strongest_mean"] < 0
    assert row["ahead"] == pytest.approx(row["own"] + row["strongest_mean"])
    assert row["ahead_low"] < row["ahead"] < row["ahead_high"]
    turned = standard_curves().assign(steerability=-standard_curves()["steerability"])
    other_way = specificity(turned, only).set_index("concept").loc["strong"]
    assert other_way["ahead"] == pytest.approx(row["ahead"])
    assert other_way["own"] == pytest.approx(-row["own"])


def test_questions_that_were_left_out_are_counted_and_missing_in_the_mean() -> None:
    items = sorted(matrix()["item"].unique())[:4]
    gone = (matrix()["vector_concept"] == "near") & matrix()["item"].isin(items)
    row = row_of("strong", matrix()[~gone])
    left = slopes("strong", "near")
    left = left[~left["item"].isin(items)]
    assert row["left_out"] == 4
    assert row["strongest_mean"] == pytest.approx(left["steerability_other"].mean())
    assert row["n"] == 80


def test_slopes_at_another_layer_than_the_one_that_is_shown_do_not_count() -> None:
    assert specificity(standard_curves(), matrix().assign(layer=CHOSEN + 1)).empty


def test_where_no_other_vector_was_tried_there_are_columns_and_no_rows() -> None:
    table = specificity(standard_curves(), empty())
    assert table.empty
    assert {"rank", "ahead_low", "kind"} <= set(table.columns)
    assert matrix_means(standard_curves(), empty()).empty


def test_means_of_every_vector_the_own_one_too() -> None:
    means = matrix_means(standard_curves(), matrix())
    assert list(means.columns) == ["model", "concept", "kind", "vector_concept", "mean", "n"]
    assert len(means) == len(ASKED) * (len(OTHERS) + 1)
    cell = means.set_index(["concept", "vector_concept"])["mean"]
    assert cell["strong", "strong"] == pytest.approx(row_of("strong")["own"])
    assert cell["weak", "near"] == pytest.approx(
        slopes("weak", "near")["steerability_other"].mean()
    )
    assert set(means["n"]) == {80}
