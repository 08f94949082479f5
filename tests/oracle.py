"""Plain PyTorch hooks at batch size 1: no nnsight, no packing, ids and positions from the text."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerBase

_BLOCKS = (
    "model.layers", "transformer.h", "gpt_neox.layers", "model.decoder.layers",
    "transformer.blocks", "backbone.layers",
)  # fmt: skip


def blocks(module: PreTrainedModel) -> torch.nn.ModuleList:
    """Return the decoder blocks of a plain transformers model."""
    modules = dict(module.named_modules())
    return next(modules[name] for name in _BLOCKS if name in modules)  # type: ignore[return-value]


def _with_hook(
    module: PreTrainedModel, layer: int, change: Callable[[Tensor], Tensor], ids: list[int]
) -> Tensor:
    def hook(_: torch.nn.Module, __: object, output: object) -> object:
        if isinstance(output, tuple):
            return (change(output[0]), *output[1:])
        return change(output)  # type: ignore[arg-type]

    handle = blocks(module)[layer].register_forward_hook(hook)
    try:
        with torch.no_grad():
            return module(torch.tensor([ids]), use_cache=False).logits[0]
    finally:
        handle.remove()


def propensity(
    module: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    text: str,
    positive: str,
    *,
    layer: int,
    delta: Tensor,
) -> float:
    """Return the steered logit difference of the two letters, from the prompt's text alone."""
    ids, letter = _ids(tokenizer, text)
    wrong = _ids(tokenizer, text, "B")[0]

    def change(hidden: Tensor) -> Tensor:
        hidden = hidden.clone()
        hidden[0, letter - 1] += delta.to(hidden.dtype)
        return hidden

    logits = _with_hook(module, layer, change, ids[:letter])[letter - 1].float()
    difference = logits[ids[letter]] - logits[wrong[letter]]
    return float(difference if positive == "A" else -difference)


def answer_propensity(
    module: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    text: str,
    positive: str,
    *,
    layer: int,
    delta: Tensor,
) -> float:
    """Return the whole answers' log-probability difference, one steered forward an answer."""

    def change(hidden: Tensor) -> Tensor:
        hidden = hidden.clone()
        hidden[0, letter - 1 :] += delta.to(hidden.dtype)
        return hidden

    sums = []
    for answer in (positive, "AB".replace(positive, "")):
        ids, letter = _ids(tokenizer, text, answer)
        logits = _with_hook(module, layer, change, ids).float().log_softmax(-1)
        sums.append(sum(float(logits[at - 1, ids[at]]) for at in range(letter, len(ids))))
    return sums[0] - sums[1]


def unsteered(
    module: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, text: str, positive: str
) -> float:
    """Return the logit difference of the two letters as the model itself gives it: no hook."""
    ids, letter = _ids(tokenizer, text)
    wrong = _ids(tokenizer, text, "B")[0]
    with torch.no_grad():
        logits = module(torch.tensor([ids[:letter]])).logits[0, -1].float()
    difference = logits[ids[letter]] - logits[wrong[letter]]
    return float(difference if positive == "A" else -difference)


def residual(
    module: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, text: str, answer: str, layer: int
) -> Tensor:
    """Return a block's output at the letter of the answer."""
    ids, letter = _ids(tokenizer, text, answer)
    seen: list[Tensor] = []

    def change(hidden: Tensor) -> Tensor:
        seen.append(hidden[0, letter].float().clone())
        return hidden

    _with_hook(module, layer, change, ids[: letter + 1])
    return seen[0]


def _ids(tokenizer: PreTrainedTokenizerBase, text: str, answer: str = "A") -> tuple[list[int], int]:
    other = "B" if answer == "A" else "A"
    ids = tokenizer(f"{text}({answer})", add_special_tokens=False)["input_ids"]
    rival = tokenizer(f"{text}({other})", add_special_tokens=False)["input_ids"]
    return ids, next(
        at for at, pair in enumerate(zip(ids, rival, strict=False)) if len({*pair}) > 1
    )
