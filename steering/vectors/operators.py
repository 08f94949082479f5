"""Operators: what is done to the residual stream with a vector and a multiplier λ.

Each entry of `OPERATORS` is a small function of tensors that travels to a service as source, so it
uses nothing but its arguments. In the formulas h is the residual stream, v the vector, v̂ = v / ‖v‖
its direction, and h₀ the origin: the mean residual stream of the negative answers, read where the
vector is read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jaxtyping import Float

from steering.records.tables import TODAY

if TYPE_CHECKING:
    from torch import Tensor

    Operation = Callable[
        [
            Float[Tensor, "*place width"],
            Float[Tensor, "*place width"],
            Float[Tensor, "*place 1"],
            Float[Tensor, "*place width"],
        ],
        Float[Tensor, "*place width"],
    ]


@dataclass(frozen=True)
class Operator:
    """An operation on the residual stream.

    Attributes:
        apply: returns the changed residual stream, given it, the vector, the multiplier and the
            origin, all in float32.
        identity_at_zero: whether λ = 0 changes nothing. Then one unsteered pass serves as λ = 0 of
            every curve; otherwise each curve's λ = 0 is measured.
        needs_origin: whether the origin counts. Others are given zeros in its place.
    """

    apply: Operation
    identity_at_zero: bool
    needs_origin: bool = False


def add(
    hidden: Float[Tensor, "*place width"],
    vector: Float[Tensor, "*place width"],
    multiplier: Float[Tensor, "*place 1"],
    origin: Float[Tensor, "*place width"],
) -> Float[Tensor, "*place width"]:
    """Return h + λ·v (Tan et al., section 3.1; Panickssery et al., arXiv 2312.06681)."""
    return hidden + multiplier * vector


def ablate_add(
    hidden: Float[Tensor, "*place width"],
    vector: Float[Tensor, "*place width"],
    multiplier: Float[Tensor, "*place 1"],
    origin: Float[Tensor, "*place width"],
) -> Float[Tensor, "*place width"]:
    """Return h − (h·v̂)·v̂ + λ·v: what lies along the vector is removed, then λ·v is added.

    The first step is the directional ablation of Arditi et al. (arXiv 2406.11717, section 2.4), the
    second their activation addition. λ = 0 is ablation alone.
    """
    along = vector / vector.norm(dim=-1, keepdim=True).clamp_min(1e-30)
    return hidden - (hidden * along).sum(-1, keepdim=True) * along + multiplier * vector


def affine(
    hidden: Float[Tensor, "*place width"],
    vector: Float[Tensor, "*place width"],
    multiplier: Float[Tensor, "*place 1"],
    origin: Float[Tensor, "*place width"],
) -> Float[Tensor, "*place width"]:
    """Return h − (h·v̂)·v̂ + (h₀·v̂)·v̂ + λ·v: affine concept editing.

    Marshall, Scherlis and Belrose (arXiv 2411.09003): v′ = v − proj_r(v) + proj_r(r⁻) + α·r, where
    r⁻ is the mean activation without the behaviour and r the difference of means. λ = 0 puts the
    projection where it is without the behaviour, λ = 1 where it is with it.
    """
    along = vector / vector.norm(dim=-1, keepdim=True).clamp_min(1e-30)
    return hidden + ((origin - hidden) * along).sum(-1, keepdim=True) * along + multiplier * vector


def clamp(
    hidden: Float[Tensor, "*place width"],
    vector: Float[Tensor, "*place width"],
    multiplier: Float[Tensor, "*place 1"],
    origin: Float[Tensor, "*place width"],
) -> Float[Tensor, "*place width"]:
    """Return h with its projection on v̂ held to one side of τ = h₀·v̂ + λ·‖v‖.

    λ > 0: h − min(h·v̂ − τ, 0)·v̂, so that the projection is at least τ. λ < 0: h − max(h·v̂ − τ,
    0)·v̂, so that it is at most τ. This is the activation capping of Lu et al. (arXiv 2601.10387),
    with a threshold that λ moves. λ = 0 names no side and changes nothing; so the propensity jumps
    there if the projection lies far from that of the origin.
    """
    size = vector.norm(dim=-1, keepdim=True)
    along = vector / size.clamp_min(1e-30)
    beyond = ((hidden - origin) * along).sum(-1, keepdim=True) - multiplier * size
    lacking, over = beyond.clamp(max=0), beyond.clamp(min=0)
    moved = lacking * (multiplier > 0) + over * (multiplier < 0)
    return hidden - moved * along


OPERATORS = {
    TODAY["operator"]: Operator(add, identity_at_zero=True),
    "ablate_add": Operator(ablate_add, identity_at_zero=False),
    "affine": Operator(affine, identity_at_zero=False, needs_origin=True),
    "clamp": Operator(clamp, identity_at_zero=True, needs_origin=True),
}
