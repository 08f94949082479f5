"""Served models: a service has the weights; only configuration and tokenizer are loaded here."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import beartype  # noqa: F401 - must come before nnsight, which patches `object`
from httpx import HTTPError
from nnsight import TransformersModel
from nnsight.modeling import huggingface

from steering.models.labels import labelled
from steering.models.loading import require_known_parts
from steering.models.model import BLOCKS, Model
from steering.models.pretrained import outlined, refusing_load_errors
from steering.models.vocabulary import require_same_vocabulary
from steering.remote.ledger import Ledger
from steering.remote.request import Remote
from steering.remote.service import Service
from steering.remote.terms import Terms


def served(
    name: str, terms: Terms, kept: Path | None = None, *, trust_remote_code: bool = False
) -> Model:
    """Return a model that a service runs, by Hugging Face id with optional @revision.

    Given as NAME=MODEL, it is called NAME.
    Its answers are kept in the folder `kept`, if one is named. Raises Refused where its
    configuration or tokenizer cannot be loaded, or the service does not answer or speaks another
    version of the protocol.
    """
    label, name = labelled(name)
    where, _, wanted = name.partition("@")
    config, tokenizer = outlined(
        name, where, revision=wanted or "main", trust_remote_code=trust_remote_code
    )
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
    return Model(label or name, traced, tokenizer, commit or wanted or "unknown", remote=remote)


def _spell(traced: Any, where: str) -> None:
    # A service knows a model by the Hub's own spelling of its id. If the Hub cannot be asked, the
    # user's spelling is taken.
    try:
        traced.to_model_key()
    except (OSError, HTTPError):
        huggingface._ID_CACHE[where] = where
