"""The safetensors file of steering vectors."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from jaxtyping import Float
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from steering.errors import Refused
from steering.storage import replaced


def save_vectors(
    vectors: Mapping[str, Float[Tensor, "layer width"]], path: Path, about: Mapping[str, object]
) -> Path:
    """Return the path of a safetensors file with one tensor a prompt setting and layer.

    Tensors are named like `BASE/13`; layers are 0-based decoder blocks, whose output is meant.
    Those of `ORIGIN`, if there are any, are no vectors but the means of the negative answers, which
    some operators need. The metadata say what is needed to use the file elsewhere.
    """
    tensors = {
        f"{setting}/{layer}": vector.contiguous().clone()
        for setting, layers in vectors.items()
        for layer, vector in enumerate(layers)
    }
    metadata = {
        "operation": "add",
        "hook_point": "block output",
        "layer_base": "0",
        **{
            name: value if isinstance(value, str) else json.dumps(value)
            for name, value in about.items()
        },
    }
    with replaced(path) as temporary:
        save_file(tensors, temporary, metadata=metadata)
    return path


def load_vectors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Return the tensors of a safetensors file by name, and its metadata.

    Raises Refused where the file is missing or no safetensors file.
    """
    if not path.is_file():
        raise Refused(f"vector file {str(path)!r} does not exist: name a safetensors file.")
    try:
        with safe_open(path, framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}  # noqa: SIM118
    except Exception as error:
        raise Refused(f"{str(path)!r} is not a readable safetensors file ({error}).") from error
