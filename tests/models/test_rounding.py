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
