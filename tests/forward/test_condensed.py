"""Condensed results: the fewest sums from which the same vectors follow."""

from __future__ import annotations

import pytest
import torch

from steering.forward.condensed import added, condensed
from steering.vectors.controls import resampling_weights

DRAW = torch.Generator().manual_seed(0)
GROUPS = ["a", "a", "a", "b", "b", "c", "d", "d"]


@pytest.mark.parametrize(
    ("weights", "sums"),
    [
        # Nothing but the mean: one sum. Groups that are resampled: one for each of them.
        (torch.zeros(0, 8), 1),
        (resampling_weights(GROUPS, 50, 0), 4),
        # Two vectors of pairs that all count otherwise: these two, and the plain sum.
        (torch.randn(2, 8, generator=DRAW), 3),
        # More vectors than pairs: a sum for each pair.
        (torch.randn(20, 8, generator=DRAW), 8),
    ],
    ids=["mean", "groups", "few vectors", "all pairs"],
)
def test_all_vectors_follow_from_the_fewest_sums(weights, sums):
    found = condensed(weights)
    assert found.ways.shape == (sums, 8)
    wanted = torch.cat([torch.ones(1, 8), weights]).double()
    torch.testing.assert_close(found.vectors @ found.ways, wanted, atol=0, rtol=0)


def test_the_negative_answers_are_a_sum_of_their_own():
    sums = condensed(torch.zeros(0, 3))
    assert sums.of_answers(negative=False).tolist() == [[[1, 1, 1]]]
    assert sums.of_answers(negative=True).tolist() == [
        [[1, 1, 1], [0, 0, 0]],
        [[0, 0, 0], [1, 1, 1]],
    ]


def test_what_passes_read_is_added_up_over_their_prompts():
    read = [
        (torch.randn(2, 1, prompts, 4, generator=DRAW), torch.rand(2, prompts, generator=DRAW))
        for prompts in (3, 2)
    ]
    ways = [torch.randn(5, 1, prompts, generator=DRAW) for prompts in (3, 2)]
    ((sums, norms),) = added(read, ways)
    every = torch.cat([outputs[:, 0] for outputs, _ in read], dim=1)
    count = torch.cat([one[:, 0] for one in ways], dim=1)
    torch.testing.assert_close(sums, torch.einsum("vp,lpw->lvw", count, every))
    torch.testing.assert_close(norms, torch.cat([one for _, one in read], dim=1).sum(1))
    assert added(read, []) == read
