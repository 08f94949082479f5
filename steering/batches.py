"""Batches: which prompts and copies one forward takes, chosen by what tokens cost. No model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch

from steering.errors import Pending, Refused
from steering.packing import Ids

# Tokens of one forward. Larger ones fall out of a processor's cache; a GPU wants more.
TOKENS_ON_CPU = 2048
TOKENS_ON_GPU = 65536
# One request to a service: so many tokens over all its forwards, and bytes of its result. Large
# enough that the waiting does not count, small enough for others to have their turn.
FORWARDS_A_REQUEST = 4
RESULT_BYTES = 2**28
_SLOTS = (1, 2, 4, 8, 16)


@dataclass(frozen=True)
class Costs:
    """What a block spends, in operations: on a token alone, and on each token that it may see."""

    alone: float
    seen: float

    def of_row(self, tokens: float) -> float:
        """Return what a row of tokens costs; who may not be seen is looked at all the same."""
        return tokens * self.alone + tokens**2 * self.seen


@dataclass(frozen=True)
class Batches:
    """How the work is cut.

    Attributes:
        prompts: for each batch, the indices of its prompts in the order in which they are packed.
        copies: the ranges of copies, each a forward of its own.
        slots: prompts a row.
    """

    prompts: tuple[tuple[int, ...], ...]
    copies: tuple[slice, ...]
    slots: int


def budget_of(device: torch.device) -> int:
    """Return how many tokens one forward may have on a device."""
    # A model that a service holds has no device of ours ("meta"): services have GPUs.
    return TOKENS_ON_GPU if device.type in {"cuda", "meta"} else TOKENS_ON_CPU


def packed_batches(
    prompts: Sequence[Ids], copies: int, size: int, costs: Costs, budget: int
) -> Batches:
    """Return the cheapest way to pack all prompts with so many copies of `size` tokens.

    Prompts are put beside those with which they share the longest beginning (in the order of a
    dictionary), rows beside rows of their length. The first batch is the largest: where memory
    fails, it fails at once.
    """
    order = sorted(range(len(prompts)), key=lambda index: tuple(prompts[index]))
    own = _own_tokens([prompts[index] for index in order])
    longest = max(map(len, prompts))
    best: tuple[float, int, list[slice], list[tuple[int, range]]] | None = None
    for slots in _SLOTS:
        rows = _rows(own, [len(prompts[index]) for index in order], slots)
        for parts in range(1, copies + 1):
            cut = chunks(copies, -(-copies // parts))
            behind = slots * size * (cut[0].stop - cut[0].start)
            fits = rows[0][0] + behind <= budget or (slots == 1 and parts == copies)
            if not fits:
                continue
            cost = len(cut) * sum(costs.of_row(trunk + behind) for trunk, _ in rows)
            if best is None or cost < best[0]:
                best = (cost, slots, cut, rows)
            if behind < longest:  # still more parts only compute the prompt once more
                break
    assert best is not None, "one prompt with one copy always fits"
    _, slots, cut, rows = best
    behind = slots * size * (cut[0].stop - cut[0].start)
    groups, start = [], 0
    while start < len(rows):
        taken = max(1, budget // (rows[start][0] + behind))
        some = rows[start : start + taken]
        # Only the last row may be short of prompts: it goes to the end of its batch.
        some.sort(key=lambda row: -len(row[1]))
        groups.append(tuple(order[place] for _, row in some for place in row))
        start += taken
    return Batches(tuple(groups), tuple(cut), slots)


def plain_batches(prompts: Sequence[Ids], copies: int, size: int, budget: int) -> Batches:
    """Return batches for copies that are rows of their own: of similar length, longest first."""
    order = sorted(range(len(prompts)), key=lambda index: (-len(prompts[index]), index))
    longest = len(prompts[order[0]]) + size
    cut = chunks(copies, max(1, min(copies, budget // (longest * size))))
    rows = size * (cut[0].stop - cut[0].start)
    groups, start = [], 0
    while start < len(order):
        taken = max(1, budget // (rows * (len(prompts[order[start]]) + size)))
        groups.append(tuple(order[start : start + taken]))
        start += taken
    return Batches(tuple(groups), tuple(cut), 1)


def run_all(
    count: int,
    budget: int,
    cut: Callable[[list[int], int], Batches],
    run: Callable[[Batches], None],
    *,
    result_bytes: int | None = None,
) -> None:
    """Run all prompts, batch after batch; where a GPU's memory fails, go on with half of it.

    Args:
        count: the number of prompts.
        budget: tokens that a forward may have, at first.
        cut: returns the batches of some prompts, as places among them, for a budget.
        run: runs some batches, given by the prompts' own indices.
        result_bytes: where a service runs them, several batches as one request: how much of its
            result a prompt accounts for.

    Raises Refused where not even one copy of one prompt fits, and Pending, once all requests are
    sent, where a service has not answered them yet.
    """
    left = list(range(count))
    pending: Pending | None = None
    while left:
        work = cut(left, budget)
        groups = [tuple(left[place] for place in group) for group in work.prompts]
        together = [[group] for group in groups]
        if result_bytes is not None:
            together = requests(work, groups, result_bytes)
        done: set[int] = set()
        try:
            for some in together:
                try:
                    run(Batches(tuple(some), work.copies, work.slots))
                except Pending as error:
                    pending = error
                done.update(*some)
        except torch.OutOfMemoryError as error:
            if len(groups) == len(left) and all(one.stop - one.start == 1 for one in work.copies):
                raise Refused(
                    f"the device ran out of memory over a single prompt ({_first_line(error)}): "
                    "a larger one, a smaller model or --dtype bfloat16 is needed."
                ) from error
            budget //= 2
            torch.cuda.empty_cache()
        left = [index for index in left if index not in done]
    if pending is not None:
        raise pending


def requests(
    work: Batches, groups: Sequence[tuple[int, ...]], result_bytes: int
) -> list[list[tuple[int, ...]]]:
    """Return the batches of each request: a few forwards, and a result that is not too large."""
    most = max(1, RESULT_BYTES // result_bytes)
    # A row is not torn apart: what is packed together stays together.
    rows = max(1, most // work.slots) * work.slots
    parts = [group[at : at + rows] for group in groups for at in range(0, len(group), rows)]
    forwards = max(1, FORWARDS_A_REQUEST // len(work.copies))
    asked: list[list[tuple[int, ...]]] = []
    for part in parts:
        held = sum(map(len, asked[-1])) + len(part) if asked else 0
        if asked and len(asked[-1]) < forwards and held <= most:
            asked[-1].append(part)
        else:
            asked.append([part])
    return asked


def chunks(count: int, most: int) -> list[slice]:
    """Return slices of nearly equal size, the first the largest, none above `most`."""
    number = -(-count // most)
    sizes = [count // number + (part < count % number) for part in range(number)]
    edges = [0]
    for size in sizes:
        edges.append(edges[-1] + size)
    return [slice(start, end) for start, end in pairwise(edges)]


def _own_tokens(prompts: Sequence[Ids]) -> list[int]:
    # How many tokens each prompt of a sorted list does not share with the one before it.
    own = [len(prompts[0])]
    for one, other in pairwise(prompts):
        shared = next(
            (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b),
            min(len(one), len(other)),
        )
        own.append(len(other) - shared)
    return own


def _rows(own: Sequence[int], lengths: Sequence[int], slots: int) -> list[tuple[int, range]]:
    # The trunk's tokens of every row and the places in it, the longest first.
    starts = range(0, len(own), slots)
    rows = [range(start, min(start + slots, len(own))) for start in starts]
    trunks = [(lengths[row.start] + sum(own[at] for at in row[1:]), row) for row in rows]
    return sorted(trunks, key=lambda trunk: -trunk[0])


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0].rstrip(".")
