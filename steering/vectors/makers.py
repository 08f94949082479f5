"""Makers of directions: how a vector of each layer is made from what training pairs differ in.

Each entry of `MAKERS` takes what extraction has gathered: the mean difference of the pairs or, for
makers that say so, the difference of every single pair. Each vector is given the norm of the mean
difference of the same pairs, so that one λ is one dose whoever made it. A vector that the reader
already has is made by nobody here, and is called given.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jaxtyping import Float

from steering.records.directions import GIVEN
from steering.records.tables import TODAY
from steering.vectors.probes import logistic, mass_mean, principal

if TYPE_CHECKING:
    from torch import Tensor

    from steering.vectors.arithmetic import Vector


@dataclass(frozen=True)
class Contrast:
    """What the positive answer changes in the residual stream, over training pairs.

    Attributes:
        mean: for each layer the mean of positive minus negative.
        residual_norm: for each layer the mean norm of the residual stream at the predicting
            position, before any steering.
        differences: for the layers asked for, the difference of each pair.
        weighted: for the weights asked for, the vectors of pairs that are weighted so.
        negative: for each layer the mean of the negative answers, where it was asked for.
        made: for each layer the vector of the maker, where it needs more than the mean.
    """

    mean: Float[Tensor, "layer width"]
    residual_norm: Float[Tensor, " layer"]
    differences: dict[int, Float[Tensor, "pair width"]]
    weighted: Float[Tensor, "vector layer width"]
    negative: Float[Tensor, "layer width"] | None = None
    made: Float[Tensor, "layer width"] | None = None

    def origin(self, layer: int) -> Vector | None:
        """Return the mean of the negative answers at a layer; None where it was not asked for."""
        return None if self.negative is None else self.negative[layer]


@dataclass(frozen=True)
class Maker:
    """A way to make a direction.

    Attributes:
        make: returns the vector of every layer.
        direction: of a maker that needs every single pair, returns the direction of some pairs,
            given their differences and the share of each, which sum to 1. `vectors_of` in
            `steering.vectors.making` makes of it what `make` returns.
        of_settings: whether it needs the pairs of all prompt settings; `over_settings` there makes
            of them what `make` returns.
    """

    make: Callable[[Contrast], Float[Tensor, "layer width"]]
    direction: (
        Callable[[Float[Tensor, "pair width"], Float[Tensor, " pair"]], Float[Tensor, " width"]]
        | None
    ) = None
    of_settings: bool = False

    @property
    def of_mean(self) -> bool:
        """Return whether the mean difference is all that it needs."""
        return self.direction is None and not self.of_settings


def mean_difference(contrast: Contrast) -> Float[Tensor, "layer width"]:
    """Return the mean over pairs of a(x, y+) − a(x, y−) (Tan et al., section 3.1)."""
    return contrast.mean


def as_given(contrast: Contrast) -> Float[Tensor, "layer width"]:
    """Return what stands in the place of the mean: a given vector, or another concept's mean."""
    return contrast.mean


def as_made(contrast: Contrast) -> Float[Tensor, "layer width"]:
    """Return what was made while the pairs were at hand."""
    assert contrast.made is not None, "vectors of this maker are made with the extraction"
    return contrast.made


MAKERS = {
    TODAY["maker"]: Maker(mean_difference),
    "principal": Maker(as_made, direction=principal),
    "logistic": Maker(as_made, direction=logistic),
    "mass_mean": Maker(as_made, direction=mass_mean),
    "settings_mean": Maker(as_made, of_settings=True),
    GIVEN: Maker(as_given),
}
