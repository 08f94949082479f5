"""Growth: copies are added to a packed input at the block that steers them, and not before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from steering.forward.packing import Packed


@dataclass(frozen=True)
class Growth:
    """The columns that exist from one block's output on: copies are added where they are steered.

    A column that is new is copied from its twin: the same token of the copy that is there already.

    Attributes:
        layer: the block; −1 for the beginning of the forward pass.
        columns: the columns of the whole input that exist from here on.
        before: for each of them, its index (or its twin's) among the columns before this block.
        begun: for each of them, its index (or its twin's) among the columns at the beginning.
    """

    layer: int
    columns: Int[Tensor, " column"]
    before: Int[Tensor, " column"]
    begun: Int[Tensor, " column"]


def growth(packed: Packed, steered_at: Sequence[int | None]) -> tuple[Growth, ...]:
    """Return how a packed input grows when a copy is added only at the block that steers it.

    Before that block a copy equals the unsteered tokens. One copy exists from the beginning, the
    unsteered one or else the one steered last; the others are copied from it.

    Args:
        packed: an input that `pack` made.
        steered_at: for each copy the block at whose output it is steered; None for the unsteered.
    """
    _, copies, size = packed.places.shape[1:]
    width = packed.input_ids.shape[1]
    own = packed.places[1].flatten(1).unique(dim=0).view(-1, copies, size)
    last = [float("inf") if layer is None else layer for layer in steered_at]
    seed = max(range(copies), key=lambda copy: last[copy])
    twin = torch.arange(width)
    twin[own] = own[:, seed : seed + 1].expand_as(own)
    # The block from which on each copy is there.
    since = torch.tensor([-1 if layer is None else layer for layer in steered_at])
    since[seed] = -1
    begun = earlier = torch.zeros(0, dtype=torch.bool)
    stages: list[Growth] = []
    for at in [-1, *sorted({layer for layer in steered_at if layer is not None})]:
        there = torch.ones(width, dtype=torch.bool)
        there[own] = (since <= at)[:, None].expand_as(own)
        if not stages:
            begun = earlier = there
        columns = there.nonzero().flatten()
        places = [_among(one, columns, twin) for one in (earlier, begun)]
        stages.append(Growth(at, columns, *places))
        earlier = there
    return tuple(stages)


def _among(
    there: Bool[Tensor, " token"], columns: Int[Tensor, " column"], twin: Int[Tensor, " token"]
) -> Int[Tensor, " column"]:
    """Return for each column its index, or its twin's, among those that were there."""
    same = torch.where(there[columns], columns, twin[columns])
    return (there.cumsum(0) - 1)[same]
