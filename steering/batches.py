"""Batches: how many copies, prompts a row and rows one forward takes. Pure arithmetic."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch

from steering.packing import Ids, Packed, pack

# Tokens of one forward. Larger ones fall out of a processor's cache; a GPU wants more.
TOKENS_ON_CPU = 2048
TOKENS_ON_GPU = 65536
MOST_COPIES = 256
_SLOTS = (1, 2, 4, 8)


@dataclass(frozen=True)
class Batch:
    """The prompts of one forward, by their index, and how they are packed."""

    indices: tuple[int, ...]
    packed: Packed


def budget_of(device: torch.device) -> int:
    """Return how many tokens one forward may have on a device."""
    return TOKENS_ON_CPU if device.type == "cpu" else TOKENS_ON_GPU


def batches(
    prompts: Sequence[Ids], tails: Sequence[Ids], *, costs: tuple[float, float], budget: int
) -> Iterator[Batch]:
    """Yield all prompts in batches of similar length, packed as cheaply as the costs say.

    The first batch is the largest: where memory fails, it fails at once.
    """
    ranked = sorted(range(len(prompts)), key=lambda index: (-len(prompts[index]), index))
    copies = len(tails[0])
    slots = _cheapest(prompts, copies, costs, budget)
    start = 0
    while start < len(ranked):
        longest = len(prompts[ranked[start]])
        rows = max(1, budget // (slots * (longest + copies)))
        indices = tuple(ranked[start : start + rows * slots])
        packed = pack([prompts[i] for i in indices], [tails[i] for i in indices], slots)
        yield Batch(indices, packed)
        start += len(indices)


def chunks(count: int, most: int) -> list[range]:
    """Return ranges of nearly equal size, none above `most`, that cover `count`."""
    number = -(-count // most)
    edges = [round(part * count / number) for part in range(number + 1)] if number else []
    return [range(start, end) for start, end in pairwise(edges)]


def _cheapest(prompts: Sequence[Ids], copies: int, costs: tuple[float, float], budget: int) -> int:
    # Prompts that share their beginning save tokens; longer rows cost attention. A few
    # neighbours tell: the two orders of an item share all but the last line.
    alone, seen = costs
    sample = list(prompts[:8])

    def cost(slots: int) -> float:
        total = 0.0
        for start in range(0, len(sample), slots):
            row = sample[start : start + slots]
            tokens = len(set(_prefixes(row))) + slots * copies
            total += tokens * alone + tokens**2 * seen
        return total

    fitting = [slots for slots in _SLOTS if slots * (len(prompts[0]) + copies) <= budget]
    return min(fitting or [1], key=cost)


def _prefixes(prompts: Sequence[Ids]) -> Iterator[tuple[int, ...]]:
    for prompt in prompts:
        yield from (tuple(prompt[:length]) for length in range(1, len(prompt) + 1))
