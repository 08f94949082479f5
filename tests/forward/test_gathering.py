"""Gathering: sums made on a service are those made here of every single pair."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from steering.forward.condensed import added
from steering.forward.gathering import Gathered, gathering
from steering.vectors.controls import resampling_weights
from tests.support import cases

OWN = [[0, 2, 4], [1, 3]]
WEIGHTS = {
    "none": None,
    "of groups": resampling_weights(["a", "a", "b", "b", "b"], 7, 0),
    "of pairs": torch.randn(2, 5, generator=torch.Generator().manual_seed(0)),
}


def read(gathered: Gathered) -> list[tuple[torch.Tensor, torch.Tensor]]:
    draw = torch.Generator().manual_seed(1)
    depth, sides, width = gathered.total.shape
    return [
        (torch.randn(depth, sides, len(own), width, generator=draw), torch.rand(depth, len(own)))
        for own in OWN
    ]


@pytest.mark.parametrize("negative", [False, True])
@pytest.mark.parametrize("weights", WEIGHTS)
def test_sums_are_those_of_single_pairs(weights, negative):
    model = cases.case("Llama").model
    here = gathering(model, 5, (), WEIGHTS[weights], negative=negative)
    there = replace(gathering(model, 5, (), WEIGHTS[weights], negative=negative), on_service=True)
    found = read(here)
    here.add(OWN, found)
    ways = there.ways(OWN)
    assert len(ways) == len(OWN)
    there.add(OWN, added(found, ways), summed=True)
    for name in ("total", "norms", "weighted"):
        torch.testing.assert_close(getattr(there, name), getattr(here, name), atol=1e-5, rtol=1e-5)


def test_single_pairs_travel_where_they_are_kept_or_read_here():
    model = cases.case("Llama").model
    here = gathering(model, 5, (), None, negative=False)
    assert here.ways(OWN) == []
    assert here.result_bytes(range(5)) is None
    kept = replace(gathering(model, 5, [1], None, negative=True), on_service=True)
    assert kept.ways(OWN) == []
    assert kept.result_bytes(range(5)) == 4 * 2 * model.depth * model.width


def test_a_result_of_sums_is_counted_as_what_it_holds():
    model = cases.case("Llama").model
    numbers = 4 * model.depth * model.width
    alone = replace(gathering(model, 5, (), None, negative=False), on_service=True)
    assert alone.result_bytes(range(5)) == -(-numbers // 5)
    groups = replace(gathering(model, 5, (), WEIGHTS["of groups"], negative=True), on_service=True)
    # The sums of two groups, and that of the negative answers.
    assert groups.result_bytes(range(5)) == -(-3 * numbers // 5)
