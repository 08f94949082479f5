"""Loading: a model by its name, wrapped so that nnsight can trace it."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import beartype  # noqa: F401 - must come before nnsight, which patches `object`
from nnsight import TransformersModel
from transformers.utils import logging

from steering.errors import Refused
from steering.models.adapters import (
    NAME_BASE,
    Adapter,
    adapter_in,
    adapter_weights,
    base_alone,
    merged,
    require_peft,
)
from steering.models.catalogue import fingerprint, label, model_folder
from steering.models.from_gguf import from_gguf
from steering.models.labels import labelled
from steering.models.model import BLOCKS, Model
from steering.models.pretrained import (
    own_tokenizer,
    pretrained,
    refusing_load_errors,
)
from steering.models.trial import require_residual_stream
from steering.models.vocabulary import require_same_vocabulary

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


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
    own, name = labelled(name)
    folder = model_folder(name)
    options: dict[str, Any] = {"dtype": dtype, "device": device}
    if folder and folder.is_file():
        loaded = from_gguf(name, folder, **options)
    elif folder and (adapter := adapter_in(name, folder)):
        options |= {"trust_remote_code": trust_remote_code}
        return _adapted(name, own or label(adapter.folder), adapter, options)
    else:
        where, _, wanted = (str(folder), "", "") if folder else name.partition("@")
        options |= {"trust_remote_code": trust_remote_code, "revision": wanted or "main"}
        loaded = pretrained(name, where, **options)
    revision = fingerprint(folder) if folder else (_commit(loaded.module) or wanted or "unknown")
    return wrap(
        loaded.module,
        loaded.tokenizer,
        name=own or (label(folder) if folder else name),
        revision=revision,
        folder=folder,
        weights=loaded.weights,
    )


def _adapted(name: str, named: str, adapter: Adapter, options: dict[str, Any]) -> Model:
    """Return the model that an adapter and its base are together, which tables call `named`."""
    require_peft(name)
    with base_alone(adapter) as where:
        base = pretrained(name, where, revision=adapter.revision or "main", **options)
        commit = _commit(base.module)
    tokenizer = base.tokenizer
    if base.weights and "undone" not in base.weights["quantisation"]:
        raise Refused(
            f"model {name!r} is an adapter whose base is quantised ({base.weights['quantisation']}"
            "), and merging would round it again: name an unquantised base in adapter_config.json."
        )
    with refusing_load_errors(name, "has an adapter that could not be merged", NAME_BASE):
        module = merged(name, adapter, base.module)
    if adapter.has_tokenizer and not adapter.beside:
        tokenizer = own_tokenizer(name, str(adapter.folder))
        require_same_vocabulary(name, tokenizer, module)
    known = fingerprint(Path(adapter.base)) if adapter.local else commit or adapter.revision
    own = fingerprint(adapter.folder)
    return wrap(
        module,
        tokenizer,
        name=named,
        # The name of an id's branch is in the fingerprint, but not what it names today.
        revision=own if adapter.local else f"{own}+{known}",
        folder=adapter.folder,
        weights=base.weights | adapter_weights(adapter, known),
    )


def _commit(module: Any) -> str | None:
    return getattr(module.config, "_commit_hash", None)


def wrap(
    module: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    *,
    name: str,
    revision: str = "unknown",
    folder: Path | None = None,
    weights: Mapping[str, str] | None = None,
) -> Model:
    """Return a loaded transformers model, ready to be traced.

    Raises Refused where its decoder blocks are not found under a known name, or what they give on
    is no residual stream.
    """
    module.eval().requires_grad_(False)
    for config in (module.config, module.config.get_text_config()):
        config.return_dict = True
    # nnsight sets its tokenizer to pad on the left, so it gets a copy of ours.
    with _hushed():
        traced = TransformersModel(
            module, task="text-generation", tokenizer=copy.deepcopy(tokenizer), rename=BLOCKS
        )
    require_known_parts(name, traced)
    model = Model(name, traced, tokenizer, revision, folder, weights=weights or {})
    require_residual_stream(model)
    return model


@contextmanager
def _hushed() -> Iterator[None]:
    # transformers complains of every multimodal model that its pipelines would not take it.
    level = logging.get_verbosity()  # 50 is the highest
    logging.set_verbosity(50)
    try:
        yield
    finally:
        logging.set_verbosity(level)


def require_known_parts(name: str, traced: Any) -> None:
    """Raise Refused where a model's blocks or output head are not found under a known name."""
    module = traced._module
    what = f"model {name!r} ({type(module).__name__})"
    if not hasattr(traced, "layers"):
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
