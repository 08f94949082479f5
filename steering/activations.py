"""Activations: the residual stream at the letter, from which steering vectors are made."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from tqdm import tqdm

from steering.batches import batches, budget_of
from steering.errors import Refused
from steering.models import Model, hidden_of, masked
from steering.packing import Packed
from steering.prompts import Prompt


@dataclass(frozen=True)
class Contrast:
    """What the positive answer changes in the residual stream, over training pairs.

    Attributes:
        vectors: for each layer the mean of positive minus negative, the steering vector.
        residual_norm: for each layer the mean norm of the residual stream at the predicting
            position, before any steering.
        differences: for the layers asked for, the difference of each pair.
    """

    vectors: Float[Tensor, "layer width"]
    residual_norm: Float[Tensor, " layer"]
    differences: dict[int, Float[Tensor, "pair width"]]


def contrast(
    model: Model, prompts: Sequence[Prompt], keep: Collection[int] = (), label: str = "vectors"
) -> Contrast:
    """Return the contrastive vectors of all layers in one pass over the training prompts.

    Tan et al., section 3.1: v_L is the mean over pairs of a_L(x, y+) − a_L(x, y−), where a_L is the
    output of decoder block L at the letter of the answer. Both letters stand behind one forward
    of their prompt. Memory grows with the number of layers, not of pairs, but for those kept.

    Raises Refused where activations are not finite.
    """
    total = torch.zeros(model.depth, model.width, dtype=torch.float64)
    norms = torch.zeros(model.depth, dtype=torch.float64)
    kept = {layer: torch.zeros(len(prompts), model.width) for layer in keep}
    ids = [prompt.token_ids for prompt in prompts]
    tails = [(prompt.positive_letter_id, prompt.negative_letter_id) for prompt in prompts]
    bar = tqdm(total=len(prompts), desc=label, unit="pair", delay=2, leave=False)
    for batch in batches(ids, tails, costs=model.costs, budget=budget_of(model.device)):
        packed = batch.packed
        hidden = _residuals(model, packed)
        letters, ends = hidden[:, :, packed.trunk :], hidden[:, :, : packed.trunk]
        for layer in range(model.depth):
            answers = packed.by_prompt(letters[layer])
            pairs = answers[:, 0] - answers[:, 1]
            total[layer] += pairs.double().sum(0)
            norms[layer] += _at_ends(ends[layer], packed).norm(dim=-1).double().sum()
            if layer in kept:
                kept[layer][list(batch.indices)] = pairs
        bar.update(len(batch.indices))
    bar.close()
    vectors = (total / len(prompts)).float()
    if not torch.isfinite(vectors).all():
        raise Refused(
            f"model {model.name!r} gives activations that are not finite in {model.dtype}: "
            "its weights are damaged, or another dtype is needed."
        )
    return Contrast(vectors, (norms / len(prompts)).float(), kept)


def _residuals(model: Model, packed: Packed) -> Float[Tensor, "layer row token width"]:
    inputs, masks = model.inputs(packed), model.masks(packed)
    with torch.inference_mode(), model.traced.trace(**inputs, use_cache=False):
        reads = []
        for layer in range(model.depth):
            if layer in masks:
                model.traced.layers[layer].inputs = masked(
                    model.traced.layers[layer].inputs, masks[layer]
                )
            reads.append(hidden_of(model.traced.layers[layer].output).detach().float().cpu())
        # No logits are wanted: one column is the least that the head can be asked for.
        model.head.skip(model.head.input[:, :1, :1])
        hidden: Any = torch.stack(reads)
        hidden.save()
    return hidden


def _at_ends(hidden: Float[Tensor, "row token width"], packed: Packed) -> Float[Tensor, "n width"]:
    rows = torch.arange(len(hidden))[:, None].expand_as(packed.ends)
    return hidden[rows, packed.ends][packed.prompts >= 0]
