"""Loading: a model by its name, wrapped so that nnsight can trace it."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import beartype  # noqa: F401 - must come before nnsight, which patches `object`
import torch
from nnsight import TransformersModel

from steering.errors import Refused
from steering.models.catalogue import fingerprint, model_folder
from steering.models.labels import labelled
from steering.models.model import BLOCKS, Model, hidden_of
from steering.models.pretrained import pretrained

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

# The length of the text on which it is tried what the blocks of a model give on.
_TOKENS = 3


def load_model(
    name: str,
    *,
    device: str | None = None,
    dtype: str = "float32",
    trust_remote_code: bool = False,
) -> Model:
    """Return a model by embedded name, local folder or Hugging Face id with optional @revision.

    Given as NAME=MODEL, it is called NAME; else by its folder's last name, or by its id.
    `device` "auto" spreads the model over all GPUs. Code that a model brings with it is run only
    where `trust_remote_code` is set. Raises Refused where there is no such model, its weights or
    tokenizer are missing or damaged, or the device or dtype is not available.
    """
    label, name = labelled(name)
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
    label = label or (folder.name if folder else name)
    return wrap(module, tokenizer, name=label, revision=revision, folder=folder)


def wrap(
    module: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    *,
    name: str,
    revision: str = "unknown",
    folder: Path | None = None,
) -> Model:
    """Return a loaded transformers model, ready to be traced.

    Raises Refused where its decoder blocks are not found under a known name, or what they give on
    is no residual stream.
    """
    module.eval().requires_grad_(False)
    for config in (module.config, module.config.get_text_config()):
        config.return_dict = True
    # nnsight sets its tokenizer to pad on the left, so it gets a copy of ours.
    traced = TransformersModel(
        module, task="text-generation", tokenizer=copy.deepcopy(tokenizer), rename=BLOCKS
    )
    require_known_parts(name, traced)
    model = Model(name, traced, tokenizer, revision, folder)
    _require_residual_stream(model)
    return model


def require_known_parts(name: str, traced: Any) -> None:
    """Raise Refused where a model's blocks or output head are not found under a known name."""
    module = traced._module
    what = f"model {name!r} ({type(module).__name__})"
    if not hasattr(traced, "layers"):
        if any(part.endswith("language_model.layers") for part, _ in module.named_modules()):
            raise Refused(
                f"{what} is multimodal, and its decoder is a part of it: bring the text decoder "
                "with its head as a model of its own, saved by its class for causal language "
                "models."
            )
        raise Refused(
            f"{what} has no decoder blocks under a known name: allowed are {', '.join(BLOCKS)}."
        )
    if not len(traced.layers):
        raise Refused(
            f"{what} has 0 decoder blocks: at least one is needed, whose output is steered."
        )
    if module.get_output_embeddings() is None:
        raise Refused(
            f"{what} has no output head that we can find: "
            "a causal language model is needed, whose logits come from one linear layer."
        )


def _require_residual_stream(model: Model) -> None:
    """Raise Refused where a forward pass skips a block, or one gives on no [1, token, width]."""
    what = f"model {model.name!r} ({type(model.module).__name__})"
    needed = "a family whose blocks give on one residual stream is needed"
    width = getattr(model.module.config, "hidden_size", None)
    if not isinstance(width, int):
        raise Refused(f"{what} has no hidden_size in its configuration: {needed}.")
    found = _streams(model, what)
    for layer in range(model.depth):
        if layer not in found:
            raise Refused(f"{what} leaves out block {layer} where a text stands alone: {needed}.")
        if found[layer] != f"a tensor of {[1, _TOKENS, width]}":
            raise Refused(
                f"{what} has another residual stream than we can steer: its block {layer} gives "
                f"on {found[layer]} for {_TOKENS} tokens of width {width}; {needed}."
            )


def _streams(model: Model, what: str) -> dict[int, str]:
    """Return what each block gives on, in words, in a forward pass over a few tokens."""
    found: dict[int, str] = {}

    def noting(layer: int) -> Callable[[Any, Any, Any], None]:
        def note(_: Any, __: Any, output: Any) -> None:
            hidden: Any = hidden_of(output)
            tensor = isinstance(hidden, torch.Tensor)
            found[layer] = (
                f"a tensor of {[*hidden.shape]}" if tensor else f"a {type(hidden).__name__}"
            )

        return note

    blocks = [model.traced.layers[layer]._module for layer in range(model.depth)]
    handles = [
        block.register_forward_hook(noting(layer), always_call=True)
        for layer, block in enumerate(blocks)
    ]
    try:
        with torch.inference_mode():
            ids = torch.arange(_TOKENS, device=model.device)[None]
            model.module(input_ids=ids, use_cache=False)
    except torch.OutOfMemoryError as error:
        raise Refused(
            f"{what} leaves no room for a forward pass in the memory of {model.device}: name a "
            "smaller model, or another device."
        ) from error
    except Exception as error:  # each family has its own way to fail
        text = " ".join(str(error).split()) or type(error).__name__
        reason = re.split(r"(?<=[.!?])\s", text)[0].rstrip(".")
        raise Refused(
            f"{what} fails on a text alone ({reason}): a causal language model that takes tokens "
            "and nothing else is needed."
        ) from error
    finally:
        for handle in handles:
            handle.remove()
    return found
