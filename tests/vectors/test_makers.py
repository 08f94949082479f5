"""Makers of directions: what each makes of training pairs whose differences are known."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from steering.records.directions import GIVEN
from steering.records.tables import TODAY
from steering.vectors.makers import MAKERS, Contrast

PAIRS = torch.randn(10, 3, 8, generator=torch.Generator().manual_seed(0))
CONTRAST = Contrast(PAIRS.mean(0), torch.ones(3), {}, torch.zeros(0, 3, 8))


def test_the_mean_difference_is_the_mean_over_pairs() -> None:
    vectors = MAKERS[TODAY["maker"]].make(CONTRAST)
    assert vectors.shape == (3, 8)
    torch.testing.assert_close(vectors, sum(PAIRS) / 10)
    assert torch.equal(MAKERS[GIVEN].make(CONTRAST), vectors)


@pytest.mark.parametrize("name", [name for name, one in MAKERS.items() if not one.of_mean])
def test_what_needs_more_than_the_mean_is_made_with_the_extraction(name: str) -> None:
    made = torch.randn(3, 8)
    assert torch.equal(MAKERS[name].make(replace(CONTRAST, made=made)), made)
    with pytest.raises(AssertionError, match="with the extraction"):
        MAKERS[name].make(CONTRAST)


def test_the_mean_alone_suffices_for_the_makers_of_before() -> None:
    assert [name for name, one in MAKERS.items() if one.of_mean] == [TODAY["maker"], GIVEN]


def test_an_origin_is_the_mean_of_the_negative_answers_at_a_layer() -> None:
    assert CONTRAST.origin(1) is None
    negative = torch.randn(3, 8)
    assert torch.equal(replace(CONTRAST, negative=negative).origin(1), negative[1])
