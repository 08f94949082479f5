"""Packing: many prompts, and many steered copies of their last tokens, in one forward pass.

Only the last tokens of a prompt are steered, so all multipliers, vectors and layers can share one
forward pass over the tokens before them. A row begins with a trunk: the prompts' tokens as a tree,
in which prompts with a common beginning share it. The copies stand behind the trunk. Each copy sees
its own prompt and itself, and has the positions right after that prompt.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from steering.prompts.beginnings import shared

Ids = Sequence[int]


@dataclass(frozen=True)
class Tails:
    """The copies that stand behind the prompts; the tokens of a copy form a small tree.

    Attributes:
        ids: for each prompt and copy, its token ids; all copies have as many.
        parents: for each token of a copy, the token of the copy that it follows; −1 where it
            follows the prompt. There is one such tree for each prompt, or one for all of them.
    """

    ids: Sequence[Sequence[Ids]]
    parents: Sequence[tuple[int, ...]] = ((-1,),)

    def __post_init__(self) -> None:
        assert len(self.parents) in (1, len(self.ids)), "a tree for each prompt, or one for all"
        assert all(parent < at for tree in self.parents for at, parent in enumerate(tree)), (
            "parents come first"
        )

    @property
    def size(self) -> int:
        """Return the number of tokens of a copy."""
        return len(self.parents[0])

    @property
    def chains(self) -> list[list[list[int]]]:
        """Return for each tree and token of it the tokens on the way to that, itself last."""
        return [_chains(tree) for tree in self.parents]


@dataclass(frozen=True)
class Packed:
    """The input of one forward pass, and where in it the prompts and their copies are.

    A place is a row and a column of the input; the first dimension of places holds these two.

    Attributes:
        input_ids: rows × tokens.
        position_ids: the position of each token in its own prompt; None if it is the column.
        visible: which token sees which others; None if each sees all before it.
        places: for each prompt, copy and token of the copy, the place where it is read.
        steered: for each prompt and copy, all places that hold a token of the copy.
        ends: for each prompt, the place of its last token.
    """

    input_ids: Int[Tensor, "row token"]
    position_ids: Int[Tensor, "row token"] | None
    visible: Bool[Tensor, "row token token"] | None
    places: Int[Tensor, "2 prompt copy tail"]
    steered: Int[Tensor, "2 prompt copy place"]
    ends: Int[Tensor, "2 prompt"]


def pack(prompts: Sequence[Ids], tails: Tails, slots: int = 1) -> Packed:
    """Return prompts packed into rows of `slots` each, and behind them their copies.

    Args:
        prompts: the token ids of each prompt, without the tokens of its tail.
        tails: what stands behind each prompt.
        slots: the number of prompts in a row. Prompts of a row share common beginnings.
    """
    count, copies, size = len(prompts), len(tails.ids[0]), tails.size
    rows = [range(start, min(start + slots, count)) for start in range(0, count, slots)]
    trees = [_tree([prompts[index] for index in row]) for row in rows]
    trunk = max(len(tree.ids) for tree in trees)
    width = trunk + copies * size * slots
    # Filled as arrays: small assignments to tensors take several times as long.
    ids, positions = np.zeros((2, len(rows), width), dtype=np.int64)
    # Which tokens of the trunk belong to which prompt of a row.
    own = np.zeros((len(rows), slots, trunk), dtype=bool)
    last = np.empty((2, count), dtype=np.int64)
    for number, (row, tree) in enumerate(zip(rows, trees, strict=True)):
        end = len(tree.ids)
        ids[number, :end], positions[number, :end] = tree.ids, tree.depths
        for slot, index in enumerate(row):
            own[number, slot, tree.lines[slot]] = True
            last[:, index] = number, tree.lines[slot][-1]
    input_ids, position_ids, lines, ends = map(torch.from_numpy, (ids, positions, own, last))
    every = torch.arange(count)
    columns = trunk + torch.arange(copies * size * slots).view(slots, copies, size)
    places = torch.stack([(every // slots)[:, None, None].expand(-1, copies, size),
                          columns[every % slots]])  # fmt: skip
    tokens = np.fromiter(
        itertools.chain.from_iterable(itertools.chain.from_iterable(tails.ids)), np.int64
    )
    input_ids[places[0], places[1]] = torch.from_numpy(tokens).view(count, copies, size)
    on_the_way = _on_the_way(tails, count)
    lengths = torch.tensor([len(prompt) for prompt in prompts])
    deep = lengths[:, None] + on_the_way.sum(2) - 1
    position_ids[places[0], places[1]] = deep[:, None].expand(-1, copies, -1)
    visible = _visible(lines, position_ids[:, :trunk], on_the_way, places)
    return Packed(input_ids, position_ids, visible, places, places, ends)


def _chains(tree: Sequence[int]) -> list[list[int]]:
    chains: list[list[int]] = []
    for at, parent in enumerate(tree):
        chains.append([*(chains[parent] if parent >= 0 else []), at])
    return chains


def _on_the_way(tails: Tails, count: int) -> Bool[Tensor, "prompt tail tail"]:
    """Return for each prompt and token of a copy which tokens are on the way to it, itself last."""
    found = np.zeros((len(tails.parents), tails.size, tails.size), dtype=bool)
    for tree, parents in zip(found, tails.parents, strict=True):
        for at, parent in enumerate(parents):
            if parent >= 0:
                tree[at] = tree[parent]
            tree[at, at] = True
    return torch.from_numpy(found).expand(count, -1, -1)


def _visible(
    lines: Bool[Tensor, "row slot trunk"],
    depths: Int[Tensor, "row trunk"],
    on_the_way: Bool[Tensor, "prompt tail tail"],
    places: Int[Tensor, "2 prompt copy tail"],
) -> Bool[Tensor, "row token token"]:
    """Return which token of packed rows sees which others: those on its way, itself last.

    A token of the trunk sees those before it in any of its prompts: in a tree, all of these are
    the same. A copy sees its prompt, and of itself the tokens on the way to each.
    """
    rows, slots, trunk = lines.shape
    copies, size = places.shape[2:]
    behind = slots * copies * size
    # Padding sees itself: attention over no token at all would give NaN.
    visible = torch.zeros(rows, trunk + behind, trunk + behind, dtype=torch.bool)
    visible.diagonal(dim1=1, dim2=2).fill_(True)
    member = lines.float()
    together = torch.bmm(member.transpose(1, 2), member) > 0
    visible[:, :trunk, :trunk] |= together & (depths[:, None, :] <= depths[:, :, None])
    visible[:, trunk:, :trunk].unflatten(1, (slots, -1))[:] = lines[:, :, None]
    row, column = places[0, :, :, :, None], places[1]
    visible[row, column[..., None], column[..., None, :]] = on_the_way[:, None]
    return visible


def lay_out(prompts: Sequence[Ids], tails: Tails) -> Packed:
    """Return every copy as a row of its own, behind its whole prompt and padded on the right.

    Every causal model can run such rows, since they need no mask and no positions of ours. They
    cost more: the prompt is computed again for every copy.
    """
    count, copies, size = len(prompts), len(tails.ids[0]), tails.size
    trees = tails.chains * (count // len(tails.parents))
    width = max(map(len, prompts)) + max(len(chain) for chains in trees for chain in chains)
    input_ids = torch.zeros(count * copies * size, width, dtype=torch.long)
    places = torch.empty(2, count, copies, size, dtype=torch.long)
    changed = max(sum(map(len, chains)) for chains in trees)
    steered = torch.empty(2, count, copies, changed, dtype=torch.long)
    rows = torch.arange(len(input_ids)).view(count, copies, size)
    lengths = torch.tensor([len(prompt) for prompt in prompts])
    for index, prompt in enumerate(prompts):
        input_ids[rows[index].flatten(), : len(prompt)] = torch.tensor(prompt)
        own = torch.tensor(tails.ids[index])
        place = 0
        for at, chain in enumerate(trees[index]):
            last = len(prompt) + len(chain)
            input_ids[rows[index, :, at], len(prompt) : last] = own[:, chain]
            places[0, index, :, at], places[1, index, :, at] = rows[index, :, at], last - 1
            here = slice(place, place + len(chain))
            steered[0, index, :, here] = rows[index, :, at, None]
            steered[1, index, :, here] = torch.arange(len(prompt), last)
            place += len(chain)
        # Where other prompts have more, the last place is named again: what is there is the same.
        steered[:, index, :, place:] = steered[:, index, :, place - 1 : place]
    ends = torch.stack([rows[:, 0, 0], lengths - 1])
    return Packed(input_ids, None, None, places, steered, ends)


def additive_mask(
    visible: Bool[Tensor, "row token token"],
    position_ids: Int[Tensor, "row token"],
    dtype: torch.dtype,
    window: int | None = None,
) -> Float[Tensor, "row 1 token token"]:
    """Return the mask to add to attention scores: 0 where a token is seen, else the lowest number.

    A sliding window is measured in positions, since copies may stand far behind their prompt in the
    row. Eager attention adds whatever mask it gets, so a boolean one would be silently wrong.
    """
    if window is not None:
        distance = position_ids[:, :, None] - position_ids[:, None, :]
        visible = visible & (distance < window)
    mask = torch.zeros(visible.shape, dtype=dtype, device=visible.device)
    return mask.masked_fill_(~visible, torch.finfo(dtype).min)[:, None]


@dataclass(frozen=True)
class _Tree:
    """Prompts that share their beginnings: every token once, and each prompt's path through them.

    Attributes:
        ids, depths: the token ids, and the position of each token in its prompts.
        lines: for each prompt, the indices of its tokens.
    """

    ids: list[int]
    depths: list[int]
    lines: list[list[int]]


def _tree(prompts: Sequence[Ids]) -> _Tree:
    tree = _Tree([], [], [])
    for number, prompt in enumerate(prompts):
        # Of those before it, the one whose beginning it shares longest.
        begins = [shared(prompt, other) for other in prompts[:number]]
        known = max(begins, default=0)
        line = tree.lines[begins.index(known)][:known] if begins else []
        line += range(len(tree.ids), len(tree.ids) + len(prompt) - known)
        tree.ids.extend(prompt[known:])
        tree.depths.extend(range(known, len(prompt)))
        tree.lines.append(line)
    return tree
