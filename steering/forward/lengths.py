"""Lengths of replies: which prompts are worth one sweep, in which shorter replies are padded.

In a sweep both replies to every prompt take as many tokens as the longest of them all, under every
vector and λ. Replies of free text differ in length by much, those of lettered questions hardly.
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


def copy_tokens(prompts: Sequence[Prompt]) -> int:
    """Return how many tokens a steered copy of each prompt has: its own, and those of the answers.

    The last token of an answer is read at the one before it, so that it is no part of a copy.
    """
    steered = max(len(one.steered_ids) for one in prompts)
    return steered + 2 * (read_tokens(prompts) - 1)
