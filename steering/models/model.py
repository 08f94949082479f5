"""A model wrapped by nnsight. Only this module knows what the parts of a model are called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import beartype  # noqa: F401 - must come before nnsight, which patches `object`
import nnsight
import torch
from nnsight.tracing.backend import Backend

from steering.models.costs import A_PASS_ON_CPU, A_PASS_ON_GPU, Costs
from steering.models.length_switch import LengthSwitch, length_switch_of

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

# Servers do not have this package, so nnsight has to send the functions that a traced block uses.
nnsight.register("steering")

# The decoder blocks of every family of models, multimodal ones too, are renamed to `layers`.
BLOCKS = {
    "model.layers": "layers",
    "transformer.h": "layers",
    "gpt_neox.layers": "layers",
    "model.decoder.layers": "layers",
    "transformer.blocks": "layers",
    "backbone.layers": "layers",
    "model.language_model.layers": "layers",
    "model.text_model.layers": "layers",
    "language_model.model.layers": "layers",
}


@dataclass(frozen=True)
class Holding:
    """How the weights of a model are held.

    Attributes:
        dtype: the precision of the residual stream.
        secluded: whether blocks run in a sandbox, where they see what passes through the model but
            not its weights.
    """

    dtype: torch.dtype
    secluded: bool = False


class Elsewhere(Protocol):
    """A place that runs a model's forward passes instead of this machine: see `steering.remote`."""

    @property
    def address(self) -> str:
        """Return the address of that place."""

    def holding(self, traced: Any, head: Any, model: str) -> Holding:
        """Return how the model is held there."""

    def request(self, traced: Any, model: str, block: str, *asked: Any) -> Backend:
        """Return the backend that runs one session of forward passes there."""


@dataclass(frozen=True)
class Model:
    """A causal language model ready to be traced.

    Attributes:
        name: its name in tables.
        traced: nnsight's wrapper; `traced.layers[i]` is the decoder block i, counted from 0.
        tokenizer: the model's own; the wrapper has a copy.
        revision: the resolved commit, or a hash of the local files.
        folder: the folder of its files, or its GGUF file; None for a model from Hugging Face.
        remote: the NDIF service that runs its forward passes; the weights are then not loaded here.
            None runs them here.
        weights: what the run card says of weights that were quantised or merged.
    """

    name: str
    traced: Any
    tokenizer: PreTrainedTokenizerBase
    revision: str
    folder: Path | None = None
    remote: Elsewhere | None = None
    weights: Mapping[str, str] = field(default_factory=dict)

    @property
    def module(self) -> Any:
        """Return the plain transformers module (Any: each family has attributes of its own)."""
        return self.traced._module

    @property
    def config(self) -> Any:
        """Return the configuration of its text decoder."""
        return self.module.config.get_text_config()

    @property
    def device(self) -> torch.device:
        """Return the device of the token embeddings, to which inputs must go."""
        return self.module.get_input_embeddings().weight.device

    @cached_property
    def holding(self) -> Holding:
        """Return how its weights are held; for a model on a service, the service is asked."""
        if self.remote is not None:
            return self.remote.holding(self.traced, self.head, self.name)
        return Holding(self.module.dtype)

    @property
    def dtype(self) -> torch.dtype:
        """Return the precision of the residual stream."""
        return self.holding.dtype

    @property
    def place(self) -> str:
        """Return where its forward passes run, in words: a device here, or a service."""
        return str(self.device) if self.remote is None else f"NDIF, {self.remote.address}"

    def block(self, name: str, *asked: Any) -> Backend | None:
        """Return the backend for a session; None runs it here.

        `asked` is all that the outcome of the block depends on.
        """
        if self.remote is None:
            return None
        return self.remote.request(self.traced, self.name, name, *asked)

    @property
    def depth(self) -> int:
        """Return the number of decoder blocks."""
        return len(self.traced.layers)

    @property
    def context(self) -> int:
        """Return the most tokens that the model can take."""
        return getattr(self.config, "max_position_embeddings", None) or 10**9

    @property
    def width(self) -> int:
        """Return the width of the residual stream."""
        return int(self.config.hidden_size)

    @property
    def parameters(self) -> int:
        """Return the number of its weights, or of those that packed ones stand for."""
        return int(self.module.num_parameters())

    @cached_property
    def head(self) -> Any:
        """Return nnsight's wrapper of the output head."""
        module = self.module.get_output_embeddings()
        name = next(name for name, child in self.module.named_modules() if child is module)
        return self.traced.get(name)

    @property
    def windows(self) -> tuple[int | None, ...]:
        """Return each block's sliding window in positions; None where it sees all before it."""
        config = self.config
        window: int | None = getattr(config, "sliding_window", None)
        types = getattr(config, "layer_types", None)
        if types is None:
            return (window,) * self.depth
        return tuple(window if kind == "sliding_attention" else None for kind in types)

    @property
    def sees_columns(self) -> bool:
        """Return whether some blocks see the last few columns alone, whatever their mask says."""
        return "local" in getattr(self.config, "attention_layers", ())

    @property
    def length_switch(self) -> LengthSwitch | None:
        """Return the length at which its rotary angles change; None where they never do."""
        return length_switch_of(self.config, self.context)

    @cached_property
    def costs(self) -> Costs:
        """Return the operations of a block: for each token, and for each pair in attention."""
        module = self.module
        words = {*map(id, (module.get_input_embeddings().weight, self.head.weight))}
        inner = sum(one.numel() for one in module.parameters() if id(one) not in words)
        of_pass = A_PASS_ON_CPU if self.device.type == "cpu" else A_PASS_ON_GPU
        return Costs(alone=2 * inner / self.depth, seen=4 * self.width, of_pass=of_pass)

    def about(self) -> dict[str, Any]:
        """Return what the run card says of a model."""
        return {
            "name": self.name,
            "revision": self.revision,
            "architecture": type(self.module).__name__,
            "layers": self.depth,
            "width": self.width,
            "parameters": self.parameters,
            **self.weights,
        }


def hidden_of(output: Any) -> torch.Tensor:
    """Return the residual stream from a block's output, a tensor or a tuple that begins with it."""
    return output[0] if isinstance(output, tuple) else output


def home_of(weight: torch.Tensor) -> torch.device:
    """Return the device for inputs: that of a weight, or the CPU if a sandbox hides the weights."""
    return torch.device("cpu") if weight.is_meta else weight.device


def refitted(inputs: Any, mask: torch.Tensor, tokens: int, begun: torch.Tensor) -> Any:
    """Return a block's inputs with another mask, and fitted to the columns that exist by now.

    Whatever goes by token (rotary angles, positions) was computed for the `tokens` columns of the
    beginning. `begun` says for each column now which of those it is, or is a copy of.
    """
    positional, named = inputs

    def fitted(value: Any) -> Any:
        if isinstance(value, tuple | list):
            return type(value)(fitted(part) for part in value)
        if not isinstance(value, torch.Tensor):
            return value
        if value.ndim == 4:
            return mask
        if value.ndim in {2, 3} and value.shape[1] == tokens:
            return value[:, begun.to(value.device)]
        return value

    first, *others = positional if positional else (None,)
    fitting = {name: fitted(value) for name, value in named.items() if name != "hidden_states"}
    kept = {name: value for name, value in named.items() if name == "hidden_states"}
    return (first, *map(fitted, others)) if positional else (), {**kept, **fitting}
