"""Condensed results: what a service adds up over prompts, so that no pair's vector has to travel.

Vectors are weighted sums over pairs. Pairs that count alike in all of them are added up where they
are read: those of a group, where groups are resampled, or all pairs, where only their mean is asked
for. Where there are fewer vectors than such sums, the vectors themselves are what is added up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor


@dataclass(frozen=True)
class Condensed:
    """Sums over pairs, and how the mean and the weighted vectors come of them.

    Attributes:
        ways: for each sum what each pair counts in it.
        vectors: for each vector what each sum counts in it; the first is the plain sum of all
            pairs, and behind it are the weighted vectors.
    """

    ways: Float[Tensor, "sum pair"]
    vectors: Float[Tensor, "vector sum"]

    def of_answers(self, *, negative: bool) -> Float[Tensor, "way side pair"]:
        """Return what each pair counts in each sum, of its difference and of its negative answer.

        Where the negative answers are kept, their sum is the last. Without, there is no such side.
        """
        if not negative:
            return self.ways[:, None]
        none = torch.zeros_like(self.ways)
        first = torch.stack([self.ways, none], dim=1)
        last = torch.stack([none[:1], torch.ones_like(none[:1])], dim=1)
        return torch.cat([first, last])


def condensed(weights: Float[Tensor, "vector pair"]) -> Condensed:
    """Return the fewest sums over pairs from which their sum and all weighted vectors follow.

    `weights` says what each pair counts in each vector.
    """
    wanted = torch.cat([torch.ones(1, weights.shape[1]), weights.cpu()]).double()
    alike, which = wanted.unique(dim=1, return_inverse=True)
    if alike.shape[1] > len(wanted):
        return Condensed(wanted, torch.eye(len(wanted), dtype=torch.float64))
    members = torch.nn.functional.one_hot(which, alike.shape[1]).T
    return Condensed(members.double(), alike)


def added(
    read: Sequence[tuple[Tensor, Tensor]], ways: Sequence[Tensor]
) -> list[tuple[Tensor, Tensor]]:
    """Return what the passes of a request have read, added up over their prompts in some ways.

    `read` are outputs (layer, *sum, prompt, width) and norms (layer, prompt) of each pass, `ways`
    what each prompt counts (way, sum, prompt); where the ways are empty, nothing is added up. Sums
    are made in float64, and are float32: (layer, way, width) and (layer).
    """
    if not ways or not ways[0].numel():
        return list(read)
    sums = [
        torch.einsum("vsp,lspw->lvw", way.to(outputs.device).double(), outputs.double())
        for (outputs, _), way in zip(read, ways, strict=True)
    ]
    norms = [lengths.double().sum(1) for _, lengths in read]
    return [(torch.stack(sums).sum(0).float(), torch.stack(norms).sum(0).float())]
