"""The sweep: the propensity of every prompt under every intervention, in packed forwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor
from tqdm import tqdm

from steering.batches import MOST_COPIES, batches, budget_of, chunks
from steering.errors import Refused
from steering.models import Model, hidden_of, masked
from steering.packing import Packed
from steering.prompts import Prompt
from steering.vectors import Vector


@dataclass(frozen=True)
class Intervention:
    """A vector added to the output of one decoder block; where it came from names its curve."""

    vector_setting: str
    direction: str
    layer: int
    vector: Vector


@dataclass(frozen=True)
class _Edit:
    columns: slice
    delta: Float[Tensor, "column width"]


def propensities(
    model: Model,
    prompts: Sequence[Prompt],
    interventions: Sequence[Intervention],
    multipliers: Sequence[float],
    bar: tqdm | None = None,
) -> Float[np.ndarray, "prompt intervention multiplier"]:
    """Return logit(positive letter) − logit(negative letter) under every λ·v, in logits.

    Tan et al., section 3.2. Only the predicting position is steered. λ = 0 is one unsteered copy
    of it a prompt, shared by all curves.

    Raises Refused where a propensity is not finite.
    """
    steps = [multiplier for multiplier in multipliers if multiplier != 0]
    result = np.empty((len(prompts), len(interventions), len(multipliers)))
    zero = [place for place, multiplier in enumerate(multipliers) if multiplier == 0]
    moved = [place for place, multiplier in enumerate(multipliers) if multiplier != 0]
    ranked = sorted(range(len(interventions)), key=lambda place: interventions[place].layer)
    for part in chunks(len(ranked), max(1, MOST_COPIES // max(1, len(steps)))):
        places = [ranked[rank] for rank in part]
        chosen = [interventions[place] for place in places]
        scores = _scores(model, prompts, chosen, steps, bar)
        steered = scores[:, 1:].reshape(len(prompts), len(chosen), len(steps))
        result[:, np.array(places)[:, None], moved] = steered
        # The unsteered copy of the first part serves all: λ = 0 is measured once a prompt.
        if part.start == 0:
            result[:, :, zero] = scores[:, :1, None]
    if not np.isfinite(result).all():
        raise Refused(
            f"model {model.name!r} gives logits that are not finite in {model.dtype}: "
            "its weights are damaged, or another dtype is needed."
        )
    return result


def sweep_table(
    scores: Float[np.ndarray, "prompt intervention multiplier"],
    model: str,
    prompts: Sequence[Prompt],
    interventions: Sequence[Intervention],
    multipliers: Sequence[float],
) -> pd.DataFrame:
    """Return the `sweep` table: one row a prompt × intervention × multiplier."""
    rows, curves, points = scores.shape
    prompt = np.repeat(np.arange(rows), curves * points)
    curve = np.tile(np.repeat(np.arange(curves), points), rows)

    def of_prompts(name: str) -> np.ndarray:
        return np.array([getattr(one, name) for one in prompts])[prompt]

    def of_curves(name: str) -> np.ndarray:
        return np.array([getattr(one, name) for one in interventions])[curve]

    return pd.DataFrame(
        {
            "model": model,
            "concept": of_prompts("concept"),
            "vector_setting": of_curves("vector_setting"),
            "prompt_setting": of_prompts("prompt_setting"),
            "direction": of_curves("direction"),
            "layer": of_curves("layer"),
            "item": of_prompts("item"),
            "order": of_prompts("order"),
            "multiplier": np.tile(np.array(multipliers, dtype=float), rows * curves),
            "propensity": scores.reshape(-1),
        }
    )


def _scores(
    model: Model,
    prompts: Sequence[Prompt],
    interventions: Sequence[Intervention],
    steps: Sequence[float],
    bar: tqdm | None,
) -> Float[np.ndarray, "prompt copy"]:
    copies = 1 + len(interventions) * len(steps)
    ids = [prompt.token_ids[:-1] for prompt in prompts]
    tails = [prompt.token_ids[-1:] * copies for prompt in prompts]
    letters = sorted({letter for prompt in prompts for letter in prompt.letter_ids})
    scores = np.empty((len(prompts), copies))
    budget = budget_of(model.device)
    done: set[int] = set()
    while len(done) < len(prompts):
        left = [index for index in range(len(prompts)) if index not in done]
        try:
            for batch in batches(
                [ids[i] for i in left], [tails[i] for i in left], costs=model.costs, budget=budget
            ):
                edits = _edits(batch.packed, interventions, steps)
                logits = batch.packed.by_prompt(_letter_logits(model, batch.packed, edits, letters))
                for place, row in zip(batch.indices, logits, strict=True):
                    prompt = prompts[left[place]]
                    positive = letters.index(prompt.positive_letter_id)
                    negative = letters.index(prompt.negative_letter_id)
                    scores[left[place]] = (row[:, positive] - row[:, negative]).numpy()
                    done.add(left[place])
                if bar is not None:
                    bar.update(len(batch.indices) * len(interventions))
        except torch.OutOfMemoryError:
            if budget < copies:
                raise
            # A GPU that is too small for this batch is large enough for half of it.
            budget //= 2
            torch.cuda.empty_cache()
    return scores


def _edits(
    packed: Packed, interventions: Sequence[Intervention], steps: Sequence[float]
) -> dict[int, _Edit]:
    edits = {}
    for layer in sorted({intervention.layer for intervention in interventions}):
        here = [place for place, one in enumerate(interventions) if one.layer == layer]
        vectors = torch.stack([interventions[place].vector for place in here])
        deltas = vectors[:, None] * torch.tensor(steps, dtype=vectors.dtype)[:, None]
        first = 1 + here[0] * len(steps)
        edits[layer] = _Edit(
            packed.columns(first, first + len(here) * len(steps)),
            deltas.flatten(0, 1).repeat_interleave(packed.slots, 0),
        )
    return edits


def _letter_logits(
    model: Model, packed: Packed, edits: dict[int, _Edit], letters: list[int]
) -> Float[Tensor, "row column letter"]:
    inputs, masks = model.inputs(packed), model.masks(packed)
    with torch.inference_mode(), model.traced.trace(**inputs, use_cache=False):
        for layer in sorted({*masks, *edits}):
            if layer in masks:
                model.traced.layers[layer].inputs = masked(
                    model.traced.layers[layer].inputs, masks[layer]
                )
            if layer in edits:
                edit = edits[layer]
                hidden = hidden_of(model.traced.layers[layer].output)
                hidden[:, edit.columns] += edit.delta.to(hidden.device, hidden.dtype)
        final = model.head.input[:, packed.trunk :]
        bias = model.head.bias
        model.head.skip(
            torch.nn.functional.linear(
                final, model.head.weight[letters], None if bias is None else bias[letters]
            )
        )
        logits: Tensor = model.traced.output.logits.detach().float().cpu().save()
    return logits
