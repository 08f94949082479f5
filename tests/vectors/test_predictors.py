"""Predictors have their closed forms, and random halves do not flatter a vector that is noise."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from steering.vectors import predictors

WIDTH = 24


def drawn(seed: int, *shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def planted(apart: float, pairs: int = 200, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """Both sides, standard normal, whose means are so far apart along the first direction."""
    positive, negative = drawn(seed, pairs, WIDTH), drawn(seed + 1, pairs, WIDTH)
    positive[:, 0] += apart
    return positive, negative


def test_agreement_is_the_mean_cosine_with_the_mean():
    rows = drawn(1, 30, WIDTH)
    mean = rows.numpy().mean(0)
    by_hand = [one @ mean / np.linalg.norm(one) / np.linalg.norm(mean) for one in rows.numpy()]
    assert predictors.agreement(rows) == pytest.approx(np.mean(by_hand), abs=1e-6)
    assert predictors.agreement(rows[:1].repeat(5, 1)) == pytest.approx(1, abs=1e-6)


def test_pairwise_is_the_mean_cosine_of_two_questions_of_different_groups():
    rows, items = drawn(2, 12, WIDTH), [at // 2 for at in range(12)]
    groups = [item // 2 for item in items]
    means = rows.view(6, 2, WIDTH).mean(1).numpy()
    cosines = [
        one @ other / np.linalg.norm(one) / np.linalg.norm(other)
        for i, one in enumerate(means)
        for j, other in enumerate(means)
        if i // 2 != j // 2
    ]
    found = predictors.pairwise(rows, items, groups)
    assert found == pytest.approx(np.mean(cosines), abs=1e-6)
    assert math.isnan(predictors.pairwise(rows, items, ["one"] * 12))


def test_two_letters_cancel_in_pairwise_and_not_in_agreement():
    letter, own = torch.eye(WIDTH)[0], torch.eye(WIDTH)[1]
    rows = torch.stack([own + sign * 10 * letter for _ in range(8) for sign in (1, -1)])
    items = [at // 2 for at in range(16)]
    assert predictors.pairwise(rows, items, items) == pytest.approx(1, abs=1e-5)
    assert predictors.agreement(rows) == pytest.approx(1 / math.sqrt(101), abs=1e-5)


def test_halves_divide_the_groups_and_weigh_their_pairs_alike():
    groups = [at // 3 for at in range(30)]
    divided = predictors.halves(groups, 7)
    assert divided.shape == (14, 30)
    assert torch.allclose(divided.sum(1), torch.ones(14))
    whole = (divided[0::2] > 0).int() + (divided[1::2] > 0).int()
    assert (whole == 1).all()
    for row in divided:
        assert all(len(set(row[3 * at : 3 * at + 3].tolist())) == 1 for at in range(10))
    assert (predictors.halves(groups, 7) == divided).all()
    assert len(predictors.halves(["one"] * 4)) == 0


def test_the_split_half_cosine_grows_with_the_signal_and_is_nought_without():
    groups = list(range(200))
    divided = predictors.halves(groups)
    found = []
    for apart in (0.0, 0.5, 2.0):
        positive, negative = planted(apart)
        found.append(predictors.split_half(positive - negative, divided))
    assert found[0] == pytest.approx(0, abs=0.15)
    assert found == sorted(found)
    # Of vectors v + e in so many dimensions it is v² / (v² + 2 · width / (pairs / 2)).
    assert found[2] == pytest.approx(4 / (4 + 2 * WIDTH / 100), abs=0.05)


def test_d_prime_is_the_planted_one_and_not_inflated_by_the_pairs_that_made_the_vector():
    groups = list(range(400))
    divided = predictors.halves(groups)
    assert predictors.d_prime(*planted(3.0, 400), divided) == pytest.approx(3, abs=0.2)
    found = [predictors.d_prime(*planted(0.0, 400, 10 * s), divided) for s in range(20)]
    assert np.mean(found) == pytest.approx(0, abs=0.05)
    inflated = []
    for s in range(20):
        positive, negative = planted(0.0, 400, 10 * s)
        along = torch.nn.functional.normalize((positive - negative).mean(0), dim=0)
        inflated.append(float(((positive - negative) @ along).mean()))
    assert np.mean(inflated) > 0.2


def test_d_prime_does_not_depend_on_the_scale_or_on_a_shift():
    divided = predictors.halves(list(range(100)))
    positive, negative = planted(1.0, 100)
    before = predictors.d_prime(positive, negative, divided)
    shift = drawn(5, WIDTH)
    after = predictors.d_prime(3 * positive + shift, 3 * negative + shift, divided)
    assert after == pytest.approx(before, abs=1e-4)


def test_the_dose_and_the_persona():
    vector = torch.tensor([3.0, 4.0])
    assert predictors.dose(vector, 10.0) == pytest.approx(0.5)
    positive, negative = drawn(1, 9, 2), drawn(2, 9, 2)
    positive += vector - positive.mean(0) + negative.mean(0)
    assert predictors.persona(vector, positive, negative) == pytest.approx(1, abs=1e-5)
    assert predictors.persona(vector, negative, positive) == pytest.approx(-1, abs=1e-5)


def test_the_spread_is_no_angle_for_equal_pairs_and_about_a_right_angle_for_noise():
    groups = list(range(100))
    # arccos of a rounded 1 is a few hundredths of a degree.
    assert predictors.spread(drawn(0, 1, WIDTH).repeat(100, 1), groups) < 0.1
    positive, negative = planted(2.0, 100)
    clear, noise = (
        predictors.spread(rows, groups) for rows in (positive - negative, drawn(3, 100, WIDTH))
    )
    assert clear < 25
    assert 35 < noise < 90


def test_the_consistency_is_the_share_of_questions_with_one_statement_in_both_orders():
    items = [0, 0, 1, 1, 2, 2, 3, 3, 4]
    values = torch.tensor([1.0, 2.0, -1.0, -3.0, 1.0, -1.0, -2.0, 1.0, 5.0])
    assert predictors.consistency(values, items) == 0.5
    assert math.isnan(predictors.consistency(values[-1:], [4]))


def test_a_pair_is_no_part_of_the_mean_that_judges_it():
    rows = drawn(4, 20, WIDTH)
    groups = [at // 2 for at in range(20)]
    projected, cosines = predictors.against(rows, groups)
    others = rows[2:].sum(0)
    by_hand = float(rows[0] @ others / others.norm())
    assert float(projected[0]) == pytest.approx(by_hand, abs=1e-5)
    assert float(cosines[0]) == pytest.approx(by_hand / float(rows[0].norm()), abs=1e-5)
    # Of noise, leaving out makes half of them point against the mean, and not fewer.
    many, _ = predictors.against(drawn(6, 400, 400), list(range(400)))
    assert float((many < 0).float().mean()) == pytest.approx(0.5, abs=0.08)
    alone, _ = predictors.against(rows, ["one"] * 20)
    assert alone.isnan().all()


def test_a_flipped_pair_points_against_the_mean():
    positive, negative = planted(5.0, 50)
    rows = positive - negative
    rows[7] *= -1
    _, cosines = predictors.against(rows, list(range(50)))
    assert (cosines < 0).nonzero().flatten().tolist() == [7]
