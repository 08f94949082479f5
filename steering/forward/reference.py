"""The reference: plain PyTorch hooks on one prompt, without masks, packing or nnsight.

Every faster way to run a model is compared with these functions, and must agree with them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

from steering.errors import Refused
from steering.forward.packing import Ids, Packed
from steering.models.model import Model, hidden_of
from steering.records.tables import TODAY
from steering.vectors.operators import OPERATORS

# The rows of a head that are made float32 at once.
_WORDS_AT_ONCE = 2**14


def reference_logits(
    model: Model,
    ids: Ids,
    layer: int,
    vector: Float[Tensor, " width"],
    start: int,
    *,
    multiplier: float = 1.0,
    operator: str = TODAY["operator"],
    origin: Float[Tensor, " width"] | None = None,
) -> Float[Tensor, "token word"]:
    """Return all logits of one prompt, steered at a block's output from position `start` on.

    In a lower precision they are computed in float32 from what the head is given.
    """
    apply = OPERATORS[operator].apply
    origin = torch.zeros(1) if origin is None else origin

    def steer(hidden: Tensor) -> Tensor:
        given = vector.to(hidden.device), torch.tensor(multiplier), origin.to(hidden.device)
        changed = apply(hidden[:, start:].float(), *given)
        return torch.cat([hidden[:, :start], changed.to(hidden.dtype)], dim=1)

    with torch.inference_mode(), _hooked(model, layer, steer), _exact_head(model):
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


def refuse_mixed(
    model: Model, forwards: Sequence[tuple[Packed, Int[Tensor, "prompt read"] | None]]
) -> None:
    """Refuse forward passes in which a prompt's rotary angles are not those of the prompt alone.

    Args:
        model: the model.
        forwards: the input of each pass, and the tokens of a copy that are read; None for the last.
    """
    switch = model.length_switch
    if switch is None:
        return
    for packed, read in forwards:
        places, positions = packed.places, packed.position_ids
        longest, own = packed.input_ids.shape[1], places[1][:, 0] + 1
        if positions is not None:
            longest, own = int(positions.max()) + 1, positions[places[0], places[1]][:, 0] + 1
        own = own.amax(1, keepdim=True) if read is None else own.gather(1, read)
        if any(switch.side(int(length)) != switch.side(longest) for length in own.unique()):
            raise Refused(
                f"model {model.name!r} turns positions by other angles beyond {switch.tokens} "
                "tokens, and what is read of a prompt lies on both sides of that length: shorter "
                "prompts are needed, or the letters alone."
            )
        if model.remote and switch.gradual and longest >= switch.tokens:
            raise Refused(
                f"model {model.name!r} turns positions by the angles of the longest prompt that "
                f"its service has seen: prompts shorter than {switch.tokens} tokens are needed."
            )


@contextmanager
def forgetting(model: Model) -> Iterator[None]:
    """Let each forward pass have the rotary angles of its own length, whatever ran before it.

    Where every length has angles of its own, transformers keeps those of the longest so far.
    """
    switch, handles = model.length_switch, []
    if switch is not None and switch.gradual and not model.remote:
        for module in model.module.modules():
            if "dynamic" in str(getattr(module, "rope_type", "")):
                handles.append(module.register_forward_pre_hook(_forget, with_kwargs=True))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _forget(rotary: Any, given: tuple[Any, ...], named: dict[str, Any]) -> None:
    # At a single position transformers returns to the angles of short passes.
    asked = {**dict(zip(("x", "position_ids", "layer_type"), given, strict=False)), **named}
    start = torch.zeros_like(asked["position_ids"][:1, :1])
    type(rotary).forward(rotary, **{**asked, "position_ids": start})


@contextmanager
def _exact_head(model: Model) -> Iterator[None]:
    head = model.head._module

    def hook(_: Any, given: tuple[Any, ...], __: Any) -> Tensor:
        final, parts = given[0].float(), head.weight.split(_WORDS_AT_ONCE)
        logits = [torch.nn.functional.linear(final, part.float()) for part in parts]
        whole = torch.cat(logits, dim=-1)
        return whole if head.bias is None else whole + head.bias.float()

    # Another kind of head is left as it is, so that a difference from it shows.
    linear = type(head).forward is torch.nn.Linear.forward
    if model.dtype == torch.float32 or not linear:
        yield
        return
    handle = head.register_forward_hook(hook)
    try:
        yield
    finally:
        handle.remove()


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
    with forgetting(model):
        tokens = torch.tensor([list(ids)], device=model.device)
        return model.module(input_ids=tokens, use_cache=False)
