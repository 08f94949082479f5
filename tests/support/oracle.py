"""Plain PyTorch hooks at batch size 1: no nnsight, no packing, ids and positions from the text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerBase

Steer = Callable[[Tensor], Tensor]

_BLOCKS = (
    "model.layers", "transformer.h", "gpt_neox.layers", "model.decoder.layers",
    "transformer.blocks", "backbone.layers", "model.language_model.layers",
    "model.text_model.layers", "language_model.model.layers",
)  # fmt: skip


def blocks(module: PreTrainedModel) -> torch.nn.ModuleList:
    """Return the decoder blocks of a plain transformers model."""
    modules = dict(module.named_modules())
    return next(modules[name] for name in _BLOCKS if name in modules)  # type: ignore[return-value]


def _with_hook(module: PreTrainedModel, layer: int, change: Steer, ids: list[int]) -> Tensor:
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


def logits(module: PreTrainedModel, layer: int, change: Steer, ids: list[int]) -> Tensor:
    """Return the logits at all tokens, every one of which is steered."""
    return _with_hook(module, layer, change, ids).float()


def adding(delta: Tensor) -> Steer:
    """Return the steering that adds a vector."""
    return lambda hidden: hidden + delta.to(hidden.dtype)


def _line(vector: Tensor) -> Tensor:
    """Return the matrix that projects on the line of a vector; zeros where there is no vector."""
    squared = float(vector @ vector)
    return torch.outer(vector, vector) / squared if squared else torch.zeros(len(vector)).diag()


def _clamped(hidden: Tensor, vector: Tensor, scale: float, origin: Tensor) -> Tensor:
    """Return the residual stream, moved along the vector where it lies on the wrong side."""
    squared, changed = float(vector @ vector), hidden.clone()
    for place in range(hidden.flatten(0, -2).shape[0] if squared and scale else 0):
        token = changed.view(-1, hidden.shape[-1])[place]
        lengths = float((token - origin) @ vector) / squared
        if (scale > 0 and lengths < scale) or (scale < 0 and lengths > scale):
            token += (scale - lengths) * vector
    return changed


# Each operator once more, by matrices and one token at a time.
OPERATORS: dict[str, Callable[[Tensor, Tensor, float, Tensor], Tensor]] = {
    "add": lambda hidden, vector, scale, _: hidden + scale * vector,
    "ablate_add": lambda hidden, vector, scale, _: (
        hidden @ (torch.eye(len(vector)) - _line(vector)) + scale * vector
    ),
    "affine": lambda hidden, vector, scale, origin: (
        hidden @ (torch.eye(len(vector)) - _line(vector)) + _line(vector) @ origin + scale * vector
    ),
    "clamp": _clamped,
}


def letter_logits(
    module: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    text: str,
    positive: str,
    *,
    layer: int,
    steer: Steer,
    back: int = 1,
) -> tuple[float, float]:
    """Return the logits of the positive and the negative letter, from the prompt's text alone.

    The last `back` tokens before the letter are steered.
    """
    logits, letters = _predicting(module, tokenizer, text, layer=layer, steer=steer, back=back)
    a, b = logits[letters].float().tolist()
    return (a, b) if positive == "A" else (b, a)


def propensity(*prompt: Any, **steering: Any) -> float:
    """Return the steered logit difference of the two letters, asked like `letter_logits`."""
    one, other = letter_logits(*prompt, **steering)
    return one - other


def answer_propensity(
    module: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    text: str,
    positive: str,
    *,
    layer: int,
    steer: Steer,
    back: int = 1,
) -> float:
    """Return the whole answers' log-probability difference, one steered forward an answer."""
    sums = []
    for answer in (positive, "AB".replace(positive, "")):
        ids, letter = _ids(tokenizer, text, answer)
        change = _from(letter - back, steer)
        logits = _with_hook(module, layer, change, ids).float().log_softmax(-1)
        sums.append(sum(float(logits[at - 1, ids[at]]) for at in range(letter, len(ids))))
    return sums[0] - sums[1]


def letters_probability(
    module: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    text: str,
    _positive: str,
    *,
    layer: int,
    steer: Steer,
    back: int = 1,
) -> float:
    """Return the probability of both letters together, from the prompt's text alone."""
    logits, letters = _predicting(module, tokenizer, text, layer=layer, steer=steer, back=back)
    return float(logits.double().softmax(-1)[letters].sum())


def reply(
    module: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    ids: list[int],
    *,
    layer: int,
    steer: Steer,
    start: int,
    tokens: int,
) -> str:
    """Return the greedy reply, decoded token by token, each steered from position `start` on."""
    written = [*ids]
    for _ in range(tokens):
        logits = _with_hook(module, layer, _from(start, steer), written)
        written.append(int(logits[-1].argmax()))
        if written[-1] == tokenizer.eos_token_id:
            break
    return tokenizer.decode(written[len(ids) :], skip_special_tokens=True).strip("\n")


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
    module: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    text: str,
    answer: str,
    layer: int,
    *,
    behind: int = 0,
) -> Tensor:
    """Return a block's output at the letter of the answer, or so many tokens behind it."""
    ids, letter = _ids(tokenizer, text, answer)
    at = letter + behind
    assert at < len(ids)
    seen: list[Tensor] = []

    def change(hidden: Tensor) -> Tensor:
        seen.append(hidden[0, at].float().clone())
        return hidden

    _with_hook(module, layer, change, ids[: at + 1])
    return seen[0]


def _from(start: int, steer: Steer) -> Steer:
    return lambda hidden: torch.cat([hidden[:, :start], steer(hidden[:, start:])], dim=1)


def _ids(tokenizer: PreTrainedTokenizerBase, text: str, answer: str = "A") -> tuple[list[int], int]:
    other = "B" if answer == "A" else "A"
    ids = tokenizer(f"{text}({answer})", add_special_tokens=False)["input_ids"]
    rival = tokenizer(f"{text}({other})", add_special_tokens=False)["input_ids"]
    return ids, next(
        at for at, pair in enumerate(zip(ids, rival, strict=False)) if len({*pair}) > 1
    )


def _predicting(
    module: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    text: str,
    *,
    layer: int,
    steer: Steer,
    back: int,
) -> tuple[torch.Tensor, list[int]]:
    """Return the logits that predict the letter, and the tokens of A and B there."""
    ids, letter = _ids(tokenizer, text)
    other = _ids(tokenizer, text, "B")[0]
    change = _from(letter - back, steer)
    return _with_hook(module, layer, change, ids[:letter])[letter - 1], [ids[letter], other[letter]]
