"""Tiny GGUF files as llama.cpp's converter writes them, in full precision and quantised."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from gguf import GGMLQuantizationType, GGUFWriter, LlamaFileType, TokenType
from gguf.quants import dequantize, quantize

from tests.support import tiny

# Rows of quantised weights are cut into blocks of 32.
OPTIONS: dict[str, Any] = {"intermediate_size": 64, "max_position_embeddings": 512}
_HEADS, _KEYS = 4, 2
_NAMES = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
}
_OUTER = {
    "model.embed_tokens.weight": "token_embd.weight",
    "model.norm.weight": "output_norm.weight",
    "lm_head.weight": "output.weight",
}
Weights = dict[str, np.ndarray]


def _name(ours: str) -> str:
    if ours in _OUTER:
        return _OUTER[ours]
    _, _, layer, rest = ours.split(".", 3)
    return f"blk.{layer}.{_NAMES[rest.removesuffix('.weight')]}.weight"


def _permuted(name: str, weights: np.ndarray) -> np.ndarray:
    """Return rows of queries and keys in llama.cpp's order: the two halves of a head in turns."""
    heads = {"attn_q": _HEADS, "attn_k": _KEYS}.get(name.split(".")[-2])
    if heads is None:
        return weights
    halves = weights.reshape(heads, 2, len(weights) // heads // 2, *weights.shape[1:])
    return halves.swapaxes(1, 2).reshape(weights.shape)


def llama(**options: object) -> Any:
    """Return the tiny Llama whose weights the files hold."""
    return tiny.model("Llama", **{**OPTIONS, **options})


def write(
    path: Path,
    kind: str = "F32",
    *,
    said: dict[str, Any] | None = None,
    more: Weights | None = None,
    architecture: str = "llama",
    **options: object,
) -> Any:
    """Write a tiny Llama as a GGUF file, and return the plain model that its weights stand for.

    `said` is further metadata, and `more` further tensors.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    module = llama(**options)
    writer = GGUFWriter(path, architecture)
    _describe(writer, module.config, kind)
    for key, value in (said or {}).items():
        add = {str: writer.add_string, float: writer.add_float32, int: writer.add_uint32}
        add[type(value)](key, value)
    meant = dict(module.named_parameters())
    for ours, weight in meant.items():
        name = _name(ours)
        rows = _permuted(name, weight.detach().numpy())
        if kind == "F32" or weight.ndim == 1:
            writer.add_tensor(name, np.ascontiguousarray(rows))
            continue
        stored = GGMLQuantizationType[kind]
        packed = quantize(np.ascontiguousarray(rows), stored)
        writer.add_tensor(name, packed, raw_dtype=stored)
        # Blocks lie along rows, so that their order makes no difference to what they stand for.
        exact = quantize(np.ascontiguousarray(weight.detach().numpy()), stored)
        weight.data = torch.from_numpy(dequantize(exact, stored).copy())
    for name, values in (more or {}).items():
        writer.add_tensor(name, values)
    for step in ("header", "kv_data", "tensors"):
        getattr(writer, f"write_{step}_to_file")()
    writer.close()
    return module


def _describe(writer: GGUFWriter, config: Any, kind: str) -> None:
    writer.add_name("tiny")
    prefix = {"F32": "ALL_"}.get(kind, "MOSTLY_")
    writer.add_file_type(LlamaFileType[prefix + kind])
    writer.add_block_count(config.num_hidden_layers)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(_HEADS)
    writer.add_head_count_kv(_KEYS)
    writer.add_rope_freq_base(10000.0)
    writer.add_rope_dimension_count(config.hidden_size // _HEADS)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_vocab_size(config.vocab_size)
    _describe_tokenizer(writer, config.vocab_size)


def _describe_tokenizer(writer: GGUFWriter, size: int) -> None:
    tokenizer = tiny.tokenizer()
    model = json.loads(tokenizer.backend_tokenizer.to_str())["model"]
    known = sorted(model["vocab"], key=model["vocab"].get)
    filling = [f"[PAD{number}]" for number in range(len(known), size)]
    types = [TokenType.CONTROL if one in tiny.SPECIAL else TokenType.NORMAL for one in known]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(known + filling)
    writer.add_token_types(types + [TokenType.UNUSED] * len(filling))
    merges = [one if isinstance(one, str) else " ".join(one) for one in model["merges"]]
    writer.add_token_merges(merges)
    writer.add_bos_token_id(model["vocab"]["<|user|>"])
    writer.add_eos_token_id(model["vocab"]["<|end|>"])
    writer.add_unk_token_id(model["vocab"]["<|pad|>"])
    writer.add_pad_token_id(model["vocab"]["<|pad|>"])
    writer.add_chat_template(tiny.TEMPLATE)
