"""The model in training: run block by block, with a persona injected after one of them."""

from __future__ import annotations

import os
import shutil
from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedModel

from training.shapes import blocks_of, final_norm

# The planted directions are directions in the output of this decoder block (0-based).
PLANTED_LAYER = 4
# Length of the vector for one unit of persona strength: about half of the residual stream's norm.
# With a third of this length, random vectors moved the answers as much as the planted ones.
ALPHA = 18.0
DIRECTION_SEED = 7
# Added to the logits of attention to hide later tokens. It is finite, since minus infinity can
# become NaN in bfloat16.
HIDDEN = -1e4


def planted_basis(size: int, width: int) -> Tensor:
    """Return an orthonormal basis (size, width) of all planted directions, the same for every seed.

    A larger basis begins with the rows of a smaller one.
    """
    generator = torch.Generator().manual_seed(DIRECTION_SEED)
    square = torch.randn(width, width, generator=generator)
    return torch.linalg.qr(square)[0].T[:size].contiguous()


def can_compile() -> bool:
    """Return whether torch.compile finds what it needs here: a C++ compiler (on a GPU, its own)."""
    names = (os.environ.get("CXX", "g++"), "clang++")
    return torch.cuda.is_available() or any(shutil.which(name) for name in names)


class Network(torch.nn.Module):
    """A model whose decoder blocks are compiled one by one, with an injection after one of them."""

    basis: Tensor

    def __init__(self, model: PreTrainedModel, basis: int, compiled: bool = True) -> None:
        super().__init__()
        self.model = model
        width = model.config.hidden_size
        self.register_buffer("basis", planted_basis(basis, width), persistent=False)
        # Whole-model compilation takes minutes and gains nothing at this size; all blocks share
        # one compiled graph.
        compiled = compiled and can_compile()
        self.blocks = [
            torch.compile(layer.forward, dynamic=False) if compiled else layer.forward
            for layer in blocks_of(model)
        ]

    def forward(self, ids: Tensor, injection: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return (normed last residual, residual after the planted layer *before* the injection).

        `ids` is (batch, length), `injection` (batch, length, width) is added to the planted
        layer's output. Both results are (batch, length, width).
        """
        length = ids.shape[1]
        residual = self._embedded(ids)
        if torch.is_autocast_enabled(ids.device.type):
            # In half precision, half as many bytes of the residual stream are read and written.
            residual = residual.to(torch.get_autocast_dtype(ids.device.type))
        mask = torch.full((length, length), HIDDEN, device=ids.device, dtype=residual.dtype)
        given: dict[str, Any] = {"attention_mask": mask.triu(1)[None, None]}
        if self.model.config.model_type == "llama":
            places = torch.arange(length, device=ids.device)[None]
            given["position_embeddings"] = self.model.model.rotary_emb(residual, places)
        planted = residual
        for number, block in enumerate(self.blocks):
            residual = block(residual, **given)
            if number == PLANTED_LAYER:
                planted = residual
                if injection is not None:
                    residual = residual + injection.to(residual.dtype)
        normed: Tensor = final_norm(self.model)(residual)
        return normed, planted

    def _embedded(self, ids: Tensor) -> Tensor:
        tokens: Tensor = self.model.get_input_embeddings()(ids)
        if self.model.config.model_type == "gpt2":
            places = torch.arange(ids.shape[1], device=ids.device)
            tokens = tokens + self.model.transformer.wpe(places)
        return tokens

    def logits(self, normed: Tensor) -> Tensor:
        """Return logits over the vocabulary of normed residuals (…, width)."""
        logits: Tensor = self.model.get_output_embeddings()(normed)
        return logits
