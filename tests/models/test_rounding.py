"""What rounding explains: a share of the size, and of 1 at least."""

from __future__ import annotations

import pytest
import torch

from steering.models.rounding import SHARE, SHARE_OF_HALF, explained


@pytest.mark.parametrize(
    ("dtype", "share"),
    [(torch.float32, SHARE), (torch.bfloat16, SHARE_OF_HALF), (torch.float16, SHARE_OF_HALF)],
)
def test_it_goes_by_the_precision_and_the_size(dtype, share):
    assert explained(dtype, torch.tensor([3.0, -20.0])) == pytest.approx(20 * share)
    # Of logits near zero, no less than of logits of one.
    assert explained(dtype, torch.tensor([0.01])) == pytest.approx(share)


def test_a_deep_model_in_half_precision_is_allowed_more():
    logits = torch.tensor([3.2])
    assert explained(torch.bfloat16, logits, 12) == pytest.approx(3.2 * 0.0574, rel=0.01)
    assert explained(torch.bfloat16, logits, 32) == pytest.approx(3.2 * 3 * 2**-8 * 8)
    # Nothing changes in float16, which is finer, nor in float32.
    assert explained(torch.float16, logits, 32) == pytest.approx(3.2 * SHARE_OF_HALF)
    assert explained(torch.float32, logits, 80) == pytest.approx(3.2 * SHARE)


def test_a_stack_of_many_roundings_differs_by_less_than_is_explained():
    """Random blocks in bfloat16 and in float64: the difference grows with their number."""
    draw = torch.Generator().manual_seed(0)

    def stacked(depth: int) -> tuple[float, float]:
        exact = torch.randn(64, 256, generator=draw, dtype=torch.float64)
        rough = exact.bfloat16()
        for _ in range(2 * depth):
            step = torch.randn(256, 256, generator=draw, dtype=torch.float64) / 64
            exact = exact + (exact @ step).tanh()
            rough = rough + (rough @ step.bfloat16()).tanh()
        difference = float((rough.double() - exact).abs().max())
        return difference, explained(torch.bfloat16, exact, depth)

    for depth in (4, 64):
        found, allowed = stacked(depth)
        assert found < allowed
