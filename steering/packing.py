"""Packing: many prompts, and many steered copies of their last token, in one exact forward.

Prompt tokens are never steered, so every multiplier, vector and layer can share the prompt's one
forward pass. A row holds a trunk, in which prompts with a common beginning share its tokens (a
tree), and behind it the copies: each sees its own prompt and itself, and stands at the position
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
class Packed:
    """One forward's input.

    Attributes:
        input_ids: rows × tokens; the last `copies × slots` columns are the copies, copy by copy.
        position_ids: the position of each token in its own prompt.
        visible: which token sees which.
        prompts: for each row and slot, the index of the prompt in it, −1 where there is none.
        ends: for each row and slot, the column of the prompt's last trunk token.
        copies: the number of copies of each prompt.
    """

    input_ids: Int[Tensor, "row token"]
    position_ids: Int[Tensor, "row token"]
    visible: Bool[Tensor, "row token token"]
    prompts: Int[Tensor, "row slot"]
    ends: Int[Tensor, "row slot"]
    copies: int

    @property
    def slots(self) -> int:
        """Return how many prompts a row has room for."""
        return self.prompts.shape[1]

    @property
    def trunk(self) -> int:
        """Return the number of columns before the copies."""
        return self.input_ids.shape[1] - self.copies * self.slots

    def columns(self, first: int, last: int) -> slice:
        """Return the columns that hold the copies first … last − 1 of all slots."""
        return slice(self.trunk + first * self.slots, self.trunk + last * self.slots)

    def by_prompt(
        self, values: Float[Tensor, "row column ..."]
    ) -> Float[Tensor, "prompt copy ..."]:
        """Return what was read at the copies' columns, prompt by prompt in their own order."""
        rows = values.unflatten(1, (self.copies, self.slots)).transpose(1, 2)
        taken = self.prompts >= 0
        return rows[taken][torch.argsort(self.prompts[taken])]


def pack(prompts: Sequence[Ids], tails: Sequence[Ids], slots: int = 1) -> Packed:
    """Return prompts packed `slots` a row, each followed by its tail tokens as separate copies.

    Args:
        prompts: the token ids of each prompt, without the tokens of its tail.
        tails: for each prompt, one token id a copy; all prompts have as many copies.
        slots: prompts a row. Neighbours share what their beginnings have in common.
    """
    copies = len(tails[0])
    rows = [
        range(start, min(start + slots, len(prompts))) for start in range(0, len(prompts), slots)
    ]
    trees = [_tree([prompts[index] for index in row]) for row in rows]
    trunk = max(len(tree.ids) for tree in trees)
    width = trunk + copies * slots
    input_ids = torch.zeros(len(rows), width, dtype=torch.long)
    position_ids = torch.zeros(len(rows), width, dtype=torch.long)
    visible = torch.eye(width, dtype=torch.bool).repeat(len(rows), 1, 1)
    places = torch.full((len(rows), slots), -1)
    ends = torch.zeros(len(rows), slots, dtype=torch.long)
    for number, (row, tree) in enumerate(zip(rows, trees, strict=True)):
        size = len(tree.ids)
        input_ids[number, :size] = torch.tensor(tree.ids)
        position_ids[number, :size] = torch.tensor(tree.depths)
        seen = torch.zeros(size, size, dtype=torch.bool)
        for column, parent in enumerate(tree.parents):
            if parent >= 0:
                seen[column] = seen[parent]
            seen[column, column] = True
        visible[number, :size, :size] = seen
        for slot, index in enumerate(row):
            own = torch.arange(trunk + slot, width, slots)
            places[number, slot] = index
            ends[number, slot] = tree.leaves[slot]
            input_ids[number, own] = torch.tensor(tails[index])
            position_ids[number, own] = len(prompts[index])
            visible[number, own, :size] = seen[tree.leaves[slot]]
    return Packed(input_ids, position_ids, visible, places, ends, copies)


def additive_mask(
    packed: Packed, dtype: torch.dtype, window: int | None = None
) -> Float[Tensor, "row 1 token token"]:
    """Return the mask to add to attention scores: 0 where a token is seen, else the lowest number.

    A sliding window counts positions, not columns: copies stand far behind their prompt in the
    row. Additive, because a boolean mask of four dimensions is silently wrong under eager
    attention.
    """
    visible = packed.visible
    if window is not None:
        distance = packed.position_ids[:, :, None] - packed.position_ids[:, None, :]
        visible = visible & (distance < window)
    mask = torch.zeros(visible.shape, dtype=dtype)
    return mask.masked_fill_(~visible, torch.finfo(dtype).min)[:, None]


@dataclass(frozen=True)
class _Tree:
    ids: list[int]
    depths: list[int]
    parents: list[int]
    leaves: list[int]


def _tree(prompts: Sequence[Ids]) -> _Tree:
    nodes: dict[tuple[int, int], int] = {}
    tree = _Tree([], [], [], [])
    for prompt in prompts:
        at = -1
        for depth, token in enumerate(prompt):
            known = nodes.get((at, token))
            if known is None:
                known = nodes[at, token] = len(tree.ids)
                tree.ids.append(token)
                tree.depths.append(depth)
                tree.parents.append(at)
            at = known
        tree.leaves.append(at)
    return tree
