"""Beginnings: with how many equal tokens two texts begin."""

from __future__ import annotations

from collections.abc import Sequence


def shared(one: Sequence[int], other: Sequence[int]) -> int:
    """Return the number of tokens before the first at which two texts differ, or one ends."""
    both = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in both if a != b), min(len(one), len(other)))
