"""The reference: plain PyTorch hooks on one prompt, without masks, packing or nnsight.

Every faster way to run a model is compared with these functions, and must agree with them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from steering.forward.packing import Ids
from steering.models.model import Model, hidden_of
from steering.records.tables import TODAY
from steering.vectors.operators import OPERATORS


def reference_logits(
    model: Model,
    ids: Ids,
    layer: int,
    vector: Float[Tensor, " width"],
    start: int,
    *,
    multiplier: float = 1.0,
    operator: str = TODAY["operator"],
) -> Float[Tensor, "token word"]:
    """Return all logits of one prompt, steered at a block's output from position `start` on."""
    apply = OPERATORS[operator].apply

    def steer(hidden: Tensor) -> Tensor:
        changed = apply(
            hidden[:, start:].float(), vector.to(hidden.device), torch.tensor(multiplier)
        )
        return torch.cat([hidden[:, :start], changed.to(hidden.dtype)], dim=1)

    with torch.inference_mode(), _hooked(model, layer, steer):
        logits: Tensor = _forward(model, ids).logits[0]
    return logits.float().cpu()


def reference_residuals(
    model: Model, ids: Ids, layers: Sequence[int]
) -> Float[Tensor, "layer token width"]:
    """Return the outputs of some blocks over one prompt, a forward pass for each."""
    seen: list[Tensor] = []

    def keep(hidden: Tensor) -> Tensor:
        seen.append(hidden[0].float().cpu().clone())
        return hidden

    for layer in layers:
        with torch.inference_mode(), _hooked(model, layer, keep):
            _forward(model, ids)
    return torch.stack(seen)


@contextmanager
def _hooked(model: Model, layer: int, change: Callable[[Tensor], Tensor]) -> Iterator[None]:
    def hook(_: Any, __: Any, output: Any) -> Any:
        hidden = change(hidden_of(output))
        return (hidden, *output[1:]) if isinstance(output, tuple) else hidden

    handle = model.traced.layers[layer]._module.register_forward_hook(hook)
    try:
        yield
    finally:
        handle.remove()


def _forward(model: Model, ids: Ids) -> Any:
    return model.module(input_ids=torch.tensor([list(ids)], device=model.device), use_cache=False)
