"""Vectors in a GGUF file: llama.cpp's control vectors, which repeng exports too.

llama.cpp adds `direction.N` behind the feed-forward network of its block N, counted from 0
(`build_cvec(cur, il)` at the end of block `il`), and has none for block 0. repeng writes the vector
that it adds to the output of block N, counted from 0, as `direction.N`. So N is our layer as it
stands.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import torch
from gguf import GGUFReader
from gguf.quants import dequantize

from steering.errors import Refused
from steering.vectors.formats.layered import Found, of_names

ARCHITECTURE = "controlvector"
_DIRECTION = re.compile(r"direction\.(\d+)")


def read(path: Path, where: str) -> Found:
    """Return the vectors of a GGUF control vector. Raises Refused for any other GGUF file."""
    try:
        reader = GGUFReader(path)
        about = {name: str(field.contents()) for name, field in reader.fields.items()}
        tensors = {
            str(one.name): torch.from_numpy(dequantize(one.data, one.tensor_type).copy())
            for one in reader.tensors
            if _DIRECTION.fullmatch(one.name)
        }
    except Exception as error:
        raise Refused(f"{where} is not a readable GGUF file ({_first_line(error)}).") from error
    kind = about.get("general.architecture", "none")
    if kind != ARCHITECTURE:
        raise Refused(
            f"{where} is a GGUF file of architecture {kind!r}: a vector is one of architecture "
            f"{ARCHITECTURE!r}, as llama.cpp and repeng write it."
        )
    hint = about.get(f"{ARCHITECTURE}.model_hint")
    return of_names(tensors, where, {} if hint is None else {"model_hint": hint})


def _first_line(error: Any) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
