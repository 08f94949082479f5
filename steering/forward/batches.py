"""Batches: which prompts and steered copies share one forward pass, so that it costs least."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch

from steering.errors import Pending, Refused
from steering.forward.packing import Ids
from steering.models.costs import Costs
from steering.prompts.beginnings import shared

# The most tokens of one forward pass. Larger passes do not fit the cache of a CPU, and take longer
# per token; a GPU needs more tokens to be busy.
TOKENS_ON_CPU = 2048
TOKENS_ON_GPU = 65536

# One request to a service holds at most so many forward passes, and so many bytes of results: large
# enough that waiting for each request costs little, small enough to let other users have a turn.
FORWARDS_A_REQUEST = 4
RESULT_BYTES = 2**28

# How many prompts a row may hold: all of these are compared.
_SLOTS = (1, 2, 4, 8, 16)


@dataclass(frozen=True)
class Batches:
    """How prompts and copies are divided into forward passes.

    Attributes:
        prompts: for each batch, the indices of its prompts in the order in which they are packed.
        copies: the ranges of copies, each with a forward pass of its own.
        slots: the number of prompts in a row.
        cost: the operations of one block over all of it, and as many as fit into the time that the
            passes take besides.
    """

    prompts: tuple[tuple[int, ...], ...]
    copies: tuple[slice, ...]
    slots: int
    cost: float = 0.0


def budget_of(device: torch.device) -> int:
    """Return how many tokens one forward may have on a device."""
    # A model that runs on a service is on the device "meta" here; services have GPUs.
    return TOKENS_ON_GPU if device.type in {"cuda", "meta"} else TOKENS_ON_CPU


def packed_batches(
    prompts: Sequence[Ids], copies: int, size: int, costs: Costs, budget: int
) -> Batches:
    """Return the cheapest way to pack all prompts with so many copies of `size` tokens.

    Prompts are sorted by their tokens, so that neighbours share long beginnings, and rows by their
    length. The first batch is the largest: if memory does not suffice, that shows at once.
    """
    order = sorted(range(len(prompts)), key=lambda index: tuple(prompts[index]))
    own = own_tokens([prompts[index] for index in order])
    longest = max(map(len, prompts))
    best: tuple[float, int, int, list[tuple[int, range]]] | None = None
    for slots in _SLOTS:
        rows = _rows(own, [len(prompts[index]) for index in order], slots)
        for parts in sorted({-(-copies // most) for most in range(1, copies + 1)}):
            behind = slots * size * -(-copies // parts)
            width = rows[0][0] + behind
            fits = width <= budget or (slots == 1 and parts == copies)
            if not fits:
                continue
            passes = -(-len(rows) // max(1, budget // width))
            each = sum(costs.of_row(trunk + behind) for trunk, _ in rows)
            cost = parts * (each + passes * costs.of_pass)
            if best is None or cost < best[0]:
                best = (cost, slots, parts, rows)
            # Copies that are shorter than the prompt gain nothing from more parts: each part
            # computes the prompt once more.
            if behind < longest:
                break
    assert best is not None, "one prompt with one copy always fits"
    cost, slots, parts, rows = best
    cut = chunks(copies, -(-copies // parts))
    behind = slots * size * (cut[0].stop - cut[0].start)
    groups, start = [], 0
    while start < len(rows):
        taken = max(1, budget // (rows[start][0] + behind))
        batch = rows[start : start + taken]
        # A row with fewer prompts than slots has to come last, since rows are filled in order.
        batch.sort(key=lambda row: -len(row[1]))
        groups.append(tuple(order[place] for _, row in batch for place in row))
        start += taken
    return Batches(tuple(groups), tuple(cut), slots, cost)


def plain_batches(
    prompts: Sequence[Ids], copies: int, size: int, costs: Costs, budget: int
) -> Batches:
    """Return batches in which each copy is a row of its own, prompts of similar length together."""
    order = sorted(range(len(prompts)), key=lambda index: (-len(prompts[index]), index))
    longest = len(prompts[order[0]]) + size
    cut = chunks(copies, max(1, min(copies, budget // (longest * size))))
    rows = size * (cut[0].stop - cut[0].start)
    groups, start, cost = [], 0, 0.0
    while start < len(order):
        width = len(prompts[order[start]]) + size
        taken = max(1, budget // (rows * width))
        groups.append(tuple(order[start : start + taken]))
        cost += len(groups[-1]) * copies * size * costs.of_row(width) + len(cut) * costs.of_pass
        start += taken
    return Batches(tuple(groups), tuple(cut), 1, cost)


def run_all(
    count: int,
    budget: int,
    cut: Callable[[list[int], int], Batches],
    run: Callable[[Batches], None],
    *,
    result_bytes: int | None = None,
) -> None:
    """Run all prompts, batch after batch; if a GPU runs out of memory, halve the batches and go on.

    Args:
        count: the number of prompts.
        budget: the most tokens of a forward pass, to begin with.
        cut: given the indices of prompts and a budget, returns their batches; these number the
            prompts by their places among the indices given.
        run: runs batches, which number the prompts by their indices.
        result_bytes: the size of the result of one prompt, if a service runs the passes; several
            batches are then sent as one request. None runs them here.

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
            for request in together:
                try:
                    run(Batches(tuple(request), work.copies, work.slots))
                except Pending as error:
                    pending = error
                done.update(*request)
        except torch.OutOfMemoryError as error:
            if len(groups) == len(left) and all(
                part.stop - part.start == 1 for part in work.copies
            ):
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
    """Return the batches of each request: few forward passes, with a result of limited size."""
    most = max(1, RESULT_BYTES // result_bytes)
    # Only whole rows are moved to another request: the prompts of a row share their tokens.
    rows = max(1, most // work.slots) * work.slots
    parts = [group[at : at + rows] for group in groups for at in range(0, len(group), rows)]
    forwards = max(1, FORWARDS_A_REQUEST // len(work.copies))
    batches: list[list[tuple[int, ...]]] = []
    for part in parts:
        held = sum(map(len, batches[-1])) + len(part) if batches else 0
        if batches and len(batches[-1]) < forwards and held <= most:
            batches[-1].append(part)
        else:
            batches.append([part])
    return batches


def chunks(count: int, most: int) -> list[slice]:
    """Return slices of nearly equal size, the first the largest, none above `most`."""
    number = -(-count // most)
    sizes = [count // number + (part < count % number) for part in range(number)]
    edges = [0]
    for size in sizes:
        edges.append(edges[-1] + size)
    return [slice(start, end) for start, end in pairwise(edges)]


def own_tokens(prompts: Sequence[Ids]) -> list[int]:
    """Return for each of some sorted prompts how many tokens it does not share with the last one.

    Their sum is the number of tokens in which common beginnings count once.
    """
    own = [len(prompts[0])]
    own += [len(other) - shared(one, other) for one, other in pairwise(prompts)]
    return own


def _rows(own: Sequence[int], lengths: Sequence[int], slots: int) -> list[tuple[int, range]]:
    # For each row: how many tokens its prompts take together, and their places; longest row first.
    starts = range(0, len(own), slots)
    rows = [range(start, min(start + slots, len(own))) for start in starts]
    trunks = [(lengths[row.start] + sum(own[at] for at in row[1:]), row) for row in rows]
    return sorted(trunks, key=lambda trunk: -trunk[0])


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0].rstrip(".")
