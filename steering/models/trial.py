"""Trial: a forward pass over a few tokens shows whether a model has a residual stream to steer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from transformers.models.auto.modeling_auto import MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES

from steering.errors import Refused
from steering.models.model import Model, hidden_of
from steering.models.rounding import SHARE_OF_HALF

# The length of the text on which it is tried what the blocks of a model give on.
_TOKENS = 3
_NEEDED = "a family whose blocks give on one residual stream is needed"


def require_residual_stream(model: Model) -> None:
    """Raise Refused where a forward pass skips a block, or one gives on no [1, token, width].

    Decoders that are a part of a multimodal model are also asked whether they are causal.
    """
    what = f"model {model.name!r} ({type(model.module).__name__})"
    width = getattr(model.config, "hidden_size", None)
    if not isinstance(width, int):
        raise Refused(f"{what} has no hidden_size in its configuration: {_NEEDED}.")
    found = _streams(model, what)
    for layer in range(model.depth):
        if layer not in found:
            raise Refused(f"{what} leaves out block {layer} where a text stands alone: {_NEEDED}.")
        if found[layer] != f"a tensor of {[1, _TOKENS, width]}":
            raise Refused(
                f"{what} has another residual stream than we can steer: its block {layer} gives "
                f"on {found[layer]} for {_TOKENS} tokens of width {width}; {_NEEDED}."
            )
    if type(model.module).__name__ in MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES.values():
        _require_causal(model, what)
        _require_plain_head(model, what)


def _require_causal(model: Model, what: str) -> None:
    """Raise Refused where a token's residual stream depends on the token behind it."""
    kept: list[Tensor] = []

    def keep(_: Any, __: Any, output: Any) -> None:
        kept.append(hidden_of(output)[0, : _TOKENS - 1].float())

    last = model.traced.layers[model.depth - 1]._module
    with _hook(last, keep):
        for behind in (_TOKENS - 1, _TOKENS):
            _forward(model, [*range(_TOKENS - 1), behind])
    if not float((kept[1] - kept[0]).abs().max()) <= SHARE_OF_HALF * float(kept[0].abs().max()):
        raise Refused(
            f"{what} lets a token see what comes after it where a text stands alone: a causal "
            "language model is needed."
        )


def _require_plain_head(model: Model, what: str) -> None:
    """Raise Refused where a model goes by the places of words behind its output head."""
    with _hook(model.head._module, lambda _, __, logits: logits[..., :1]):
        try:
            _forward(model, list(range(_TOKENS)))
        except Exception as error:  # each family has its own way to fail
            raise Refused(
                f"{what} changes the logits of single words behind its output head, so that few "
                "words cannot be computed alone: a family whose logits come from one linear layer "
                "is needed."
            ) from error


def _forward(model: Model, ids: list[int]) -> None:
    with torch.inference_mode():
        model.module(input_ids=torch.tensor([ids], device=model.device), use_cache=False)


@contextmanager
def _hook(module: Any, change: Callable[[Any, Any, Any], Any]) -> Iterator[None]:
    handle = module.register_forward_hook(change)
    try:
        yield
    finally:
        handle.remove()


def _streams(model: Model, what: str) -> dict[int, str]:
    """Return what each block gives on, in words, in a forward pass over a few tokens."""
    found: dict[int, str] = {}

    def noting(layer: int) -> Callable[[Any, Any, Any], None]:
        def note(_: Any, __: Any, output: Any) -> None:
            hidden: Any = hidden_of(output)
            tensor = isinstance(hidden, Tensor)
            found[layer] = (
                f"a tensor of {[*hidden.shape]}" if tensor else f"a {type(hidden).__name__}"
            )

        return note

    blocks = [model.traced.layers[layer]._module for layer in range(model.depth)]
    handles = [
        block.register_forward_hook(noting(layer), always_call=True)
        for layer, block in enumerate(blocks)
    ]
    try:
        _forward(model, list(range(_TOKENS)))
    except torch.OutOfMemoryError as error:
        raise Refused(
            f"{what} leaves no room for a forward pass in the memory of {model.device}: name a "
            "smaller model, or another device."
        ) from error
    except Exception as error:  # each family has its own way to fail
        text = " ".join(str(error).split()) or type(error).__name__
        reason = re.split(r"(?<=[.!?])\s", text)[0].rstrip(".")
        raise Refused(
            f"{what} fails on a text alone ({reason}): a causal language model that takes tokens "
            "and nothing else is needed."
        ) from error
    finally:
        for handle in handles:
            handle.remove()
    return found
