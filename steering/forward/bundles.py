"""Bundles: answers behind one prompt as a tree of tokens, so that what they share is computed once.

Replies to a request stand behind the same prompt, and many of them begin with the same words. Under
one vector and λ such a beginning is one computation, whoever goes on with it how.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from jaxtyping import Int

from steering.forward.packing import Ids, Tails
from steering.forward.passes import Reading
from steering.prompts.beginnings import shared
from steering.prompts.rendering import Prompt

Pair = tuple[Sequence[int], Sequence[int]]
# Returns what it costs to run trees of so many tokens behind some prompts.
Cost = Callable[[list[Ids], int], float]

# How many times fewer bundles the next division has that is compared.
_STEP = 1.25


@dataclass(frozen=True)
class Bundle:
    """Some answers behind one prompt.

    Attributes:
        prompt: the token ids before the first steered one.
        ids: the tokens of the tree: those of the prompt that are steered, and behind the last of
            them, which predicts the answer, all but the last token of each answer. Filled up to the
            size of the largest tree.
        parents: for each of them the token that it follows; −1 where it follows the prompt.
        answers: the numbers of the answers: twice that of the prompt, and one more for the second.
        read: for each answer and token of it the token of the tree at which it is read, the one
            before it.
    """

    prompt: Ids
    ids: Ids
    parents: tuple[int, ...]
    answers: tuple[int, ...]
    read: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class _Chain:
    """The tokens of an answer in its tree, and how many of them are before the one predicting."""

    number: int
    ids: Ids
    before: int


@dataclass(frozen=True)
class _Division:
    """The answers behind each prompt, divided into runs, and the size of the largest tree."""

    size: int
    runs: list[list[range]]


def bundles_of(prompts: Sequence[Prompt], pairs: Sequence[Pair], cost: Cost) -> list[Bundle]:
    """Return both answers to each of some prompts in bundles of the size that costs least.

    Args:
        prompts: the prompts.
        pairs: for each prompt the tokens of either answer that are read.
        cost: what a division into bundles costs.
    """
    together: dict[tuple[Ids, Ids], list[_Chain]] = {}
    for row, (prompt, pair) in enumerate(zip(prompts, pairs, strict=True)):
        for side, answer in enumerate(pair):
            ids = (*prompt.steered_ids, *answer[:-1])
            chain = _Chain(2 * row + side, ids, len(prompt.steered_ids) - 1)
            own = prompt.unsteered_ids, prompt.steered_ids
            together.setdefault(own, []).append(chain)
    pools = [sorted(pool, key=lambda one: tuple(one.ids)) for pool in together.values()]
    owns = [_own_tokens(pool) for pool in pools]
    divisions = [_divided(pools, owns, most) for most in _sizes(pools, owns)]

    def cost_of(division: _Division) -> float:
        behind = [ids for (ids, _), runs in zip(together, division.runs, strict=True) for _ in runs]
        return cost(behind, division.size)

    best = min(divisions, key=cost_of) if len(divisions) > 1 else divisions[0]
    return [
        _bundle(ids, [pool[at] for at in run], best.size)
        for (ids, _), pool, runs in zip(together, pools, best.runs, strict=True)
        for run in runs
    ]


def _own_tokens(chains: Sequence[_Chain]) -> list[int]:
    """Return for each of some sorted answers how many tokens it does not share with the last."""
    own = [len(chains[0].ids)]
    own += [len(other.ids) - shared(one.ids, other.ids) for one, other in pairwise(chains)]
    return own


def _sizes(pools: Sequence[Sequence[_Chain]], owns: Sequence[Sequence[int]]) -> list[int]:
    """Return the sizes of trees that are compared, the smallest for each number of bundles.

    The numbers are those of the prompt with the most tokens behind it, from one for each answer to
    one for all of them.
    """
    least = max(len(one.ids) for pool in pools for one in pool)
    pool, own = max(zip(pools, owns, strict=True), key=lambda each: sum(each[1]))
    sizes, number = {least}, len(pool)
    while number:
        enough = range(least, max(least, sum(own)) + 1)
        at = bisect_left(enough, True, key=lambda most: len(_runs(pool, own, most)) <= number)
        sizes.add(enough[at])
        number = int(number / _STEP)
    return sorted(sizes)


def _divided(
    pools: Sequence[Sequence[_Chain]], owns: Sequence[Sequence[int]], most: int
) -> _Division:
    each = [_runs(pool, own, most) for pool, own in zip(pools, owns, strict=True)]
    size = max(tokens for runs in each for _, tokens in runs)
    return _Division(size, [[run for run, _ in runs] for runs in each])


def _runs(pool: Sequence[_Chain], own: Sequence[int], most: int) -> list[tuple[range, int]]:
    """Return runs of answers whose trees have at most so many tokens, and how many they have."""
    runs: list[tuple[range, int]] = []
    start, size = 0, len(pool[0].ids)
    for at in range(1, len(pool)):
        if size + own[at] > most:
            runs.append((range(start, at), size))
            start, size = at, len(pool[at].ids)
        else:
            size += own[at]
    return [*runs, (range(start, len(pool)), size)]


def _bundle(prompt: Ids, chains: Sequence[_Chain], size: int) -> Bundle:
    places: dict[tuple[int, int], int] = {}
    ids, parents, read = [0] * size, [-1] * size, []
    for chain in chains:
        at, line = -1, []
        for token in chain.ids:
            place = places.setdefault((at, token), len(places))
            ids[place], parents[place] = token, at
            at = place
            line.append(at)
        read.append(tuple(line[chain.before :]))
    answers = tuple(chain.number for chain in chains)
    return Bundle(prompt, ids, tuple(parents), answers, tuple(read))


def tails_of(bundles: Sequence[Bundle], copies: int) -> Tails:
    """Return so many copies of the trees of some bundles."""
    return Tails([[one.ids] * copies for one in bundles], [one.parents for one in bundles])


def reading_of(bundles: Sequence[Bundle], pairs: Sequence[Pair]) -> Reading:
    """Return which logits are read of some bundles.

    Those of each answer in turn, filled up to as many answers as a bundle has at most, and to as
    many tokens as an answer has at most. What is read at the filling means nothing.
    """
    longest = max(len(answer) for pair in pairs for answer in pair)
    tails, tokens = np.zeros((2, *numbers_of(bundles).shape, longest), dtype=np.int64)
    for row, one in enumerate(bundles):
        for place, (number, read) in enumerate(zip(one.answers, one.read, strict=True)):
            tails[row, place, : len(read)] = read
            tokens[row, place, : len(read)] = pairs[number // 2][number % 2]
    return Reading(torch.from_numpy(tails).flatten(1), torch.from_numpy(tokens).flatten(1))


def numbers_of(bundles: Sequence[Bundle]) -> Int[np.ndarray, "bundle answer"]:
    """Return the numbers of the answers of each bundle, and −1 where it has fewer than others."""
    found = np.full((len(bundles), max(len(one.answers) for one in bundles)), -1)
    for row, one in enumerate(bundles):
        found[row, : len(one.answers)] = one.answers
    return found
