"""Models: loaded through transformers, wrapped by nnsight. The one file that knows module names."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import beartype  # noqa: F401 - must come before nnsight, which patches `object`
import nnsight
import torch
from nnsight import TransformersModel
from nnsight.tracing.backend import Backend

from steering.batches import Costs
from steering.catalogue import fingerprint, model_folder
from steering.errors import Refused
from steering.pretrained import pretrained
from steering.remote.request import Holding, Remote

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

# What of this package a traced block uses travels with it: no server has the package.
nnsight.register("steering")

# One name, `layers`, for the decoder blocks of every family.
BLOCKS = {
    "model.layers": "layers",
    "transformer.h": "layers",
    "gpt_neox.layers": "layers",
    "model.decoder.layers": "layers",
    "transformer.blocks": "layers",
    "backbone.layers": "layers",
}


@dataclass(frozen=True)
class Model:
    """A causal language model ready to be traced.

    Attributes:
        name: the name it goes by in tables.
        traced: nnsight's wrapper; `traced.layers[i]` is the decoder block i, counted from 0.
        tokenizer: as the model's own folder gives it; the wrapper has a copy of its own.
        revision: the resolved commit, or a hash of the local files.
        folder: where its files lie, if they do.
        remote: the NDIF service that runs its forward passes, of which only the shape is here
            then; None runs them here.
    """

    name: str
    traced: Any
    tokenizer: PreTrainedTokenizerBase
    revision: str
    folder: Path | None = None
    remote: Remote | None = None

    @property
    def module(self) -> Any:
        """Return the plain transformers module (Any: each family has attributes of its own)."""
        return self.traced._module

    @property
    def device(self) -> torch.device:
        """Return where the token embeddings lie, which is where inputs must go."""
        device: torch.device = self.module.get_input_embeddings().weight.device
        return device

    @cached_property
    def holding(self) -> Holding:
        """Return how its weights are held: a service is asked."""
        if self.remote is not None:
            return self.remote.holding(self.traced, self.head, self.name)
        return Holding(self.module.dtype)

    @property
    def dtype(self) -> torch.dtype:
        """Return the precision of the residual stream."""
        return self.holding.dtype

    @property
    def place(self) -> str:
        """Return where its forward passes run: a device here, or a service."""
        return str(self.device) if self.remote is None else f"NDIF, {self.remote.service.host}"

    def block(self, name: str, *asked: Any) -> Backend | None:
        """Return what runs a session whose outcome depends on so much; None runs it here."""
        if self.remote is None:
            return None
        return self.remote.request(self.traced, self.name, name, *asked)

    @property
    def depth(self) -> int:
        """Return the number of decoder blocks."""
        return len(self.traced.layers)

    @property
    def width(self) -> int:
        """Return the width of the residual stream."""
        return int(self.module.config.hidden_size)

    @cached_property
    def head(self) -> Any:
        """Return nnsight's wrapper of the output head."""
        module = self.module.get_output_embeddings()
        name = next(name for name, child in self.module.named_modules() if child is module)
        return self.traced.get(name)

    @property
    def windows(self) -> tuple[int | None, ...]:
        """Return each block's sliding window in positions; None where it sees all before it."""
        config = self.module.config
        window: int | None = getattr(config, "sliding_window", None)
        types = getattr(config, "layer_types", None)
        if types is None:
            return (window,) * self.depth
        return tuple(window if kind == "sliding_attention" else None for kind in types)

    @property
    def costs(self) -> Costs:
        """Return what a block spends on one token: operations alone, and for each token seen."""
        module = self.module
        words = {*map(id, (module.get_input_embeddings().weight, self.head.weight))}
        inner = sum(one.numel() for one in module.parameters() if id(one) not in words)
        return Costs(alone=2 * inner / self.depth, seen=4 * self.width)

    def about(self) -> dict[str, Any]:
        """Return what a card says of a model."""
        return {
            "name": self.name,
            "revision": self.revision,
            "architecture": type(self.module).__name__,
            "layers": self.depth,
            "width": self.width,
            "parameters": sum(parameter.numel() for parameter in self.module.parameters()),
        }


def hidden_of(output: Any) -> torch.Tensor:
    """Return the residual stream from a block's output, a tensor or a tuple that begins with it."""
    hidden: torch.Tensor = output[0] if isinstance(output, tuple) else output
    return hidden


def home_of(weight: torch.Tensor) -> torch.device:
    """Return where inputs must go; in a service's sandbox, which has no weights, they stay here."""
    return torch.device("cpu") if weight.is_meta else weight.device


def refitted(inputs: Any, mask: torch.Tensor, tokens: int, begun: torch.Tensor) -> Any:
    """Return a block's inputs with another mask, for the tokens that are there now.

    What stands beside each token (rotary angles, positions) is known for the `tokens` at the
    beginning; `begun` says which of those each token is, or is a copy of.
    """
    positional, named = inputs

    def fitted(value: Any) -> Any:
        if isinstance(value, tuple | list):
            return type(value)(fitted(one) for one in value)
        if not isinstance(value, torch.Tensor):
            return value
        if value.ndim == 4:
            return mask
        if value.ndim in {2, 3} and value.shape[1] == tokens:
            return value[:, begun]
        return value

    first, *others = positional if positional else (None,)
    fitting = {name: fitted(value) for name, value in named.items() if name != "hidden_states"}
    kept = {name: value for name, value in named.items() if name == "hidden_states"}
    return (first, *map(fitted, others)) if positional else (), {**kept, **fitting}


def load_model(
    name: str,
    *,
    device: str | None = None,
    dtype: str = "float32",
    trust_remote_code: bool = False,
) -> Model:
    """Return a model by embedded name, local folder or Hugging Face id with optional @revision.

    `device` "auto" spreads the model over all GPUs. Code that a model brings with it is run only
    where `trust_remote_code` is set. Raises Refused where there is no such model, its weights or
    tokenizer are missing or damaged, or the device or dtype is not to be had.
    """
    folder = model_folder(name)
    where, _, wanted = (str(folder), "", "") if folder else name.partition("@")
    module, tokenizer = pretrained(
        name,
        where,
        revision=wanted or "main",
        dtype=dtype,
        device=device,
        trust_remote_code=trust_remote_code,
    )
    commit = getattr(module.config, "_commit_hash", None)
    revision = fingerprint(folder) if folder else (commit or wanted or "unknown")
    known = folder.name if folder else name
    return wrap(module, tokenizer, name=known, revision=revision, folder=folder)


def wrap(
    module: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    *,
    name: str,
    revision: str = "unknown",
    folder: Path | None = None,
) -> Model:
    """Return a loaded transformers model, ready to be traced.

    Raises Refused where its decoder blocks are not found under a name that we know.
    """
    module.eval().requires_grad_(False)
    # nnsight pads on the left and says so to the tokenizer it is given: that one is a copy.
    traced = TransformersModel(
        module, task="text-generation", tokenizer=copy.deepcopy(tokenizer), rename=BLOCKS
    )
    of_known_parts(name, traced)
    return Model(name, traced, tokenizer, revision, folder)


def of_known_parts(name: str, traced: Any) -> None:
    """Return if we know the names of a model's blocks and head; raises Refused otherwise."""
    module = traced._module
    if not hasattr(traced, "layers"):
        raise Refused(
            f"model {name!r} ({type(module).__name__}) has no decoder blocks under a known name: "
            f"allowed are {', '.join(BLOCKS)}."
        )
    if module.get_output_embeddings() is None:
        raise Refused(
            f"model {name!r} ({type(module).__name__}) has no output head that we can find: "
            "a causal language model is needed, whose logits come from one linear layer."
        )
