"""Vectors that someone already has: read from a file of any known format, and checked by itself.

The format is told by how a file begins, whatever its name is. Whether vectors fit a model is
asked where the model is known, in `steering.measuring.given`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from safetensors.torch import save_file

from steering.errors import Refused
from steering.storage import replaced
from steering.vectors.arithmetic import Vector
from steering.vectors.formats import gguf_file, tensor_file, torch_file
from steering.vectors.formats.layered import Found


@dataclass(frozen=True)
class GivenVectors:
    """The vectors of a file, as they are in it.

    Attributes:
        layers: the vectors by layer: decoder blocks, counted from 0, whose output is meant.
        source: the path of the file.
        format: the name of its format.
        sha256: the hash of the layers and their vectors, as float32: of what is measured.
        rows: the number of rows, where the file holds a matrix and row i is layer i.
        about: what the file says of itself.
    """

    layers: dict[int, Vector]
    source: Path
    format: str
    sha256: str
    rows: int | None
    about: dict[str, str]


@dataclass(frozen=True)
class Format:
    """A format of vector files: how the first nine bytes of one begin, and how it is read."""

    begins: re.Pattern[bytes]
    read: Callable[[Path, str], Found]


# The first that fits is taken. A safetensors file begins with the length of its header, eight bytes
# that may be any, and with the header, which is JSON. A file of PyTorch is a zip archive, or a
# pickle if it is older than PyTorch 1.6.
FORMATS = {
    "GGUF": Format(re.compile(rb"GGUF"), gguf_file.read),
    "safetensors": Format(re.compile(rb"(?!PK\x03\x04).{8}\{", re.DOTALL), tensor_file.read),
    "PyTorch": Format(re.compile(rb"PK\x03\x04|\x80"), torch_file.read),
}


def read_given(path: Path | str, layer: int | None = None) -> GivenVectors:
    """Return the vectors of a file; with `layer`, that of this layer alone.

    `layer` also says where a single vector belongs whose file does not say it. Layers at which a
    file of several holds zeros are left out. Raises Refused where the file is missing or not
    readable, holds no vector or not that one, or where one is not finite.
    """
    file = Path(path).expanduser()
    where = f"vector file {str(path)!r}"
    if not file.is_file():
        raise Refused(f"{where} does not exist: name a file that holds a vector.")
    name = _format(file, where)
    found = _placed(FORMATS[name].read(file, where), where, layer)
    widths = sorted({len(vector) for vector in found.layers.values()})
    if len(widths) > 1:
        raise Refused(f"{where} holds vectors of different widths ({widths}): all must be alike.")
    broken = [at for at, one in found.layers.items() if not torch.isfinite(one).all()]
    if broken:
        raise Refused(f"{where} holds numbers that are not finite at layer {broken[0]}.")
    layers = {at: one for at, one in found.layers.items() if one.any()}
    if not layers:
        raise Refused(f"{where} holds nothing but zeros: there is nothing to add.")
    return GivenVectors(
        layers, file.resolve(), name, _hash(layers), found.rows, _kept_words(found.about)
    )


def save_given(given: GivenVectors, path: Path, about: Mapping[str, object]) -> Path:
    """Return the path of a file like those of `vectors.files`, with the layers that were given."""
    tensors = {f"BASE/{at}": vector.contiguous() for at, vector in given.layers.items()}
    places = {"operation": "add", "hook_point": "block output", "layer_base": "0"}
    told = {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in about.items()
    }
    with replaced(path) as temporary:
        save_file(tensors, temporary, metadata={**places, **told, "sha256_given": given.sha256})
    return path


def layers_named(layers: Mapping[int, Vector]) -> str:
    """Return which layers there are, in words: "layer 13", or "layers 5 to 20"."""
    names = sorted(layers)
    if len(names) == 1:
        return f"layer {names[0]}"
    if names == list(range(names[0], names[-1] + 1)):
        return f"layers {names[0]} to {names[-1]}"
    return f"layers {', '.join(map(str, names))}"


def _format(file: Path, where: str) -> str:
    try:
        with file.open("rb") as opened:
            begins = opened.read(9)
    except OSError as error:
        raise Refused(f"{where} could not be read ({error.strerror}).") from error
    name = next((name for name, one in FORMATS.items() if one.begins.match(begins)), None)
    if name is None:
        raise Refused(f"{where} is of none of the formats that are read: {', '.join(FORMATS)}.")
    return name


def _placed(found: Found, where: str, layer: int | None) -> Found:
    """Return what was found with every vector at a layer, or that of the layer asked for alone."""
    if found.unplaced is not None:
        if layer is None:
            raise Refused(
                f"{where} holds one vector and does not say of which layer: name it by "
                "--vector-layer, decoder blocks counted from 0."
            )
        return replace(found, layers={layer: found.unplaced}, unplaced=None)
    if layer is None:
        return found
    if layer not in found.layers:
        raise Refused(
            f"{where} holds no vector of layer {layer}: it holds {layers_named(found.layers)}."
        )
    return replace(found, layers={layer: found.layers[layer]})


def _kept_words(about: Mapping[str, str]) -> dict[str, str]:
    names = ("model", "revision", "concept", "model_hint")
    return {name: about[name] for name in names if name in about}


def _hash(layers: Mapping[int, Vector]) -> str:
    hashed = hashlib.sha256()
    for at, vector in sorted(layers.items()):
        hashed.update(f"{at}:{len(vector)}:".encode())
        hashed.update(vector.contiguous().numpy().tobytes())
    return hashed.hexdigest()
