"""A vector times λ, applied once, is the vector applied with λ: for every operator."""

from __future__ import annotations

import pytest
import torch

from steering.vectors.operators import OPERATORS


@pytest.mark.parametrize("name", OPERATORS)
@pytest.mark.parametrize("multiplier", [-1.5, 0.5, 2.0])
def test_the_multiplier_can_be_written_into_the_vector(name: str, multiplier: float) -> None:
    generator = torch.Generator().manual_seed(0)
    hidden, origin = (torch.randn(7, 16, generator=generator) for _ in range(2))
    vector, apply = torch.randn(16, generator=generator), OPERATORS[name].apply
    times, once = torch.full((7, 1), multiplier), torch.ones(7, 1)
    measured = apply(hidden, vector.expand(7, 16), times, origin)
    written = apply(hidden, (multiplier * vector).expand(7, 16), once, origin)
    torch.testing.assert_close(written, measured)
    assert not torch.equal(measured, hidden)
