"""Rounding: how far two ways to compute the same logits may lie apart."""

from __future__ import annotations

import torch
from torch import Tensor

# As a share of the size of what is computed: in float32, and in precisions of 16 bits.
SHARE, SHARE_OF_HALF = 1e-3, 5e-2


def explained(dtype: torch.dtype, expected: Tensor) -> float:
    """Return the largest difference from `expected` that rounding in a precision can explain."""
    share = SHARE if dtype == torch.float32 else SHARE_OF_HALF
    return share * max(1.0, float(expected.abs().max()))
