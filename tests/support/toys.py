"""Toy entries of the registries, each unlike all that is there: one entry has to suffice."""

from __future__ import annotations

import torch
from torch import Tensor

from steering.forward.scores import Score, letters, whole_answers
from steering.vectors.controls import Control, Pairs
from steering.vectors.operators import Operator


def turned(count: int, like: Tensor, seed: int) -> Tensor:
    """Return vectors that point the other way, each longer than the one before."""
    return torch.stack([-(1.0 + number) * like for number in range(count)])


def first_pairs(pairs: Pairs, count: int, seed: int) -> Tensor:
    """Return weights that make the difference of a single pair: of the first, the second …"""
    return torch.eye(len(pairs.items))[:count]


TURNED = Control(default=2, full=2, of_vector=turned)
FIRST_PAIRS = Control(default=2, full=2, of_pairs=first_pairs)


def replacing(hidden: Tensor, vector: Tensor, multiplier: Tensor, origin: Tensor) -> Tensor:
    """Return the residual stream without its part along the vector, and λ·v in its place.

    λ = 0 is no longer the model itself: it takes the direction away.
    """
    along = vector / vector.norm(dim=-1, keepdim=True)
    return hidden - (hidden * along).sum(-1, keepdim=True) * along + multiplier * vector


REPLACING = Operator(replacing, identity_at_zero=False)

# The logit of one letter as it is; and how probable the whole positive answer is.
OTHER_LETTER = Score(letters, normalised=False, value=lambda _, negative: negative)
LIKELY = Score(whole_answers, normalised=True, value=lambda positive, _: positive)
