"""Gathering: the sums that extraction makes of what it reads, here or on a service.

Here they are made where the blocks' outputs are, so that no more than they leave a GPU. A service
adds up itself what it reads, unless single pairs are kept, so that no more than sums travel.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from steering.forward.condensed import condensed
from steering.forward.passes import gathering_device
from steering.models.model import Model


@dataclass(frozen=True)
class Gathered:
    """What is gathered of training pairs, filled in as they are read.

    Attributes:
        total: for each layer the sum of the differences and, if kept, that of negative answers.
        norms: for each layer the sum of the norms at the ends of the prompts.
        differences: for the layers kept, the difference of each pair.
        weights: for each further vector what each pair counts in it.
        weighted: those vectors.
        on_service: whether a service reads the pairs.
    """

    total: Float[Tensor, "layer side width"]
    norms: Float[Tensor, " layer"]
    differences: dict[int, Float[Tensor, "pair width"]]
    weights: Float[Tensor, "vector pair"]
    weighted: Float[Tensor, "vector layer width"]
    on_service: bool

    @property
    def condenses(self) -> bool:
        """Return whether pairs are added up on the service: none is kept by itself."""
        return self.on_service and not self.differences

    @property
    def negative(self) -> bool:
        """Return whether the negative answers are kept."""
        return self.total.shape[1] > 1

    def ways(self, own: Sequence[Sequence[int]]) -> list[Float[Tensor, "way side pair"]]:
        """Return in which ways the passes of a request add up their pairs; none if they do not."""
        if not self.condenses:
            return []
        sums = condensed(self.weights[:, [at for group in own for at in group]])
        ways = sums.of_answers(negative=self.negative)
        return list(ways.split([*map(len, own)], dim=2))

    def result_bytes(self, some: Sequence[int]) -> int | None:
        """Return how many bytes of a result come of one of some pairs; None where it is read here.

        Every number is a float32.
        """
        if not self.on_service:
            return None
        depth, sides, width = self.total.shape
        if not self.condenses:
            return 4 * depth * sides * width
        ways = len(condensed(self.weights[:, list(some)]).ways) + self.negative
        return -(-4 * depth * ways * width // len(some))

    def add(
        self,
        own: Sequence[Sequence[int]],
        read: Sequence[tuple[Tensor, Tensor]],
        *,
        summed: bool = False,
    ) -> None:
        """Add what passes have read of the pairs `own`, of each pass, or the sums of them all."""
        if summed:
            self._add_sums([at for group in own for at in group], *read[0])
            return
        for group, (sums, lengths) in zip(own, read, strict=True):
            self.total.add_(sums.double().sum(2))
            pairs = sums[:, 0]
            self.norms.add_(lengths.double().sum(1))
            if len(self.weights):
                chosen = self.weights[:, list(group)]
                self.weighted.add_(torch.einsum("vp,lpw->vlw", chosen, pairs))
            for layer, rows in self.differences.items():
                rows[list(group)] = pairs[layer].cpu()

    def _add_sums(
        self,
        own: Sequence[int],
        found: Float[Tensor, "layer way width"],
        lengths: Float[Tensor, " layer"],
    ) -> None:
        vectors = condensed(self.weights[:, list(own)]).vectors
        ways = vectors.shape[1]
        made = torch.einsum("vs,lsw->vlw", vectors, found[:, :ways].double())
        self.total[:, 0].add_(made[0])
        self.total[:, 1:].add_(found[:, ways:].double())
        self.norms.add_(lengths.double())
        self.weighted.add_(made[1:].float())


def gathering(
    model: Model,
    pairs: int,
    keep: Collection[int],
    weights: Float[Tensor, "vector pair"] | None,
    *,
    negative: bool,
) -> Gathered:
    """Return what is to be filled in of so many pairs, on the device where they are put together.

    `keep` are the layers of which single pairs are kept.
    """
    there = gathering_device(model)
    depth, width = model.depth, model.width
    chosen = (torch.zeros(0, pairs) if weights is None else weights).to(there)
    return Gathered(
        torch.zeros(depth, 1 + negative, width, dtype=torch.float64, device=there),
        torch.zeros(depth, dtype=torch.float64, device=there),
        {layer: torch.zeros(pairs, width) for layer in keep},
        chosen,
        torch.zeros(len(chosen), depth, width, device=there),
        on_service=bool(model.remote),
    )
