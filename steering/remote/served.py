"""Served models: a service has the weights; only configuration and tokenizer are loaded here."""

from __future__ import annotations

import copy
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import beartype  # noqa: F401 - must come before nnsight, which patches `object`
from httpx import HTTPError
from nnsight import TransformersModel
from nnsight.modeling import huggingface
from transformers.models.auto.modeling_auto import (
    MODEL_FOR_CAUSAL_LM_MAPPING_NAMES,
    MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES,
)
from transformers.quantizers.auto import AUTO_QUANTIZER_MAPPING
from transformers.utils.peft_utils import find_adapter_config_file

from steering.errors import Refused
from steering.models.checkpoint import quantisation_method
from steering.models.labels import labelled
from steering.models.loading import require_known_parts
from steering.models.model import BLOCKS, Model
from steering.models.pretrained import outlined, refusing_load_errors
from steering.models.vocabulary import require_same_vocabulary
from steering.remote.ledger import Ledger
from steering.remote.request import Remote
from steering.remote.service import Service
from steering.remote.terms import Terms

if TYPE_CHECKING:
    from transformers import PretrainedConfig

_HERE = "measure it on this machine, without --remote"


def served(
    name: str, terms: Terms, kept: Path | None = None, *, trust_remote_code: bool = False
) -> Model:
    """Return a model that a service runs, by Hugging Face id with optional @revision.

    Given as NAME=MODEL, it is called NAME.
    Its answers are kept in the folder `kept`, if one is named. Raises Refused where its
    configuration or tokenizer cannot be loaded, a service would not load it as it is, or the
    service does not answer or speaks another version of the protocol.
    """
    label, name = labelled(name)
    where, _, wanted = name.partition("@")
    _require_no_adapter(name, where, wanted or "main")
    config, tokenizer = outlined(
        name, where, revision=wanted or "main", trust_remote_code=trust_remote_code
    )
    weights = _held(name, config)
    _require_text_model(name, config)
    options: dict[str, Any] = {"trust_remote_code": True} if trust_remote_code else {}
    with refusing_load_errors(name, "could not be outlined"):
        traced = TransformersModel(
            where,
            revision=wanted or None,
            task="text-generation",
            tokenizer=copy.deepcopy(tokenizer),
            rename=BLOCKS,
            **options,
        )
        _spell(traced, where)
    remote = Remote(Service(terms), Ledger(kept))
    require_known_parts(name, traced)
    require_same_vocabulary(name, tokenizer, traced._module)
    remote.service.fits()
    commit = getattr(config, "_commit_hash", None)
    revision = commit or wanted or "unknown"
    return Model(label or name, traced, tokenizer, revision, remote=remote, weights=weights)


def _require_no_adapter(name: str, where: str, revision: str) -> None:
    """Raise Refused for an adapter: a service loads its base, or nothing."""
    found = None
    with suppress(Exception):  # whatever keeps an id from being read is said when it is loaded
        found = find_adapter_config_file(where, revision=revision)
    if found:
        raise Refused(
            f"model {name!r} is or holds an adapter, and a service runs models without any: name "
            f"its base, or download the adapter into a folder and {_HERE}."
        )


def _held(name: str, config: PretrainedConfig) -> dict[str, str]:
    """Return what the run card says of weights that a service holds in fewer bits.

    Raises Refused for a method that transformers does not know, whose weights it takes for plain.
    """
    method = quantisation_method(config.to_dict())
    if method is None:
        return {}
    if not any(known.startswith(method) for known in AUTO_QUANTIZER_MAPPING):
        raise Refused(
            f"model {name!r} is quantised with {method!r}, which transformers does not know on a "
            "service either: name the unquantised model."
        )
    return {"quantisation": f"{method}, as the service holds it"}


def _require_text_model(name: str, config: PretrainedConfig) -> None:
    """Raise Refused for a multimodal model of a family that cannot be loaded for text alone."""
    family = config.model_type
    if (
        family in MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES
        and family not in MODEL_FOR_CAUSAL_LM_MAPPING_NAMES
    ):
        written = ", ".join(config.architectures or ()) or family
        raise Refused(
            f"model {name!r} ({written}) is multimodal, and a service loads models for text "
            f"alone, of which its family has none: {_HERE}."
        )


def _spell(traced: Any, where: str) -> None:
    # A service knows a model by the Hub's own spelling of its id. If the Hub cannot be asked, the
    # user's spelling is taken.
    try:
        traced.to_model_key()
    except (OSError, HTTPError):
        huggingface._ID_CACHE[where] = where
