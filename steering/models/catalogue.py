"""The catalogue: which models can be named, and what their folders say of them without loading."""

from __future__ import annotations

import hashlib
import json
from math import prod
from pathlib import Path
from typing import Any

from steering.clone import models_folder
from steering.errors import Refused
from steering.models.checkpoint import require_model_folder
from steering.models.labels import labelled

# What a model's folder says of its weights, its code, its tokenizer and its chat template.
_COUNTED = {".json", ".safetensors", ".jinja", ".model", ".parquet", ".tiktoken", ".py"}
_WORDS = ("vocab.txt", "merges.txt")
# Of a file larger than this only so many bytes from either end are hashed, which takes no time.
_END = 8 << 20


def own_models() -> tuple[str, ...]:
    """Return the names of the embedded models, in alphabetical order."""
    return tuple(sorted(file.parent.name for file in models_folder().glob("*/model.safetensors")))


def model_folder(name: str) -> Path | None:
    """Return the folder of an embedded or local model; None for a Hugging Face id.

    It may be given as NAME=MODEL. Raises Refused where a folder was meant but is none, or holds no
    whole model.
    """
    _, name = labelled(name)
    if name in own_models():
        return models_folder() / name
    path = Path(name).expanduser()
    looks_local = name.startswith((".", "/", "~")) or path.exists() or name.count("/") > 1
    if looks_local:
        require_model_folder(name, path)
        return path.resolve()
    if "/" not in name:
        known = ", ".join(own_models()) or "none yet"
        raise Refused(
            f"there is no model {name!r}: allowed are the embedded ones ({known}), a local folder, "
            "or a Hugging Face id like owner/name."
        )
    return None


def withheld(folder: Path | None) -> dict[str, frozenset[str]]:
    """Return by concept the hashes of the statements that a model has never seen in training.

    Empty where a model's folder has no `withheld.json`; only embedded models have one.
    """
    file = folder / "withheld.json" if folder else None
    if file is None or not file.is_file():
        return {}
    unseen: dict[str, list[str]] = json.loads(file.read_text(encoding="utf-8"))
    return {concept: frozenset(hashes) for concept, hashes in unseen.items()}


def fingerprint(folder: Path) -> str:
    """Return a hash of a model folder's files; of large files only both ends are hashed."""
    digest = hashlib.sha256()
    for file in sorted(folder.iterdir()):
        if file.suffix not in _COUNTED and file.name not in _WORDS:
            continue
        size = file.stat().st_size
        digest.update(f"{file.name} {size} ".encode())
        with file.open("rb") as stream:
            digest.update(stream.read(_END))
            if size > _END:
                stream.seek(max(_END, size - _END))
                digest.update(stream.read(_END))
    return digest.hexdigest()[:16]


def described(name: str) -> dict[str, Any]:
    """Return what an embedded or local model's files say of it, without loading it."""
    folder = model_folder(name)
    if folder is None:
        raise Refused(f"model {name!r} is not on this machine: its files cannot be looked at.")
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    return {
        "architecture": ", ".join(config.get("architectures", [])),
        # GPT-2 and its relatives have other names for these.
        "layers": config.get("num_hidden_layers", config.get("n_layer")),
        "width": config.get("hidden_size", config.get("n_embd")),
        "parameters": sum(_parameters(file) for file in sorted(folder.glob("model*.safetensors"))),
        "planted": (folder / "planted.parquet").is_file(),
    }


def _parameters(weights: Path) -> int:
    # A safetensors file begins with the length of its header, which says every tensor's shape.
    with weights.open("rb") as stream:
        header = json.loads(stream.read(int.from_bytes(stream.read(8), "little")))
    return sum(prod(about["shape"]) for name, about in header.items() if name != "__metadata__")
