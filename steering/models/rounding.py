"""Rounding: how far two ways to compute the same logits may lie apart."""

from __future__ import annotations

import math

import torch
from torch import Tensor

# As a share of the size of what is computed: in float32, and in precisions of 16 bits.
SHARE, SHARE_OF_HALF = 1e-3, 5e-2
# How much further apart than the typical error of a deep model the largest of many logits may be.
_LARGEST = 3.0


def explained(dtype: torch.dtype, expected: Tensor, depth: int = 1) -> float:
    """Return the largest difference from `expected` that rounding in a precision can explain.

    Each block adds to the residual stream twice, and each sum is rounded. Errors of so many
    roundings grow as the square root of their number, so a deep model is allowed more.
    """
    share = SHARE if dtype == torch.float32 else SHARE_OF_HALF
    rounded = torch.finfo(dtype).eps / 2 * math.sqrt(2 * depth)
    return max(share, _LARGEST * rounded) * max(1.0, float(expected.abs().max()))
