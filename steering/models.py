"""Models: loaded through transformers, wrapped by nnsight. The one file that knows module names."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import beartype  # noqa: F401 - must come before nnsight, which patches `object`
import torch
from nnsight import TransformersModel
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerBase

from steering.catalogue import fingerprint, model_folder
from steering.errors import Refused
from steering.packing import Packed, additive_mask

if TYPE_CHECKING:
    from transformers import PreTrainedModel

# One name, `layers`, for the decoder blocks of every family.
BLOCKS = {
    "model.layers": "layers",
    "transformer.h": "layers",
    "gpt_neox.layers": "layers",
    "model.decoder.layers": "layers",
    "transformer.blocks": "layers",
}
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


@dataclass(frozen=True)
class Model:
    """A causal language model ready to be traced.

    Attributes:
        name: the name it goes by in tables.
        traced: nnsight's wrapper; `traced.layers[i]` is the decoder block i, counted from 0.
        tokenizer: as the model's own folder gives it; the wrapper has a copy of its own.
        revision: the resolved commit, or a hash of the local files.
    """

    name: str
    traced: Any
    tokenizer: PreTrainedTokenizerBase
    revision: str
    folder: Path | None = None

    @property
    def module(self) -> Any:
        """Return the plain transformers module (Any: each family has attributes of its own)."""
        return self.traced._module

    @property
    def device(self) -> torch.device:
        """Return where the token embeddings lie, which is where inputs must go."""
        device: torch.device = self.module.get_input_embeddings().weight.device
        return device

    @property
    def dtype(self) -> torch.dtype:
        """Return the precision of the residual stream."""
        dtype: torch.dtype = self.module.dtype
        return dtype

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
    def takes_masks(self) -> bool:
        """Return whether every block obeys an additive mask and explicit positions.

        Alibi biases are made from the plain mask, so those models cannot be packed.
        """
        config = self.module.config
        return not (getattr(config, "alibi", False) or config.model_type in {"bloom", "mpt"})

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
    def costs(self) -> tuple[float, float]:
        """Return what a block spends on one token: operations alone, and for each token seen."""
        module = self.module
        embedded = module.get_input_embeddings().weight.numel()
        inner = sum(parameter.numel() for parameter in module.parameters()) - embedded
        return 2 * inner / self.depth, 4 * self.width

    def inputs(self, packed: Packed) -> dict[str, Any]:
        """Return the keyword arguments of one packed forward, on the model's device.

        Raises Refused for a model whose attention cannot be told who sees whom.
        """
        if not self.takes_masks:
            raise Refused(
                f"model {self.name!r} ({type(self.module).__name__}) computes positions by alibi, "
                "which takes no mask of ours: allowed are models with rotary or learned positions."
            )
        return {
            "input_ids": packed.input_ids.to(self.device),
            "position_ids": packed.position_ids.to(self.device),
            "attention_mask": self._mask(packed, self.windows[0]),
        }

    def masks(self, packed: Packed) -> dict[int, torch.Tensor]:
        """Return the masks of those blocks whose window differs from that of the first.

        transformers takes one mask for all; where blocks differ, theirs is set inside the trace.
        """
        first, *_ = self.windows
        kinds = {window: self._mask(packed, window) for window in {*self.windows} - {first}}
        return {at: kinds[window] for at, window in enumerate(self.windows) if window != first}

    def _mask(self, packed: Packed, window: int | None) -> torch.Tensor:
        return additive_mask(packed, self.dtype, window).to(self.device)

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


def masked(inputs: Any, mask: torch.Tensor) -> Any:
    """Return a block's inputs with another attention mask."""
    positional, named = inputs
    return positional, {**named, "attention_mask": mask}


def load_model(name: str, *, device: str | None = None, dtype: str = "float32") -> Model:
    """Return a model by embedded name, local folder or Hugging Face id with optional @revision.

    Raises Refused where there is no such model, its weights or tokenizer are missing or damaged,
    or the device or dtype is not to be had.
    """
    if dtype not in DTYPES:
        raise Refused(f"there is no dtype {dtype!r}: allowed are {', '.join(DTYPES)}.")
    place = _device(device)
    folder = model_folder(name)
    where, _, wanted = (str(folder), "", "") if folder else name.partition("@")
    try:
        tokenizer = AutoTokenizer.from_pretrained(where, revision=wanted or "main")
        loaded: Any = AutoModelForCausalLM.from_pretrained(
            where,
            revision=wanted or "main",
            dtype=DTYPES[dtype],
            use_safetensors=True,
            output_loading_info=True,
        )
    except Exception as error:
        # transformers raises a dozen types here; what they have in common is the message.
        raise Refused(f"model {name!r} could not be loaded: {_first_line(error)}") from error
    module, report = loaded
    if missing := sorted(report["missing_keys"] | report["mismatched_keys"]):
        raise Refused(
            f"model {name!r} lacks weights for {missing[0]!r} and {len(missing) - 1} more: "
            "they would be random; bring the complete safetensors files."
        )
    commit = getattr(module.config, "_commit_hash", None)
    revision = fingerprint(folder) if folder else (commit or wanted or "unknown")
    return wrap(
        module.to(place), tokenizer, name=folder.name if folder else name, revision=revision,
        folder=folder,
    )  # fmt: skip


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
    if not hasattr(traced, "layers"):
        raise Refused(
            f"model {name!r} ({type(module).__name__}) has no decoder blocks under a known name: "
            f"allowed are {', '.join(BLOCKS)}."
        )
    return Model(name, traced, tokenizer, revision, folder)


def _device(name: str | None) -> torch.device:
    if name is None:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        raise Refused(
            f"device {name!r} is not to be had here: allowed are cpu"
            f"{', cuda' if torch.cuda.is_available() else ''}."
        ) from error
    return device


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
