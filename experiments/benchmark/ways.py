"""The ways of measuring that are compared: ours, hooks written by hand, nnsight used naively."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from steering.forward.batches import Batches, budget_of
from steering.forward.copies import Intervention
from steering.forward.packing import Tails, additive_mask
from steering.forward.routes import route_of
from steering.models.model import Model, hidden_of
from steering.prompts.rendering import Prompt


def by_hand(
    model: Model,
    prompts: Sequence[Prompt],
    interventions: Sequence[Intervention],
    multipliers: Sequence[float],
) -> np.ndarray:
    """Return the propensities by PyTorch hooks over the same packed rows: prompt × copy.

    The base model runs under hooks, the head's rows of the letters are multiplied outside.
    """
    ids = [prompt.token_ids[:-1] for prompt in prompts]
    steps = [one for one in multipliers if one != 0]
    copies = 1 + len(interventions) * len(steps)
    route = route_of(model, [prompt.token_ids for prompt in prompts])
    work = route.cut(model, ids, copies, 1, budget_of(model.device))
    deltas = {one.layer: torch.tensor(steps)[:, None] * one.vector for one in interventions}
    first = {one.layer: 1 + at * len(steps) for at, one in enumerate(interventions)}
    propensities = np.empty((len(prompts), copies))
    for group, packed in packs(model, prompts, work, copies):
        rows, columns = packed.places[..., 0]
        handles = []
        for layer, delta in deltas.items():
            own = slice(first[layer], first[layer] + len(steps))
            edit = _steer(rows[:, own], columns[:, own], delta.to(model.device, model.dtype))
            handles.append(model.traced.layers[layer]._module.register_forward_hook(edit))
        with torch.inference_mode():
            hidden = model.module.model(
                input_ids=packed.input_ids.to(model.device),
                position_ids=packed.position_ids.to(model.device),
                attention_mask=additive_mask(packed.visible, packed.position_ids, model.dtype).to(
                    model.device
                ),
                use_cache=False,
            ).last_hidden_state
            letters = torch.tensor([prompts[at].letter_ids for at in group])
            head = model.module.lm_head.weight[letters]
            logits = torch.einsum("pcw,plw->pcl", hidden[rows, columns], head).float().cpu()
        for handle in handles:
            handle.remove()
        for at, values in zip(group, logits, strict=True):
            sign = 1 if prompts[at].positive_letter == "A" else -1
            propensities[at] = sign * (values[:, 0] - values[:, 1])
    return propensities


def naively(
    model: Model,
    prompts: Sequence[Prompt],
    interventions: Sequence[Intervention],
    multipliers: Sequence[float],
) -> np.ndarray:
    """Return the propensities by nnsight, a trace for every prompt, vector and λ."""
    propensities = np.empty((len(prompts), len(interventions), len(multipliers)))
    for row, prompt in enumerate(prompts):
        ids = torch.tensor([prompt.token_ids], device=model.device)
        for column, one in enumerate(interventions):
            for place, multiplier in enumerate(multipliers):
                delta = (multiplier * one.vector).to(model.device, model.dtype)
                with torch.no_grad(), model.traced.trace(input_ids=ids):
                    hidden = hidden_of(model.traced.layers[one.layer].output)
                    hidden[:, -1] += delta
                    logits = model.traced.output.logits[0, -1].save()
                positive, negative = prompt.positive_letter_id, prompt.negative_letter_id
                propensities[row, column, place] = float(logits[positive] - logits[negative])
    return propensities


def packs(model: Model, prompts: Sequence[Prompt], work: Batches, copies: int) -> Any:
    """Yield each batch's prompts and its packed input, as the sweep makes them."""
    route = route_of(model, [prompt.token_ids for prompt in prompts])
    for group in work.prompts:
        tails = Tails([[prompts[at].token_ids[-1:]] * copies for at in group])
        yield group, route.input([prompts[at].token_ids[:-1] for at in group], tails, work.slots)


def operations(model: Model, prompts: Sequence[Prompt], layer: int, copies: int) -> float:
    """Return the operations of a sweep's forwards at one layer, padding included.

    On a path that makes copies where they are steered, the blocks up to there see one of them.
    """
    ids = [prompt.token_ids[:-1] for prompt in prompts]
    route = route_of(model, [prompt.token_ids for prompt in prompts])
    work = route.cut(model, ids, copies, 1, budget_of(model.device))
    total = 0.0
    for _, packed in packs(model, prompts, work, copies):
        rows, width = packed.input_ids.shape
        before = width - work.slots * (copies - 1) if route.growing else width
        steered = model.depth - layer - 1
        each = (layer + 1) * model.costs.of_row(before) + steered * model.costs.of_row(width)
        total += rows * each
    return total


def _steer(rows: torch.Tensor, columns: torch.Tensor, delta: torch.Tensor) -> Callable[..., Any]:
    def hook(_: Any, __: Any, output: Any) -> Any:
        hidden = hidden_of(output)
        hidden[rows, columns] += delta
        return output

    return hook
