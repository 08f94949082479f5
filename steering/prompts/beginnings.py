"""Beginnings: with how many equal tokens two texts begin."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence


def shared(one: Sequence[int], other: Sequence[int]) -> int:
    """Return the number of tokens before the first at which two texts differ, or one ends."""
    # Slices are compared faster than their tokens one by one.
    a, b = tuple(one), tuple(other)
    lengths = range(1, min(len(a), len(b)) + 1)
    return bisect_left(lengths, True, key=lambda length: a[:length] != b[:length])
