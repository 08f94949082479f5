"""Packing: many prompts, and many steered copies of their last tokens, in one exact forward.

Prompt tokens are never steered, so every multiplier, vector and layer can share the prompt's one
forward pass. A row holds a trunk, in which prompts with a common beginning share its tokens (a
tree), and behind it the copies: each sees its own prompt and itself, and stands at the positions
right after that prompt. Pure PyTorch: no model, no nnsight.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

Ids = Sequence[int]


@dataclass(frozen=True)
class Tails:
    """What stands behind the prompts: copies of a few tokens that form a small tree.

    Attributes:
        ids: for each prompt and copy, its token ids; all copies have as many.
        parents: for each token of a copy, the token of the copy that it follows; −1 where it
            follows the prompt.
    """

    ids: Sequence[Sequence[Ids]]
    parents: tuple[int, ...] = (-1,)

    def __post_init__(self) -> None:
        assert all(parent < at for at, parent in enumerate(self.parents)), "parents come first"

    @property
    def size(self) -> int:
        """Return the number of tokens of a copy."""
        return len(self.parents)

    @property
    def chains(self) -> list[list[int]]:
        """Return for each token of a copy its line of descent, itself last."""
        chains: list[list[int]] = []
        for at, parent in enumerate(self.parents):
            chains.append([*(chains[parent] if parent >= 0 else []), at])
        return chains

    def of(self, indices: Sequence[int], copies: slice) -> Tails:
        """Return the tails of some prompts, some copies of them."""
        return Tails([self.ids[index][copies] for index in indices], self.parents)


@dataclass(frozen=True)
class Packed:
    """One forward's input, and where in it the prompts and their copies are.

    Places are pairs of row and column, in a first dimension of two.

    Attributes:
        input_ids: rows × tokens.
        position_ids: the position of each token in its own prompt; None where counting does.
        visible: which token sees which; None where each sees all before it.
        places: for each prompt, copy and token of the copy, where it is read.
        steered: for each prompt and copy, all places that hold a token of the copy.
        ends: for each prompt, where its last token is.
    """

    input_ids: Int[Tensor, "row token"]
    position_ids: Int[Tensor, "row token"] | None
    visible: Bool[Tensor, "row token token"] | None
    places: Int[Tensor, "2 prompt copy tail"]
    steered: Int[Tensor, "2 prompt copy place"]
    ends: Int[Tensor, "2 prompt"]


def pack(prompts: Sequence[Ids], tails: Tails, slots: int = 1) -> Packed:
    """Return prompts packed `slots` a row, each followed by its copies.

    Args:
        prompts: the token ids of each prompt, without the tokens of its tail.
        tails: what stands behind each prompt.
        slots: prompts a row. Neighbours share what their beginnings have in common.
    """
    count, copies, size = len(prompts), len(tails.ids[0]), tails.size
    rows = [range(start, min(start + slots, count)) for start in range(0, count, slots)]
    trees = [_tree([prompts[index] for index in row]) for row in rows]
    trunk = max(len(tree.ids) for tree in trees)
    width = trunk + copies * size * slots
    input_ids = torch.zeros(len(rows), width, dtype=torch.long)
    position_ids = torch.zeros(len(rows), width, dtype=torch.long)
    # A token that nobody asked for sees itself: rows without any end in NaN.
    visible = torch.eye(width, dtype=torch.bool).repeat(len(rows), 1, 1)
    columns = trunk + torch.arange(copies * size * slots).view(slots, copies, size)
    places = torch.empty(2, count, copies, size, dtype=torch.long)
    ends = torch.empty(2, count, dtype=torch.long)
    chains = tails.chains
    longest = max(map(len, prompts))
    earlier = torch.ones(longest, longest, dtype=torch.bool).tril()
    for number, (row, tree) in enumerate(zip(rows, trees, strict=True)):
        end = len(tree.ids)
        input_ids[number, :end] = torch.tensor(tree.ids)
        position_ids[number, :end] = torch.tensor(tree.depths)
        for slot, index in enumerate(row):
            own, line = columns[slot], torch.tensor(tree.lines[slot])
            length = len(line)
            # A token that prompts share sees the same before it in each of them.
            visible[number, line[:, None], line] |= earlier[:length, :length]
            places[0, index], places[1, index] = number, own
            ends[0, index], ends[1, index] = number, line[-1]
            input_ids[number, own] = torch.tensor(tails.ids[index])
            visible[number, own[..., None], line] = True
            for at, chain in enumerate(chains):
                position_ids[number, own[:, at]] = len(prompts[index]) + len(chain) - 1
                visible[number, own[:, at : at + 1], own[:, chain]] = True
    return Packed(input_ids, position_ids, visible, places, places, ends)


def lay_out(prompts: Sequence[Ids], tails: Tails) -> Packed:
    """Return every copy as a row of its own behind the whole prompt, padded on the right.

    Nothing but the plain causal order is asked of a model, so that every model can do it; it
    costs the prompt once more for every copy.
    """
    count, copies, size = len(prompts), len(tails.ids[0]), tails.size
    chains = tails.chains
    width = max(map(len, prompts)) + max(map(len, chains))
    input_ids = torch.zeros(count * copies * size, width, dtype=torch.long)
    places = torch.empty(2, count, copies, size, dtype=torch.long)
    steered = torch.empty(2, count, copies, sum(map(len, chains)), dtype=torch.long)
    rows = torch.arange(len(input_ids)).view(count, copies, size)
    lengths = torch.tensor([len(prompt) for prompt in prompts])
    for index, prompt in enumerate(prompts):
        input_ids[rows[index].flatten(), : len(prompt)] = torch.tensor(prompt)
        own = torch.tensor(tails.ids[index])
        place = 0
        for at, chain in enumerate(chains):
            last = len(prompt) + len(chain)
            input_ids[rows[index, :, at], len(prompt) : last] = own[:, chain]
            places[0, index, :, at], places[1, index, :, at] = rows[index, :, at], last - 1
            here = slice(place, place + len(chain))
            steered[0, index, :, here] = rows[index, :, at, None]
            steered[1, index, :, here] = torch.arange(len(prompt), last)
            place += len(chain)
    ends = torch.stack([rows[:, 0, 0], lengths - 1])
    return Packed(input_ids, None, None, places, steered, ends)


@dataclass(frozen=True)
class Growth:
    """Which tokens there are from a block's output on: copies appear where they are steered.

    Attributes:
        layer: the block; −1 for the forward's beginning.
        columns: the columns of the whole input that are there.
        before: for each of them, its place (or its twin's) among the columns before.
        begun: for each of them, its place (or its twin's) among the columns at the beginning.
    """

    layer: int
    columns: Int[Tensor, " column"]
    before: Int[Tensor, " column"]
    begun: Int[Tensor, " column"]


def growth(packed: Packed, steered_at: Sequence[int | None]) -> tuple[Growth, ...]:
    """Return how a packed input grows when a copy is made only where it begins to differ.

    Until its own block a copy is the unsteered token over again. One copy is there from the
    beginning, the unsteered or the last steered one, and the others are taken from it.

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
    stages: list[Growth] = []
    for at in [-1, *sorted({layer for layer in steered_at if layer is not None})]:
        there = torch.ones(width, dtype=torch.bool)
        for copy, layer in enumerate(steered_at):
            there[own[:, copy]] = copy == seed or layer is None or layer <= at
        columns = there.nonzero().flatten()
        known = stages[-1].columns if stages else columns
        start = stages[0].columns if stages else columns
        before = torch.where(torch.isin(columns, known), columns, twin[columns])
        begun = torch.where(torch.isin(columns, start), columns, twin[columns])
        stages.append(
            Growth(at, columns, torch.searchsorted(known, before), torch.searchsorted(start, begun))
        )
    return tuple(stages)


def additive_mask(
    visible: Bool[Tensor, "row token token"],
    position_ids: Int[Tensor, "row token"],
    dtype: torch.dtype,
    window: int | None = None,
) -> Float[Tensor, "row 1 token token"]:
    """Return the mask to add to attention scores: 0 where a token is seen, else the lowest number.

    A sliding window counts positions, not columns: copies stand far behind their prompt in the
    row. Additive, because a boolean mask of four dimensions is silently wrong under eager
    attention.
    """
    if window is not None:
        distance = position_ids[:, :, None] - position_ids[:, None, :]
        visible = visible & (distance < window)
    mask = torch.zeros(visible.shape, dtype=dtype, device=visible.device)
    return mask.masked_fill_(~visible, torch.finfo(dtype).min)[:, None]


@dataclass(frozen=True)
class _Tree:
    """Prompts that share their beginnings: each token once, and each prompt's line through them."""

    ids: list[int]
    depths: list[int]
    lines: list[list[int]]


def _tree(prompts: Sequence[Ids]) -> _Tree:
    nodes: dict[tuple[int, int], int] = {}
    tree = _Tree([], [], [])
    for prompt in prompts:
        at, line = -1, []
        for depth, token in enumerate(prompt):
            known = nodes.get((at, token))
            if known is None:
                known = nodes[at, token] = len(tree.ids)
                tree.ids.append(token)
                tree.depths.append(depth)
            line.append(known)
            at = known
        tree.lines.append(line)
    return tree
