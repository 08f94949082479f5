"""Operations: what forward passes over prompts and their copies will cost, counted beforehand.

Prompts are divided into the same passes as when they are run, so the count follows from the shapes
of these. It leaves out what grows with neither the weights nor attention, which is little.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from steering.forward.batches import budget_of, own_tokens
from steering.forward.bundles import Cost, Pair, bundles_of
from steering.forward.lengths import alike, read_tokens
from steering.forward.packing import Ids
from steering.forward.routes import ROWS, Route, route_of
from steering.models.model import Model
from steering.prompts.rendering import Prompt


@dataclass(frozen=True)
class Work:
    """What some forward passes cost.

    Attributes:
        operations: multiplications and additions.
        passes: the number of forward passes.
        tokens: the tokens of all rows of the largest pass.
        pairs: the pairs of tokens in the attention mask of the largest pass.
    """

    operations: float = 0.0
    passes: float = 0.0
    tokens: int = 0
    pairs: int = 0

    def __add__(self, other: Work) -> Work:
        return Work(
            self.operations + other.operations,
            self.passes + other.passes,
            max(self.tokens, other.tokens),
            max(self.pairs, other.pairs),
        )


def work_of(
    model: Model,
    prompts: Sequence[Ids],
    steered_at: Sequence[int | None],
    *,
    size: int = 1,
    whole: int = 0,
) -> Work:
    """Return the work of prompts with a copy for each of `steered_at`.

    Args:
        model: the model.
        prompts: the token ids of each prompt, without the tokens of its copies.
        steered_at: for each copy the block at whose output it is steered, in ascending order; None
            for the unsteered one. On a growing route a copy costs nothing before its block.
        size: the tokens of a copy.
        whole: of how many copies the logits of all words are computed.

    Raises Refused where no route is exact for the model.
    """
    route = route_of(model, prompts)
    costs, head = model.costs, 2 * model.head.weight.numel()
    budget, left, total = budget_of(model.device), list(range(len(prompts))), Work()
    while left:
        work = route.cut(model, [prompts[at] for at in left], len(steered_at), size, budget)
        for group in work.prompts:
            rows = [group[at : at + work.slots] for at in range(0, len(group), work.slots)]
            sorted_rows = ([prompts[left[at]] for at in row] for row in rows)
            trunks = [sum(own_tokens(sorted(row, key=tuple))) for row in sorted_rows]
            for part in work.copies:
                # As in `packing.growth`, one copy exists from the beginning on.
                layers = sorted((-1 if at is None else at for at in steered_at[part]), reverse=True)
                behind = [
                    work.slots * size * _there(layers, block, growing=route.growing)
                    for block in range(model.depth)
                ]
                read = len(group) * size * len(layers)
                spoken = head * read * whole / len(steered_at)
                if route.name == ROWS:
                    width = max(len(prompts[left[at]]) for at in group) + size
                    blocks = model.depth * read * costs.of_row(width)
                    total += Work(blocks + spoken, 1, read * width, read * width**2)
                    continue
                trunk = max(trunks)
                blocks = sum(len(rows) * costs.of_row(trunk + more) for more in behind)
                width = trunk + behind[-1]
                total += Work(blocks + spoken, 1, len(rows) * width, len(rows) * width**2)
        done = {at for group in work.prompts for at in group}
        left = [index for place, index in enumerate(left) if place not in done]
    return total


def cost_of_trees(model: Model, route: Route, copies: int, whole: int, *, budget: int) -> Cost:
    """Return what so many copies of trees of tokens behind prompts cost, for one block.

    Of `whole` copies the logits of all words are computed: of these too it is the share of a block.
    """
    spoken = 2 * model.head.weight.numel() * whole / model.depth

    def cost(prompts: list[Ids], size: int) -> float:
        blocks = route.cut(model, prompts, copies, size, budget).cost
        return blocks + len(prompts) * size * spoken

    return cost


def work_of_answers(
    model: Model, prompts: Sequence[Prompt], steered_at: Sequence[int | None], *, whole: int = 0
) -> Work:
    """Return the work of a sweep: of both answers to prompts, with a copy for each of `steered_at`.

    The other arguments are those of `work_of`. Raises Refused where no route is exact.
    """
    total, budget = Work(), budget_of(model.device)
    for group in alike(prompts):
        some = [prompts[place] for place in group]
        route = route_of(model, [one.token_ids for one in some])
        cost = cost_of_trees(model, route, len(steered_at), whole, budget=budget)
        bundles = bundles_of(some, [_read(one) for one in some], cost)
        behind, size = [one.prompt for one in bundles], len(bundles[0].ids)
        total += work_of(model, behind, steered_at, size=size, whole=whole)
    return total


def _read(prompt: Prompt) -> Pair:
    """Return the tokens of both answers that are read: up to the letter, or of all the reply."""
    end = None if prompt.positions.to_the_end else read_tokens([prompt])
    one, other = prompt.answer_ids
    return one[:end], other[:end]


def _there(layers: Sequence[int], block: int, *, growing: bool) -> int:
    """Return how many copies a block computes: those steered before it, and one at least."""
    if not growing:
        return len(layers)
    return max(1, sum(layer < block for layer in layers))
