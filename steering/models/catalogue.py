"""The catalogue: which models can be named, and what their folders say of them without loading."""

from __future__ import annotations

import hashlib
import json
from math import prod
from pathlib import Path
from typing import Any

from steering.clone import models_folder
from steering.errors import Refused
from steering.models.adapters import adapter_in
from steering.models.checkpoint import require_model_folder
from steering.models.gguf_file import gguf_at, gguf_described
from steering.models.labels import labelled
from steering.models.packaged import PACKAGED, packaged_as, packaged_file

# What a model's folder says of its weights, its code, its tokenizer and its chat template.
_COUNTED = {".json", ".safetensors", ".jinja", ".model", ".parquet", ".tiktoken", ".py"}
_WORDS = ("vocab.txt", "merges.txt")
# Of a file larger than this only so many bytes from either end are hashed, which takes no time.
_END = 8 << 20


def own_models() -> tuple[str, ...]:
    """Return the names of the embedded models, in alphabetical order."""
    return tuple(sorted(file.parent.name for file in models_folder().glob("*/model.safetensors")))


def model_folder(name: str) -> Path | None:
    """Return the folder of an embedded or local model, or its GGUF file; None for an id.

    It may be given as NAME=MODEL. Raises Refused where a folder was meant but is none, or holds no
    whole model, and where a model comes with a package that is not installed.
    """
    _, name = labelled(name)
    if name in own_models():
        return models_folder() / name
    if name in PACKAGED:
        return packaged_file(name)
    path = Path(name).expanduser()
    looks_local = name.startswith((".", "/", "~")) or path.exists() or name.count("/") > 1
    if looks_local:
        if file := gguf_at(name, path):
            return file
        require_model_folder(name, path)
        return path.resolve()
    if "/" not in name:
        known = ", ".join(own_models()) or "none yet"
        raise Refused(
            f"there is no model {name!r}: allowed are the embedded ones ({known}), those that come "
            f"with a package ({', '.join(PACKAGED)}), a local folder or file, or a Hugging Face id "
            "like owner/name."
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


def label(folder: Path) -> str:
    """Return the name of a local model in tables: that of its folder, or of its file."""
    return packaged_as(folder) or (folder.stem if folder.is_file() else folder.name)


def folders_of(folder: Path) -> list[Path]:
    """Return the folders that a model is read from: its own, and that of an adapter's base."""
    adapter = adapter_in(folder.name, folder)
    base = [Path(adapter.base)] if adapter and adapter.local and not adapter.beside else []
    return [folder, *base]


def fingerprint(folder: Path) -> str:
    """Return a hash of a model folder's files, or of a GGUF file; of large ones both ends count.

    That of an adapter counts its base too: the files of a folder, the name of a Hugging Face id.
    """
    if packaged := packaged_as(folder):
        return PACKAGED[packaged].revision
    digest = hashlib.sha256()
    for file in [folder] if folder.is_file() else sorted(folder.iterdir()):
        if file != folder and file.suffix not in _COUNTED and file.name not in _WORDS:
            continue
        size = file.stat().st_size
        digest.update(f"{file.name} {size} ".encode())
        with file.open("rb") as stream:
            digest.update(stream.read(_END))
            if size > _END:
                stream.seek(max(_END, size - _END))
                digest.update(stream.read(_END))
    adapter = None if folder.is_file() else adapter_in(folder.name, folder)
    if adapter is not None and not adapter.beside:
        base = fingerprint(Path(adapter.base)) if adapter.local else adapter.base
        digest.update(f"base {base} {adapter.revision}".encode())
    return digest.hexdigest()[:16]


def described(name: str) -> dict[str, Any]:
    """Return what an embedded or local model's files say of it, without loading it.

    Raises Refused where they lie elsewhere: those of a Hugging Face id, or of an adapter's base.
    """
    folder = model_folder(name)
    if folder is None:
        raise Refused(f"model {name!r} is not on this machine: its files cannot be looked at.")
    if folder.is_file():
        return gguf_described(name, folder)
    if adapter := adapter_in(name, folder):
        if not adapter.local:
            raise Refused(
                f"model {name!r} is an adapter for {adapter.base!r}, which is not on this machine: "
                "its files cannot be looked at."
            )
        folder = Path(adapter.base)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    architecture = ", ".join(config.get("architectures", []))
    config = {**config, **(config.get("text_config") or {})}  # a multimodal model has one
    return {
        "architecture": architecture,
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
