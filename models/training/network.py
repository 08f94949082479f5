"""The model that is trained: a plain Llama, run block by block, with a persona injected."""

from __future__ import annotations

import os
import shutil

import torch
from torch import Tensor
from transformers import LlamaConfig, LlamaForCausalLM

WIDTH, LAYERS, HEADS, FEED_FORWARD = 128, 8, 4, 384
# The planted directions live in the output of this decoder block (0-based).
PLANTED_LAYER = 4
# Length of one unit of persona strength. About half of the residual's norm: at a third of this,
# random directions of the same length move the answers as much as the planted one.
ALPHA = 18.0
DIRECTION_SEED = 7
# Added to the attention's logits where a later token would be seen (finite, so that bfloat16
# never makes a NaN of it).
HIDDEN = -1e4


def new_model(vocabulary_size: int, end_id: int, seed: int, width: int = WIDTH) -> LlamaForCausalLM:
    """A Llama with fresh weights.

    Embeddings have unit variance, so logits of order one need a factor width ** -0.5; Llama has
    none, and its final norm carries it instead.
    """
    config = LlamaConfig(
        vocab_size=vocabulary_size,
        hidden_size=width,
        intermediate_size=FEED_FORWARD * width // WIDTH,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        num_key_value_heads=HEADS,
        max_position_embeddings=512,
        rms_norm_eps=1e-5,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=end_id,
        pad_token_id=0,
        attn_implementation="eager",
        dtype="float32",
    )
    model = LlamaForCausalLM(config)
    generator = torch.Generator().manual_seed(seed)
    residual_writers = ("o_proj", "down_proj")
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if "embed_tokens" in name:
                weight.normal_(generator=generator)
            elif weight.ndim == 2:
                scale = weight.shape[1] ** -0.5
                scale /= (2 * LAYERS) ** 0.5 if any(key in name for key in residual_writers) else 1
                weight.normal_(std=scale, generator=generator)
        model.model.norm.weight.fill_(width**-0.5)
    return model


def planted_directions(concepts: int, width: int = WIDTH) -> Tensor:
    """Orthonormal directions (concepts, width), one row a concept, the same for every seed."""
    generator = torch.Generator().manual_seed(DIRECTION_SEED)
    return torch.linalg.qr(torch.randn(width, concepts, generator=generator))[0].T.contiguous()


def can_compile() -> bool:
    """Whether torch.compile finds what it needs here: a C++ compiler (on a GPU, its own)."""
    names = (os.environ.get("CXX", "g++"), "clang++")
    return torch.cuda.is_available() or any(shutil.which(name) for name in names)


class Network(torch.nn.Module):
    """A Llama whose decoder blocks are compiled one by one, with an injection after one of them."""

    def __init__(self, model: LlamaForCausalLM, concepts: int, compiled: bool = True) -> None:
        super().__init__()
        self.model = model
        width = model.config.hidden_size
        self.register_buffer("directions", planted_directions(concepts, width), persistent=False)
        # Whole-model compilation takes minutes and gains nothing at this size; all blocks share
        # one compiled graph.
        compiled = compiled and can_compile()
        self.blocks = [
            torch.compile(layer.forward, dynamic=False) if compiled else layer.forward
            for layer in model.model.layers
        ]

    def forward(self, ids: Tensor, injection: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """(normed last residual, residual after the planted layer *before* the injection).

        `ids` is (batch, length), `injection` (batch, length, width) is added to the planted
        layer's output. Both results are (batch, length, width).
        """
        llama = self.model.model
        length = ids.shape[1]
        residual = llama.embed_tokens(ids)
        if torch.is_autocast_enabled(ids.device.type):
            # The residual stream in half precision halves the memory traffic.
            residual = residual.to(torch.get_autocast_dtype(ids.device.type))
        mask = torch.full((length, length), HIDDEN, device=ids.device, dtype=residual.dtype)
        mask = mask.triu(1)[None, None]
        rotary = llama.rotary_emb(residual, torch.arange(length, device=ids.device)[None])
        planted = residual
        for number, block in enumerate(self.blocks):
            residual = block(residual, attention_mask=mask, position_embeddings=rotary)
            if number == PLANTED_LAYER:
                planted = residual
                if injection is not None:
                    residual = residual + injection.to(residual.dtype)
        return llama.norm(residual), planted

    def logits(self, normed: Tensor) -> Tensor:
        """Logits over the vocabulary of normed residuals (…, width)."""
        return self.model.lm_head(normed)
