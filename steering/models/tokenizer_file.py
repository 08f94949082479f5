"""Where the tokenizer of a model lies on this machine."""

from __future__ import annotations

from pathlib import Path

from steering.errors import Refused
from steering.models.catalogue import model_folder
from steering.models.labels import labelled


def tokenizer_file(reference: str) -> Path | None:
    """Return the file of a model's tokenizer on this machine; None where there is none.

    `reference` is a model as the report was asked for it: a name, a folder, or an id of Hugging
    Face whose files were loaded before.
    """
    try:
        folder = model_folder(reference)
    except Refused:
        return None
    if folder is not None:
        file = folder / "tokenizer.json"
        return file if file.is_file() else None
    from huggingface_hub import try_to_load_from_cache  # noqa: PLC0415 - only where it is an id

    found = try_to_load_from_cache(labelled(reference)[1], "tokenizer.json")
    return Path(found) if isinstance(found, str) else None
