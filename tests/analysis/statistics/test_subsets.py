"""What vectors of some groups keep: the formula, and how often a claim about it is false."""

from __future__ import annotations

import math

import numpy as np
import pytest

from steering.analysis.statistics.subsets import (
    ENOUGH,
    half_width,
    kept,
    least,
    lost_share,
    spread_of_sizes,
    variance_of_mean,
)
from tests.support.some_groups import World, made

REPLICATES = 80


def test_the_formula_is_the_cosine_of_noise_at_right_angles() -> None:
    """n of G groups, each the true direction and noise of length 2 along an axis of its own."""
    groups, length = 12, 2.0
    differences = np.hstack([np.ones((groups, 1)), length * np.eye(groups)])
    whole = differences.mean(axis=0)
    lost = (length**2) / (whole @ whole)
    for size in range(1, groups + 1):
        some = differences[:size].mean(axis=0)
        # The rest is at right angles to the vector of all: the cosine is what is kept.
        cosine = some @ whole / np.linalg.norm(some) / np.linalg.norm(whole)
        assert cosine == pytest.approx(float(kept(size, groups, lost)))


def test_the_least_number_is_the_first_that_keeps_enough() -> None:
    for groups in (3, 41, 200):
        for lost in (0.01, 0.5, 3.0, 0.9 * groups):
            number = int(least(lost, groups))
            assert kept(number, groups, lost) >= ENOUGH - 1e-12
            assert number == 1 or kept(number - 1, groups, lost) < ENOUGH
    assert least(0.0, 50) == 1
    assert math.isnan(least(math.nan, 50))


@pytest.mark.parametrize(
    "world",
    [
        World(),
        World(noise=4.0),
        World(noise=0.3, questions=12),
        World(groups=200, noise=8.0),
        World(width=6, noise=2.0),
        World(spread=0.5, questions=15),
    ],
    ids=["plain", "noisy", "clear", "many", "few dimensions", "questions differ"],
)
def test_too_few_groups_are_rarely_called_enough(world: World) -> None:
    """The claim is false where vectors of so many groups keep less than 95 % on all questions."""
    draw, false, held = np.random.default_rng(3), 0, 0
    for _ in range(REPLICATES):
        one = made(world, draw)
        group = np.arange(world.questions)
        lost, low, high = lost_share(one.slopes, group, one.sizes, world.groups)
        assert low <= lost <= high
        claimed = int(least(high, world.groups))
        false += one.keeps(claimed, draw) < ENOUGH
        truth = one.keeps(world.groups // 4, draw)
        # A tenth of a per cent is the noise of the truth itself.
        held += (
            kept(world.groups // 4, world.groups, high) - 0.002
            <= truth
            <= kept(world.groups // 4, world.groups, low) + 0.002
        )
    assert false / REPLICATES <= 0.05 + 2 * (0.05 * 0.95 / REPLICATES) ** 0.5
    assert held / REPLICATES >= 0.88


def test_more_pairs_are_asked_for_where_they_are_noisier() -> None:
    found = []
    for noise in (0.3, 1.0, 3.0):
        one = made(World(noise=noise, groups=200), np.random.default_rng(0))
        _, _, high = lost_share(one.slopes, np.arange(40), one.sizes, 200)
        found.append(least(high, 200))
    assert found == sorted(set(found))


def test_the_spread_of_sizes_is_found_again() -> None:
    draw = np.random.default_rng(0)
    sizes = np.array([64, *([2, 4, 8, 16, 32] * 400)])
    x = np.maximum(1 / sizes - 1 / 64, 0)
    means = 2 + draw.normal(0, 1, len(sizes)) * np.sqrt(0.5 * x + 1.5 * x**2)
    a, b, freedom = spread_of_sizes(means, sizes, 64, 0.5 / 64)
    assert (a, freedom) == (0.5, 5 * 399)
    assert b == pytest.approx(1.5, rel=0.15)
    even = 2 + draw.normal(0, 1, len(sizes)) * np.sqrt(0.5 * x)
    a, b, _ = spread_of_sizes(even, sizes, 64, math.nan)
    assert (a, b) == (pytest.approx(0.5, rel=0.1), 0.0)
    assert spread_of_sizes(means[:1], sizes[:1], 64, 0.1)[2] == 0


def test_variances_are_by_groups_and_widths_are_students() -> None:
    draw = np.random.default_rng(1)
    values = draw.normal(0, 1, 30)
    alone = variance_of_mean(values, np.arange(30))
    assert alone == pytest.approx(values.var(ddof=1) / 30)
    doubled = variance_of_mean(np.repeat(values, 2), np.repeat(np.arange(30), 2))
    assert doubled == pytest.approx(alone)
    # Of one variance alone the width is Student's, with its own freedom.
    assert half_width(1.0, 9, 0.0, 10) == pytest.approx(2.262, abs=1e-3)
    assert half_width(0.0, 9, 0.0, 10) == 0
    assert math.isnan(half_width(1.0, 9, math.nan, 0))
