"""Vectors: norms, right angles, and weights that make the vectors they are said to make."""

from __future__ import annotations

import pytest
import torch

from steering.records.directions import subset_size
from steering.vectors.controls import (
    perturbed_vectors,
    random_vectors,
    resampling_weights,
    shuffling_weights,
    subset_weights,
)

LIKE = 3.0 * torch.nn.functional.normalize(torch.arange(1.0, 65.0), dim=0)
GROUPS = [at // 4 for at in range(40)]  # ten groups of two items in two orders
ITEMS = [at // 2 for at in range(40)]


def test_random_vectors_have_the_norm_and_no_direction_in_common():
    drawn = random_vectors(400, LIKE, seed=0)
    torch.testing.assert_close(drawn.norm(dim=1), torch.full((400,), 3.0))
    assert drawn.mean(0).norm() < 3 * 3 / 400**0.5
    assert not torch.equal(drawn, random_vectors(400, LIKE, seed=1))


def test_perturbed_vectors_keep_all_that_lies_along_the_vector():
    made = perturbed_vectors(20, LIKE, seed=0)
    along = made @ LIKE / LIKE.norm()
    torch.testing.assert_close(along, torch.full((20,), 3.0))
    torch.testing.assert_close((made - LIKE).norm(dim=1), torch.full((20,), 3.0))
    # They do not repeat what the random vectors try.
    other = random_vectors(20, LIKE, seed=0)
    cosines = torch.cosine_similarity(made - LIKE, other)
    assert cosines.abs().max() < 0.6


def test_resampling_draws_whole_groups_with_replacement():
    weights = resampling_weights(GROUPS, 300, seed=0)
    torch.testing.assert_close(weights.sum(1), torch.ones(300))
    times = weights * 40
    by_group = times.view(300, 10, 4)
    assert (by_group == by_group[..., :1]).all()
    torch.testing.assert_close(times, times.round())
    # A group is left out of a draw of ten with probability 0.9¹⁰.
    assert (by_group[..., 0] == 0).float().mean().item() == pytest.approx(0.9**10, abs=0.03)


def test_vectors_of_resampled_groups_spread_as_means_of_groups_do():
    draw = torch.Generator().manual_seed(0)
    shared = torch.randn(10, generator=draw).repeat_interleave(4)
    differences = 2.0 + shared
    spread = (resampling_weights(GROUPS, 4000, seed=3) @ differences).std().item()
    between = shared[::4].std(correction=0).item() / 10**0.5
    assert spread == pytest.approx(between, rel=0.05)
    # Pairs drawn one by one would seem to tell twice as much.
    one_by_one = resampling_weights(range(40), 4000, seed=3)
    assert (one_by_one @ differences).std().item() == pytest.approx(between / 2, rel=0.1)


def test_vectors_of_some_groups_are_made_of_as_many_whole_groups_as_their_number_says():
    weights = subset_weights(GROUPS, 200, seed=0)
    by_group = weights.view(200, 10, 4)
    assert (by_group == by_group[..., :1]).all()
    sizes = [subset_size(number, 10) for number in range(200)]
    assert (by_group[..., 0] > 0).sum(1).tolist() == sizes
    torch.testing.assert_close(weights.sum(1), torch.ones(200))
    torch.testing.assert_close(weights[0], torch.full((40,), 1 / 40))
    # Every group is taken as often as any other.
    often = (by_group[1:, :, 0] > 0).float().mean(0)
    torch.testing.assert_close(often, often.mean().expand(10), atol=0.11, rtol=0)


def test_vectors_of_some_groups_spread_as_means_without_replacement_do():
    draw = torch.Generator().manual_seed(0)
    shared = torch.randn(10, generator=draw)
    found = subset_weights(GROUPS, 4001, seed=3) @ shared.repeat_interleave(4)
    sizes = torch.tensor([subset_size(number, 10) for number in range(4001)])
    for size in sorted({*sizes.tolist()} - {10}):
        spread = found[sizes == size].std().item()
        expected = shared.std().item() * (1 / size - 1 / 10) ** 0.5
        assert spread == pytest.approx(expected, rel=0.08)


def test_shuffled_labels_turn_both_orders_of_an_item_and_have_mean_zero():
    weights = shuffling_weights(ITEMS, 2000, seed=0)
    assert set((weights * 40).unique().tolist()) == {-1.0, 1.0}
    assert (weights[:, ::2] == weights[:, 1::2]).all()
    # What is planted as the letter's part has opposite signs in the two orders: it stays away.
    letter = torch.tensor([1.0, -1.0]).repeat(20)
    assert (weights @ letter).abs().max() < 1e-6
    concept = torch.ones(40)
    found = weights @ concept
    assert abs(found.mean().item()) < 4 * 20**-0.5 / 2000**0.5
    assert found.std().item() == pytest.approx(20**-0.5, rel=0.1)


def test_no_vectors_are_none():
    assert resampling_weights(GROUPS, 0, 0).shape == shuffling_weights(ITEMS, 0, 0).shape == (0, 40)
    assert subset_weights(GROUPS, 0, 0).shape == (0, 40)
    assert random_vectors(0, LIKE, 0).shape == perturbed_vectors(0, LIKE, 0).shape == (0, 64)
