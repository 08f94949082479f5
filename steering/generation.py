"""Steered generation: the replies of one prompt side by side over λ."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from steering.models import Model, hidden_of, home_of
from steering.prompts import Opening, Prompt
from steering.vectors import Vector


def replies(
    model: Model,
    prompts: Sequence[Prompt | Opening],
    layer: int,
    vector: Vector,
    multipliers: Sequence[float],
    *,
    tokens: int = 32,
    cache: bool = True,
) -> list[list[str]]:
    """Return for each prompt the greedy reply under each λ·v.

    From the predicting position on every token is steered, those that the model decodes too.
    With and without a key-value cache the replies are the same.
    """
    rows = [prompt.token_ids for prompt in prompts for _ in multipliers]
    longest = max(len(row) for row in rows)
    pad = _pad_id(model)
    ids = torch.tensor([[pad] * (longest - len(row)) + list(row) for row in rows])
    seen = torch.tensor([[0] * (longest - len(row)) + [1] * len(row) for row in rows])
    scales = torch.tensor(list(multipliers) * len(prompts))
    delta = scales[:, None, None] * vector
    options = {"do_sample": False, "use_cache": cache, "pad_token_id": pad}
    decoded = _decoded(model, layer, (ids, seen, delta), options | {"max_new_tokens": tokens})
    texts = [_text(model, row[longest:]) for row in decoded]
    # What the reply begins with, "(" where it is a token of its own, stands in the prompt.
    begun = [prompt.begun for prompt in prompts for _ in multipliers]
    whole = [start + text for start, text in zip(begun, texts, strict=True)]
    size = len(multipliers)
    return [whole[first : first + size] for first in range(0, len(whole), size)]


def _decoded(
    model: Model, layer: int, asked: tuple[Tensor, Tensor, Tensor], options: dict[str, Any]
) -> Tensor:
    traced, head = model.traced, model.head
    ids, seen, delta = asked
    longest, cached = ids.shape[1], options["use_cache"]
    backend = model.block("replies", layer, asked, options)
    with warnings.catch_warnings():
        # An open loop over the decoded tokens ends by asking for one more: nnsight says so.
        warnings.filterwarnings("ignore", message=".*was never reached.*", category=UserWarning)
        with torch.inference_mode(), traced.session(backend=backend):
            there = home_of(head.weight)
            inputs = {"input_ids": ids.to(there), "attention_mask": seen.to(there)}
            with traced.generate(**options) as tracer:
                with tracer.invoke(**inputs):
                    for _ in tracer.iter[:]:
                        hidden = hidden_of(traced.layers[layer].output)
                        steered = 1 if cached else hidden.shape[1] - longest + 1
                        hidden[:, -steered:] += delta.to(hidden.device, hidden.dtype)
                # What an early end of all replies would cut off is asked for beside the loop.
                with tracer.invoke():
                    decoded = tracer.result
            replies: Tensor = decoded.cpu().clone().save()
    return replies


def _text(model: Model, ids: torch.Tensor) -> str:
    text = model.tokenizer.decode(ids, skip_special_tokens=True)
    return str(text).strip("\n")


def _pad_id(model: Model) -> int:
    tokenizer = model.tokenizer
    for token in (tokenizer.pad_token_id, tokenizer.eos_token_id):
        if token is not None:
            return int(token)
    return 0
