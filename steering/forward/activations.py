"""Activations: the residual stream of every single training answer, and before any answer.

Extraction keeps what both answers to a prompt differ in; here each side is kept on its own, for
what needs the spread within a side. Nothing is steered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from steering.forward.batches import Batches, budget_of, run_all
from steering.forward.lengths import alike, read_tokens
from steering.forward.operations import Work, work_of
from steering.forward.packing import Ids, Tails
from steering.forward.passes import residuals
from steering.forward.routes import route_of
from steering.models.model import Model
from steering.prompts.rendering import Prompt


@dataclass(frozen=True)
class Sides:
    """The residual stream at both answers to each prompt, by layer.

    Attributes:
        positive, negative: the output of the block at the letter of the answer, or its mean over
            the tokens of a reply: where the vector is read.
        residual_norm: by layer, the mean norm at the last token of the prompts.
    """

    positive: dict[int, Float[Tensor, "pair width"]]
    negative: dict[int, Float[Tensor, "pair width"]]
    residual_norm: dict[int, float]


def sides(model: Model, prompts: Sequence[Prompt], layers: Sequence[int]) -> Sides:
    """Return the residual stream at both answers to each prompt, after some decoder blocks.

    What they differ in, on average over the prompts, is the steering vector of
    `forward.extraction.contrast` (Tan et al., section 3.1).
    """
    both = {layer: torch.zeros(2 * len(prompts), model.width) for layer in layers}
    norms = torch.zeros(model.depth, dtype=torch.float64)
    for group in alike(prompts):
        places = [2 * at + side for at in group for side in (0, 1)]
        ids = [prompts[at].token_ids for at in group for _ in (0, 1)]
        norms += _read(
            model, ids, [one for at in group for one in _answers(prompts[at])], both, places
        )
    mean = norms / (2 * len(prompts))
    return Sides(
        {layer: rows[0::2] for layer, rows in both.items()},
        {layer: rows[1::2] for layer, rows in both.items()},
        {layer: float(mean[layer]) for layer in layers},
    )


def before_answers(
    model: Model, prompts: Sequence[Prompt], layers: Sequence[int]
) -> dict[int, Float[Tensor, "prompt width"]]:
    """Return the residual stream at the last token of each prompt, which predicts the answer."""
    rows = {layer: torch.zeros(len(prompts), model.width) for layer in layers}
    ends = [((one.token_ids[-1],), 0) for one in prompts]
    _read(model, [one.token_ids[:-1] for one in prompts], ends, rows, range(len(prompts)))
    return rows


def work_of_sides(model: Model, prompts: Sequence[Prompt]) -> Work:
    """Return the work of `sides`."""
    total = Work()
    for group in alike(prompts):
        some = [prompts[at] for at in group]
        ids = [one.token_ids for one in some for _ in (0, 1)]
        total += work_of(model, ids, [None], size=read_tokens(some))
    return total


def work_before_answers(model: Model, prompts: Sequence[Prompt]) -> Work:
    """Return the work of `before_answers`."""
    return work_of(model, [one.token_ids[:-1] for one in prompts], [None])


# The tokens behind a prompt, and the first of them that is read.
_Read = tuple[tuple[int, ...], int]


def _answers(prompt: Prompt) -> list[_Read]:
    """Return what is read of the positive and of the negative answer."""
    first = prompt.read_position - len(prompt.token_ids)
    both = prompt.answer_ids if prompt.positive_first else prompt.answer_ids[::-1]
    end = None if prompt.positions.to_the_end else first + 1
    return [(answer[:end], first) for answer in both]


def _read(
    model: Model,
    ids: Sequence[Ids],
    reads: Sequence[_Read],
    rows: dict[int, Float[Tensor, "place width"]],
    places: Sequence[int],
) -> Float[Tensor, " layer"]:
    """Return the summed norms at the ends of the prompts, up to the last of the layers in `rows`.

    What is read is put into `rows`, and no block behind that layer is run.

    Of several tokens the mean is read. Answers are padded to the longest of them.
    """
    size = max(len(tokens) for tokens, _ in reads)
    counts = torch.zeros(len(reads), 1, size)
    for row, (tokens, first) in enumerate(reads):
        counts[row, 0, first : len(tokens)] = 1 / (len(tokens) - first)
    tails = [((*tokens, *[0] * (size - len(tokens))),) for tokens, _ in reads]
    parents = tuple(range(-1, size - 1))
    route = route_of(model, ids)
    norms, last = torch.zeros(model.depth, dtype=torch.float64), max(rows)

    def cut(left: list[int], budget: int) -> Batches:
        return route.cut(model, [ids[at] for at in left], 1, size, budget)

    def run(work: Batches) -> None:
        packs = [
            route.input(
                [ids[at] for at in group],
                Tails([tails[at] for at in group], (parents,)),
                work.slots,
            )
            for group in work.prompts
        ]
        counted = [counts[list(group)] for group in work.prompts]
        read = residuals(model, packs, counted, last=last)
        for group, (values, lengths) in zip(work.prompts, read, strict=True):
            norms[: last + 1].add_(lengths.double().sum(1).cpu())
            for layer, kept in rows.items():
                kept[[places[at] for at in group]] = values[layer].cpu()

    run_all(len(ids), budget_of(model.device), cut, run)
    return norms
