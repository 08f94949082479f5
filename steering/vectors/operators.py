"""Operators: what is done to the residual stream with a vector and a multiplier λ.

Each entry of `OPERATORS` is a small function of tensors that travels to a service as source, so it
uses nothing but its arguments. Today there is one: adding the vector λ times.
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
        [Float[Tensor, "*place width"], Float[Tensor, "*place width"], Float[Tensor, "*place 1"]],
        Float[Tensor, "*place width"],
    ]


@dataclass(frozen=True)
class Operator:
    """An operation on the residual stream.

    Attributes:
        apply: returns the changed residual stream, given it, the vector and the multiplier, all in
            float32.
        identity_at_zero: whether λ = 0 changes nothing. Then one unsteered pass serves as λ = 0 of
            every curve; otherwise each curve's λ = 0 is measured.
    """

    apply: Operation
    identity_at_zero: bool


def add(
    hidden: Float[Tensor, "*place width"],
    vector: Float[Tensor, "*place width"],
    multiplier: Float[Tensor, "*place 1"],
) -> Float[Tensor, "*place width"]:
    """Return h + λ·v (Tan et al., section 3.1; Panickssery et al., arXiv 2312.06681)."""
    return hidden + multiplier * vector


OPERATORS = {TODAY["operator"]: Operator(add, identity_at_zero=True)}
