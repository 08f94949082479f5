"""Vectors in a safetensors file: one of ours, or one whose names say the layers."""

from __future__ import annotations

import re
from pathlib import Path

from steering.vectors.files import load_vectors
from steering.vectors.formats.layered import Found, of_names

_OURS = re.compile(r"[A-Z_]+/(\d+)")
_BASE = "BASE/"


def read(path: Path, where: str) -> Found:
    """Return the vectors of a safetensors file; of one of ours, those of BASE.

    Raises Refused where it is not readable, or holds no vectors.
    """
    tensors, about = load_vectors(path)
    if tensors and all(_OURS.fullmatch(name) for name in tensors):
        of_base = {
            name.removeprefix(_BASE): one for name, one in tensors.items() if name.startswith(_BASE)
        }
        return of_names(of_base, f"{where}, for prompt setting BASE,", about)
    return of_names(tensors, where, about)
