"""Tiny random multimodal models, of which the text decoder is measured."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import PreTrainedModel

from tests.support import tiny

_TEXT: dict[str, Any] = {
    "vocab_size": 512, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 3,
    "num_attention_heads": 4, "num_key_value_heads": 2, "initializer_range": 0.15,
    "pad_token_id": 0, "max_position_embeddings": 512,
}  # fmt: skip
_SEEN: dict[str, Any] = {
    "hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2,
    "image_size": 28, "patch_size": 14,
}  # fmt: skip
_ANGLES = {"rope_type": "default", "rope_theta": 1e4}
_QWEN = {**_TEXT, "rope_parameters": {**_ANGLES, "mrope_section": [1, 1, 2]}}
_QWEN_SEEN = {"depth": 1, "hidden_size": 32, "num_heads": 2}
_LLAMA, _CLIP = {**_TEXT, "model_type": "llama"}, {**_SEEN, "model_type": "clip_vision_model"}
_SLIDING = ["sliding_attention", "full_attention", "sliding_attention"]
# The options of each family's configuration.
FAMILIES: dict[str, dict[str, Any]] = {
    "Llava": {"text_config": _LLAMA, "vision_config": _CLIP, "image_token_index": 500},
    "LlavaNext": {"text_config": _LLAMA, "vision_config": _CLIP, "image_token_index": 500},
    "Qwen2VL": {
        "text_config": _QWEN, "vision_config": {**_QWEN_SEEN, "embed_dim": 32, "mlp_ratio": 1},
    },
    "Qwen2_5_VL": {
        "text_config": _QWEN,
        "vision_config": {
            **_QWEN_SEEN, "out_hidden_size": 32, "intermediate_size": 32,
            "fullatt_block_indexes": [0],
        },
    },
    "Gemma3": {
        "text_config": {**_TEXT, "head_dim": 8, "sliding_window": 16, "layer_types": _SLIDING},
        "vision_config": _SEEN, "mm_tokens_per_image": 4, "image_token_index": 500,
        "boi_token_index": 501, "eoi_token_index": 502,
    },
    "Idefics3": {
        "text_config": _LLAMA, "vision_config": _SEEN, "image_token_id": 500, "scale_factor": 1,
    },
    "Llama4": {
        "text_config": {
            **_TEXT, "head_dim": 8, "intermediate_size_mlp": 48, "num_local_experts": 2,
            "moe_layers": [], "attention_chunk_size": 512, "bos_token_id": 1, "eos_token_id": 2,
        },
        "vision_config": {
            **_SEEN, "vision_output_dim": 32, "projector_input_dim": 32, "projector_output_dim": 32,
        },
    },
    "PaliGemma": {
        "text_config": {**_TEXT, "model_type": "gemma2", "head_dim": 8, "sliding_window": 16},
        "vision_config": {**_SEEN, "projection_dim": 32}, "image_token_index": 500,
        "projection_dim": 32,
    },
    "Mllama": {
        "text_config": {
            **_TEXT, "cross_attention_layers": [1], "rope_parameters": _ANGLES, "bos_token_id": 1,
            "eos_token_id": 2,
        },
        "vision_config": {
            **_SEEN, "num_global_layers": 1, "attention_heads": 2, "vision_output_dim": 64,
            "intermediate_layers_indices": [0], "supported_aspect_ratios": [[1, 1]],
        },
    },
}  # fmt: skip
# Those whose decoder can be steered.
STEERED = ("Llava", "LlavaNext", "Qwen2VL", "Qwen2_5_VL", "Gemma3", "Idefics3", "Llama4")


def model(family: str) -> PreTrainedModel:
    """Return a random multimodal model of a family."""
    torch.manual_seed(0)
    config = getattr(transformers, f"{family}Config")(**FAMILIES[family])
    module = transformers.AutoModelForImageTextToText.from_config(config)
    return module.eval().requires_grad_(False)


def save(folder: Path, family: str) -> Path:
    """Return a folder with a tiny multimodal model and its tokenizer."""
    model(family).save_pretrained(folder)
    tiny.tokenizer().save_pretrained(folder)
    return folder
