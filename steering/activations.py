"""Activations: the residual stream at the letter, from which steering vectors are made."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from tqdm import tqdm

from steering.batches import Batches, budget_of, run_all
from steering.errors import Refused
from steering.models import Model
from steering.packing import Tails
from steering.passes import residuals
from steering.paths import path_of
from steering.prompts import Prompt


@dataclass(frozen=True)
class Contrast:
    """What the positive answer changes in the residual stream, over training pairs.

    Attributes:
        vectors: for each layer the mean of positive minus negative, the steering vector.
        residual_norm: for each layer the mean norm of the residual stream at the predicting
            position, before any steering.
        differences: for the layers asked for, the difference of each pair.
        weighted: for the weights asked for, the sums of the pairs' differences with them.
    """

    vectors: Float[Tensor, "layer width"]
    residual_norm: Float[Tensor, " layer"]
    differences: dict[int, Float[Tensor, "pair width"]]
    weighted: Float[Tensor, "vector layer width"]


def contrast(
    model: Model,
    prompts: Sequence[Prompt],
    keep: Collection[int] = (),
    label: str = "vectors",
    weights: Float[Tensor, "vector pair"] | None = None,
) -> Contrast:
    """Return the contrastive vectors of all layers in one pass over the training prompts.

    Tan et al., section 3.1: v_L is the mean over pairs of a_L(x, y+) − a_L(x, y−), where a_L is the
    output of decoder block L at the letter of the answer. Both letters stand behind one forward
    of their prompt. Memory grows with the number of layers, not of pairs, but for those kept.
    Other vectors of the same pairs (resampled ones, or with shuffled labels) are given as weights
    and summed on the way.

    Raises Refused where activations are not finite.
    """
    total = torch.zeros(model.depth, model.width, dtype=torch.float64)
    norms = torch.zeros(model.depth, dtype=torch.float64)
    kept = {layer: torch.zeros(len(prompts), model.width) for layer in keep}
    asked = torch.zeros(0, len(prompts)) if weights is None else weights
    weighted = torch.zeros(len(asked), model.depth, model.width)
    ids = [prompt.token_ids for prompt in prompts]
    letters = [((prompt.positive_letter_id, prompt.negative_letter_id),) for prompt in prompts]
    bar = tqdm(total=len(prompts), desc=label, unit="pair", delay=2, leave=False)
    path = path_of(model, ids)

    def cut(left: list[int], budget: int) -> Batches:
        return path.cut(model, [ids[at] for at in left], 1, 2, budget)

    def run(work: Batches) -> None:
        packs = [
            path.input(
                [ids[at] for at in group],
                Tails([letters[at] for at in group], (-1, -1)),
                work.slots,
            )
            for group in work.prompts
        ]
        for group, (found, sizes) in zip(work.prompts, residuals(model, packs), strict=True):
            pairs = found[:, :, 0, 0] - found[:, :, 0, 1]
            total.add_(pairs.double().sum(1))
            norms.add_(sizes.double().sum(1))
            for layer in range(model.depth):
                weighted[:, layer] += asked[:, list(group)] @ pairs[layer]
            for layer, rows in kept.items():
                rows[list(group)] = pairs[layer]
            bar.update(len(group))

    # Both letters' outputs of all blocks come back from a service.
    result_bytes = 8 * model.depth * model.width if model.remote else None
    run_all(len(prompts), budget_of(model.device), cut, run, result_bytes=result_bytes)
    bar.close()
    vectors = (total / len(prompts)).float()
    if not torch.isfinite(vectors).all():
        raise Refused(
            f"model {model.name!r} gives activations that are not finite in {model.dtype}: "
            "its weights are damaged, or another dtype is needed."
        )
    return Contrast(vectors, (norms / len(prompts)).float(), kept, weighted)
