"""Makers of directions: how a vector of each layer is made from what training pairs differ in.

Each entry of `MAKERS` takes what extraction has summed over the pairs: their mean difference. A
vector that the reader already has is made by nobody here, and is called given.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jaxtyping import Float

from steering.records.directions import GIVEN
from steering.records.tables import TODAY

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Contrast:
    """What the positive answer changes in the residual stream, over training pairs.

    Attributes:
        mean: for each layer the mean of positive minus negative.
        residual_norm: for each layer the mean norm of the residual stream at the predicting
            position, before any steering.
        differences: for the layers asked for, the difference of each pair.
        weighted: for the weights asked for, the sums of the pairs' differences with them.
    """

    mean: Float[Tensor, "layer width"]
    residual_norm: Float[Tensor, " layer"]
    differences: dict[int, Float[Tensor, "pair width"]]
    weighted: Float[Tensor, "vector layer width"]


@dataclass(frozen=True)
class Maker:
    """A way to make a direction; `make` returns the vector of every layer."""

    make: Callable[[Contrast], Float[Tensor, "layer width"]]


def mean_difference(contrast: Contrast) -> Float[Tensor, "layer width"]:
    """Return the mean over pairs of a(x, y+) − a(x, y−) (Tan et al., section 3.1)."""
    return contrast.mean


def as_given(contrast: Contrast) -> Float[Tensor, "layer width"]:
    """Return what stands in the place of the mean: a given vector, or another concept's mean."""
    return contrast.mean


MAKERS = {TODAY["maker"]: Maker(mean_difference), GIVEN: Maker(as_given)}
