"""The two shapes of models that are trained: Llama and GPT-2, as transformers has them."""

from __future__ import annotations

from typing import Any

import torch
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedModel,
)

WIDTH, LAYERS, HEADS, FEED_FORWARD = 128, 8, 4, 384
CONTEXT = 512
# The standard deviation of learned position embeddings; that of token embeddings is 1.
POSITION_SCALE = 0.3
SHAPES = ("llama", "gpt2")


def new_model(
    vocabulary_size: int, end_id: int, seed: int, width: int = WIDTH, shape: str = "llama"
) -> PreTrainedModel:
    """Return a model of the shape with fresh weights.

    Embeddings have unit variance, so logits of order one need a factor width ** -0.5; neither
    shape has one, and the final norm carries it instead.
    """
    common: dict[str, Any] = {
        "vocab_size": vocabulary_size,
        "tie_word_embeddings": True,
        "bos_token_id": None,
        "eos_token_id": end_id,
        "pad_token_id": 0,
        "attn_implementation": "eager",
        "dtype": "float32",
    }
    model: PreTrainedModel
    if shape == "llama":
        model = LlamaForCausalLM(_llama(width, common))
    else:
        model = GPT2LMHeadModel(_gpt2(width, common))
    generator = torch.Generator().manual_seed(seed)
    residual_writers = ("o_proj", "down_proj", "c_proj")
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if "embed_tokens" in name or "wte" in name:
                weight.normal_(generator=generator)
            elif "wpe" in name:
                weight.normal_(std=POSITION_SCALE, generator=generator)
            elif weight.ndim == 2:
                # GPT-2's Conv1D keeps its matrices the other way round.
                inputs = weight.shape[0 if shape == "gpt2" else 1]
                scale = inputs**-0.5
                scale /= (2 * LAYERS) ** 0.5 if any(key in name for key in residual_writers) else 1
                weight.normal_(std=scale, generator=generator)
        final_norm(model).weight.fill_(width**-0.5)
    return model


def _llama(width: int, common: dict[str, Any]) -> LlamaConfig:
    return LlamaConfig(
        hidden_size=width,
        intermediate_size=FEED_FORWARD * width // WIDTH,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        num_key_value_heads=HEADS,
        max_position_embeddings=CONTEXT,
        rms_norm_eps=1e-5,
        **common,
    )


def _gpt2(width: int, common: dict[str, Any]) -> GPT2Config:
    return GPT2Config(
        n_embd=width,
        n_inner=4 * width,
        n_layer=LAYERS,
        n_head=HEADS,
        n_positions=CONTEXT,
        resid_pdrop=0.0,
        embd_pdrop=0.0,
        attn_pdrop=0.0,
        **common,
    )


def body_of(model: PreTrainedModel) -> Any:
    """Return the model without its head."""
    return model.base_model


def blocks_of(model: PreTrainedModel) -> Any:
    """Return the decoder blocks."""
    return body_of(model).h if model.config.model_type == "gpt2" else body_of(model).layers


def final_norm(model: PreTrainedModel) -> Any:
    """Return the norm before the head, which carries the logits' scale."""
    return body_of(model).ln_f if model.config.model_type == "gpt2" else body_of(model).norm


def final_norm_names(model: PreTrainedModel) -> tuple[str, ...]:
    """Return the names of the final norm's parameters."""
    if model.config.model_type == "gpt2":
        return ("transformer.ln_f.weight", "transformer.ln_f.bias")
    return ("model.norm.weight",)


def matrix_names(model: PreTrainedModel) -> list[str]:
    """Return the names of the matrices inside the blocks."""
    return [
        name
        for name, weight in model.named_parameters()
        if weight.ndim == 2 and not any(key in name for key in ("embed", "wte", "wpe"))
    ]
