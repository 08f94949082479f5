"""Plain PyTorch hooks: one prompt, no mask, no packing, no nnsight; what all must agree with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from steering.models import Model, hidden_of
from steering.packing import Ids


def plain_logits(
    model: Model, ids: Ids, layer: int, added: Float[Tensor, " width"], start: int
) -> Float[Tensor, "token word"]:
    """Return all logits of one prompt, a vector added to a block's output from a position on."""

    def steer(hidden: Tensor) -> Tensor:
        hidden = hidden.clone()
        hidden[:, start:] += added.to(hidden.device, hidden.dtype)
        return hidden

    with torch.inference_mode(), _hooked(model, layer, steer):
        logits: Tensor = _forward(model, ids).logits[0]
    return logits.float().cpu()


def plain_residuals(
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
