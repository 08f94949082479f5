"""Lengths of replies: which prompts are worth one sweep or one extraction.

In an extraction shorter replies are padded to the longest, and in a sweep no tree of tokens is
smaller than the longest one needs. Replies of free text differ in length by much, those of lettered
questions hardly.
"""

from __future__ import annotations

from collections.abc import Sequence

from steering.prompts.rendering import Prompt

# How many times as long as the shortest the longest may be, both the longer replies to a prompt.
SPREAD = 1.25


def alike(prompts: Sequence[Prompt], most: int | None = None) -> list[list[int]]:
    """Return the places of the prompts that are worth one sweep, shortest replies first.

    Prompts of one length keep their order, and each sweep has at most so many (None: any number).
    Sweeps of these, put together by their places, give what one sweep of all prompts gives.
    """
    lengths = [max(map(len, prompt.answer_ids)) for prompt in prompts]
    groups: list[list[int]] = []
    for place in sorted(range(len(prompts)), key=lambda place: lengths[place]):
        first = groups[-1][0] if groups else None
        full = first is not None and most is not None and len(groups[-1]) >= most
        if first is None or full or lengths[place] > SPREAD * lengths[first]:
            groups.append([])
        groups[-1].append(place)
    return groups


def read_tokens(prompts: Sequence[Prompt]) -> int:
    """Return how many tokens of either answer are read: up to its letter, or of the longest reply.

    The prompts share a sweep, or an extraction.
    """
    if not any(one.positions.to_the_end for one in prompts):
        return max(one.read_position - len(one.token_ids) + 1 for one in prompts)
    return max(len(answer) for one in prompts for answer in one.answer_ids)
