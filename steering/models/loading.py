"""Loading: a model by its name, wrapped so that nnsight can trace it."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import beartype  # noqa: F401 - must come before nnsight, which patches `object`
from nnsight import TransformersModel

from steering.errors import Refused
from steering.models.catalogue import fingerprint, model_folder
from steering.models.pretrained import pretrained

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase
from steering.models.model import BLOCKS, Model


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
    tokenizer are missing or damaged, or the device or dtype is not available.
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
    label = folder.name if folder else name
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

    Raises Refused where its decoder blocks are not found under a known name.
    """
    module.eval().requires_grad_(False)
    # nnsight sets its tokenizer to pad on the left, so it gets a copy of ours.
    traced = TransformersModel(
        module, task="text-generation", tokenizer=copy.deepcopy(tokenizer), rename=BLOCKS
    )
    require_known_parts(name, traced)
    return Model(name, traced, tokenizer, revision, folder)


def require_known_parts(name: str, traced: Any) -> None:
    """Raise Refused where a model's blocks or output head are not found under a known name."""
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
