"""From how many training pairs on a vector does nearly what that of all does."""

from __future__ import annotations

import math

import numpy as np
import pytest

from steering.analysis.curves import curve_table
from steering.analysis.how_many_pairs import by_size, pairs_needed, vectors_of_sizes
from steering.analysis.statistics.subsets import ENOUGH, kept
from steering.records.directions import subset_size
from tests.support.some_groups import World, with_subsets
from tests.support.synthetic import standard, standard_curves


@pytest.fixture(scope="module")
def noisy():
    results, known = with_subsets(World(groups=60, noise=3.0))
    return curve_table(results), results, known


def test_every_vector_has_its_size_and_its_mean(noisy) -> None:
    curves, results, known = noisy
    found = vectors_of_sizes(curves, results)
    of = len(known.differences)
    assert found["of"].unique().tolist() == [of]
    assert found["groups"].to_list() == [subset_size(number, of) for number in found["number"]]
    assert found["mean"].to_list() == pytest.approx(known.slopes.mean(axis=1).tolist())
    assert found["reversed"].to_list() == pytest.approx((known.slopes < 0).mean(axis=1).tolist())
    # An item a group: as many items as groups.
    assert found["items"].to_list() == pytest.approx(found["groups"].tolist())


def test_sizes_keep_what_they_truly_keep(noisy) -> None:
    curves, results, known = noisy
    row = pairs_needed(curves, results).iloc[0]
    draw = np.random.default_rng(5)
    of = int(row["groups"])
    for size in (of // 8, of // 4, of // 2):
        low, high = (kept(size, of, row[f"lost{end}"]) for end in ("_high", "_low"))
        assert low - 0.01 <= known.keeps(size, draw, 1000) <= high + 0.01
    assert row["half_low"] <= row["half"] <= row["half_high"] <= 1
    assert 0 <= row["twice_low"] <= row["twice"] <= row["twice_high"]
    assert known.keeps(int(row["needed"]), draw, 1000) >= ENOUGH
    assert row["effect"] == pytest.approx(known.slopes[0].mean())
    assert (row["vectors"], row["test_groups"]) == (16, known.slopes.shape[1])


def test_intervals_of_sizes_narrow_and_hold_their_vectors(noisy) -> None:
    curves, results, known = noisy
    found = by_size(curves, results)
    assert found["groups"].is_monotonic_increasing
    assert found["groups"].iloc[-1] == found["of"].iloc[-1] == len(known.differences)
    width = found["high"] - found["low"]
    assert width.iloc[0] > width.iloc[-1] > 0
    for row in found.to_dict("records"):
        own = known.slopes[known.sizes == row["groups"]]
        assert row["mean"] == pytest.approx(own.mean())
        means = own.mean(axis=1)
        assert row["low"] < means.min()
        assert means.max() < row["high"]
        assert row["reversed"] == pytest.approx((own < 0).mean())
        assert row["reversed_low"] <= row["reversed"] <= row["reversed_high"]


def test_without_an_effect_there_is_nothing_to_keep(noisy) -> None:
    curves, results, _ = noisy
    own = curves["direction"].isin(["contrastive", "resampled"])
    sign = np.where(np.arange(len(curves)) % 2, 1.0, -1.0)
    flat = curves.assign(steerability=curves["steerability"].where(~own, sign))
    row = pairs_needed(flat, results).iloc[0]
    assert math.isnan(row["lost"])
    assert math.isnan(row["needed"])
    assert len(by_size(flat, results))


def test_a_run_without_such_vectors_has_no_rows() -> None:
    for table in (pairs_needed, by_size, vectors_of_sizes):
        assert table(standard_curves(), standard()).empty
