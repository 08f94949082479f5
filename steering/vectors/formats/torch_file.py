"""Vectors in a file of `torch.save`, read without running anything that the file brings.

`torch.load(weights_only=True)` builds tensors, numbers and containers and refuses all else. Two
classes of other packages are let in as plain holders of what they hold, which have no code of
their own: steering-vectors' `SteeringVector` and repeng's `ControlVector`, with numpy's arrays.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from steering.errors import Refused
from steering.vectors.formats.layered import ALLOWED, Found, of_names, of_tensor


class Held:
    """What an object of another package holds: its attributes, and no code."""


class SteeringVectorHeld(Held):
    """A `SteeringVector` of steering-vectors: `layer_activations` and `layer_type`."""


class ControlVectorHeld(Held):
    """A `ControlVector` of repeng: `directions` and `model_type`."""


_array = np.zeros(0, np.float32).__reduce__()[0]
_FLOATS = (np.float16, np.float32, np.float64)
_LET_IN: list[Any] = [
    (SteeringVectorHeld, "steering_vectors.steering_vector.SteeringVector"),
    (ControlVectorHeld, "repeng.extract.ControlVector"),
    (ControlVectorHeld, "repeng.ControlVector"),
    # Versions of numpy before 2 called the place of this function otherwise.
    *((_array, f"numpy.{core}.multiarray._reconstruct") for core in ("_core", "core")),
    np.ndarray,
    np.dtype,
    *(type(np.dtype(kind)) for kind in _FLOATS),
]
# Where the classes above, or dictionaries like them, keep a vector for each layer.
_INSIDE = ("layer_activations", "directions")
_BLOCKS = "decoder_block"


def read(path: Path, where: str) -> Found:
    """Return the vectors of a file of `torch.save`.

    Raises Refused where it is not readable, holds anything but tensors in plain containers, or no
    vectors.
    """
    try:
        with warnings.catch_warnings(), torch.serialization.safe_globals(_LET_IN):
            warnings.simplefilter("ignore")  # about pickles of other origin, which fail below
            held = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise Refused(f"{where} {_why_not(str(error))}.") from error
    if isinstance(held, Held):
        held = dict(vars(held))
    return _of(held, where)


def _of(held: Any, where: str) -> Found:
    if isinstance(held, Mapping):
        kind = held.get("layer_type", _BLOCKS)
        if kind != _BLOCKS:
            raise Refused(
                f"{where} holds vectors of layer type {kind!r}: what is steered here is the output "
                f"of a decoder block, {_BLOCKS!r}."
            )
        inside = next((held[name] for name in _INSIDE if name in held), held)
        if isinstance(inside, Mapping):
            hint = held.get("model_type")
            about = {"model_hint": hint} if isinstance(hint, str) else {}
            vectors = {str(name): _tensor(one, where) for name, one in inside.items()}
            return of_names(vectors, where, about)
        held = inside
    return of_tensor(_tensor(held, where), where)


def _tensor(value: Any, where: str) -> Tensor:
    if isinstance(value, np.ndarray) and value.dtype in _FLOATS:
        return torch.from_numpy(value.copy())
    if isinstance(value, Tensor):
        return value
    raise Refused(f"{where} holds a {type(value).__name__} where a vector should be: {ALLOWED}.")


def _why_not(said: str) -> str:
    """Return in words why PyTorch would not read a file."""
    name = re.search(r"(?:GLOBAL|global|class|function) '?([\w.]+\.[\w.]+)", said)
    if "weights_only" in said.lower() and name:
        return (
            f"would run code when it is read ({name[1]}), and is not read: save the tensors alone, "
            "as a dictionary of layer and vector"
        )
    return (
        "is not a readable file of torch.save: save the tensors with it, as a dictionary of layer "
        "and vector (a pickle of other origin is not read)"
    )
