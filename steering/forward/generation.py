"""Steered generation: replies to prompts, under several multipliers λ at once."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from steering.models.model import Model, hidden_of, home_of
from steering.prompts.rendering import Opening, Prompt
from steering.records.tables import TODAY
from steering.vectors.arithmetic import Vector
from steering.vectors.operators import OPERATORS

if TYPE_CHECKING:
    from steering.vectors.operators import Operation

TOKENS = 32

# A model brings settings of its own for generating. Whatever of them could change a greedy reply
# is set here, to nothing or to what changes nothing; only which tokens end a reply is the model's.
_GREEDY: dict[str, Any] = {
    **dict.fromkeys(
        (
            *("max_length", "min_length", "min_new_tokens", "max_time", "stop_strings"),
            *("no_repeat_ngram_size", "encoder_no_repeat_ngram_size", "bad_words_ids"),
            *("encoder_repetition_penalty", "exponential_decay_length_penalty", "guidance_scale"),
            *("forced_bos_token_id", "forced_eos_token_id", "suppress_tokens"),
            *("begin_suppress_tokens", "sequence_bias", "token_healing", "watermarking_config"),
            *("remove_invalid_values", "renormalize_logits", "prompt_lookup_num_tokens"),
            *("penalty_alpha", "dola_layers", "constraints", "force_words_ids"),
            *("cache_implementation", "cache_config", "prefill_chunk_size"),
            *("output_scores", "output_logits", "output_attentions", "output_hidden_states"),
        )
    ),
    "do_sample": False,
    "num_beams": 1,
    "num_return_sequences": 1,
    "repetition_penalty": 1.0,
    "return_dict_in_generate": False,
}

# What makes a draw one from all words, by the model's own probabilities.
_DRAWN: dict[str, Any] = {
    **dict.fromkeys(("top_k", "top_p", "min_p", "typical_p", "epsilon_cutoff", "eta_cutoff")),
    "do_sample": True,
    "temperature": 1.0,
    "top_k": 0,
    "top_p": 1.0,
}


def replies(
    model: Model,
    prompts: Sequence[Prompt | Opening],
    layer: int,
    vector: Vector,
    multipliers: Sequence[float],
    *,
    tokens: int = TOKENS,
    cache: bool = True,
    operator: str = TODAY["operator"],
    origin: Vector | None = None,
) -> list[list[str]]:
    """Return for each prompt the greedy reply under each λ·v, or what else an operator does.

    Every token from the prompt's `steered_from` on is steered, decoded ones too. The replies are
    the same with and without a key-value cache. They have at most so many tokens, and no more than
    the model's context leaves room for behind the longest prompt.
    """
    pushes, steering = [(vector, multiplier) for multiplier in multipliers], (operator, origin)
    written = _written(model, prompts, layer, pushes, tokens=tokens, steering=steering, cache=cache)
    texts = [_text(model, row) for row in written]
    # If "(" is a token of its own, the prompt already ends in it: it is put back before the reply.
    begun = [prompt.begun for prompt in prompts for _ in multipliers]
    whole = [start + text for start, text in zip(begun, texts, strict=True)]
    size = len(multipliers)
    return [whole[first : first + size] for first in range(0, len(whole), size)]


def sampled_replies(
    model: Model,
    prompts: Sequence[Prompt | Opening],
    layer: int,
    pushes: Sequence[tuple[Vector, float]],
    *,
    seed: int,
    tokens: int = TOKENS,
    operator: str = TODAY["operator"],
    origin: Vector | None = None,
) -> list[list[tuple[int, ...]]]:
    """Return for each prompt and push the token ids of a reply that is drawn from the model.

    A push is a vector and its λ; one that is named twice has two replies. Each token is drawn from
    all words as the steered model has them likely, and not the likeliest one taken; the same seed
    draws the same. The token that ends a reply is no part of it. Steered are the same tokens as in
    `replies`.
    """
    steering = operator, origin
    written = _written(model, prompts, layer, pushes, tokens=tokens, steering=steering, seed=seed)
    ends, size = _ends(model), len(pushes)
    each = [_until(row.tolist(), ends) for row in written]
    return [each[first : first + size] for first in range(0, len(each), size)]


def _written(
    model: Model,
    prompts: Sequence[Prompt | Opening],
    layer: int,
    pushes: Sequence[tuple[Vector, float]],
    *,
    tokens: int,
    steering: tuple[str, Vector | None],
    cache: bool = True,
    seed: int | None = None,
) -> list[Tensor]:
    """Return the token ids that follow each prompt under each push, greedily or with a seed.

    `steering` is the operator, and the origin of all pushes for one that needs it.
    """
    operator, origin = steering
    rows = [prompt.token_ids for prompt in prompts for _ in pushes]
    longest = max(len(row) for row in rows)
    pad = _pad_id(model)
    ids = torch.tensor([[pad] * (longest - len(row)) + list(row) for row in rows])
    seen = torch.tensor([[0] * (longest - len(row)) + [1] * len(row) for row in rows])
    scales = torch.tensor([multiplier for _, multiplier in pushes] * len(prompts))
    vectors = torch.stack([vector.float() for vector, _ in pushes]).repeat(len(prompts), 1)
    steered = {len(prompt.steered_ids) for prompt in prompts}
    assert len(steered) == 1, "all prompts are steered over as many tokens"
    room = max(1, min(tokens, room_for_reply(model, longest)))
    options = {**_GREEDY, "use_cache": cache, "pad_token_id": pad, "max_new_tokens": room}
    if seed is not None:
        options |= _DRAWN
    apply, zeros = OPERATORS[operator].apply, torch.zeros(1)
    edit = vectors[:, None], scales[:, None, None], zeros if origin is None else origin, apply
    decoded = _decoded(model, layer, (ids, seen, steered.pop(), edit), options, seed)
    return [row[longest:] for row in decoded]


def room_for_reply(model: Model, prompt: int) -> int:
    """Return how many tokens of a reply fit behind a prompt of so many tokens."""
    # The last token of a reply is written and never read.
    return model.context - prompt + 1


def _decoded(
    model: Model,
    layer: int,
    asked: tuple[Tensor, Tensor, int, tuple[Tensor, Tensor, Tensor, Operation]],
    options: dict[str, Any],
    seed: int | None,
) -> Tensor:
    traced, head = model.traced, model.head
    ids, seen, first, (added, scales, origin, apply) = asked
    longest = ids.shape[1]
    backend = model.block("replies", layer, asked, options, *([] if seed is None else [seed]))
    with warnings.catch_warnings(), torch.random.fork_rng(enabled=seed is not None):
        # nnsight warns when decoding ends inside an open loop (`iter[:]`), which is what we want.
        warnings.filterwarnings("ignore", message=".*was never reached.*", category=UserWarning)
        with torch.inference_mode(), traced.session(backend=backend):
            there = home_of(head.weight)
            inputs = {"input_ids": ids.to(there), "attention_mask": seen.to(there)}
            if seed is not None:
                torch.manual_seed(seed)
            with traced.generate(**options) as tracer:
                with tracer.invoke(**inputs):
                    for _ in tracer.iter[:]:
                        hidden = hidden_of(traced.layers[layer].output)
                        # With a cache, all passes but the first see only the one new token.
                        tokens = hidden.shape[1]
                        steered = 1 if tokens == 1 else tokens - longest + first
                        # Computed in float32, whatever the precision of the model is.
                        changed = apply(
                            hidden[:, -steered:].float(),
                            added.to(hidden.device),
                            scales.to(hidden.device),
                            origin.to(hidden.device),
                        )
                        hidden[:, -steered:] = changed.to(hidden.dtype)
                # If all replies end early, what stands behind the loop is never run: the result
                # is therefore read in an invocation of its own.
                with tracer.invoke():
                    decoded = tracer.result
            replies: Tensor = decoded.cpu().clone().save()
    return replies


def _ends(model: Model) -> set[int]:
    """Return the tokens that end a reply: those of the model's settings and the tokenizer's."""
    own = getattr(getattr(model.module, "generation_config", None), "eos_token_id", None)
    ends = own if isinstance(own, list | tuple) else [own]
    return {int(one) for one in (*ends, model.tokenizer.eos_token_id) if one is not None}


def _until(ids: Sequence[int], ends: set[int]) -> tuple[int, ...]:
    """Return the tokens before the first one that ends a reply."""
    return tuple(itertools.takewhile(lambda token: token not in ends, ids))


def _text(model: Model, ids: torch.Tensor) -> str:
    text = model.tokenizer.decode(ids, skip_special_tokens=True)
    return str(text).strip("\n")


def _pad_id(model: Model) -> int:
    tokenizer = model.tokenizer
    for token in (tokenizer.pad_token_id, tokenizer.eos_token_id):
        if token is not None:
            return int(token)
    return 0
