"""Architectures: what transformers calls a model's family and its blocks, without its weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
import transformers

from steering.errors import Refused
from steering.models.model import BLOCKS


@dataclass(frozen=True)
class Architecture:
    """What a model's class says of it.

    Attributes:
        family: as a configuration names it, such as "llama".
        blocks: the name of its list of decoder blocks, inside the model without its head.
    """

    family: str
    blocks: str


def architecture_named(name: str) -> Architecture:
    """Return what transformers knows of a class of models, such as "LlamaForCausalLM".

    A model of its default sizes is laid out without memory for its weights. Raises Refused where
    there is no such class.
    """
    family: Any = getattr(transformers, name, None)
    if getattr(family, "config_class", None) is None:
        raise Refused(
            f"transformers has no architecture {name!r}, so that its blocks cannot be named: "
            "export the vector to safetensors or steering-vectors, which count them."
        )
    with torch.device("meta"):
        model = family(family.config_class())
    inside = model.base_model
    blocks = {id(model.get_submodule(one)) for one in BLOCKS if _has(model, one)}
    names = [name for name, module in inside.named_modules() if id(module) in blocks]
    return Architecture(model.config.model_type, names[0])


def _has(model: Any, name: str) -> bool:
    try:
        model.get_submodule(name)
    except AttributeError:
        return False
    return True
