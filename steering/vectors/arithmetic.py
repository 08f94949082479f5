"""Arithmetic of steering vectors: their norms and their angles."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

Vector = Float[Tensor, " width"]


def rescaled(vector: Vector, like: Vector) -> Vector:
    """Return the vector at the norm of another one.

    Tan et al. (section 4) give the vectors of all prompt settings the norm of the BASE vector, so
    that out of distribution only their direction differs.
    """
    return vector * (like.norm() / vector.norm().clamp_min(torch.finfo(vector.dtype).tiny))


def cosine(one: Vector, other: Vector) -> float:
    """Return the cosine of the angle between two vectors."""
    return float(torch.cosine_similarity(one, other, dim=0))
