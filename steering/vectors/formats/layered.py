"""What a vector file was found to hold: a vector for each layer, or one whose layer is not said."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from jaxtyping import Float
from torch import Tensor

from steering.errors import Refused
from steering.vectors.arithmetic import Vector

ALLOWED = (
    "allowed are a vector, a matrix of layers × width, or a vector for each layer under its number"
)


@dataclass(frozen=True)
class Found:
    """What a vector file holds, before it is held against any model.

    Attributes:
        layers: the vectors by layer: decoder blocks, counted from 0, whose output is meant.
        unplaced: a single vector of which the file does not say the layer.
        rows: of how many rows the layers are, where the file holds a matrix and row i is layer i.
        about: what the file says of itself.
    """

    layers: dict[int, Vector] = field(default_factory=dict)
    unplaced: Vector | None = None
    rows: int | None = None
    about: dict[str, str] = field(default_factory=dict)


def of_tensor(tensor: Tensor, where: str, about: Mapping[str, str] | None = None) -> Found:
    """Return what a single tensor is: a vector, or a matrix whose row i is the vector of layer i.

    Raises Refused where it is neither; `where` names the file.
    """
    told = dict(about or {})
    if max(tensor.shape, default=0) == tensor.numel() > 0:
        return Found(unplaced=_vector(tensor, where), about=told)
    if tensor.ndim != 2 or not tensor.numel():
        raise Refused(f"{where} holds a tensor of shape {tuple(tensor.shape)}: {ALLOWED}.")
    rows: Float[Tensor, "layer width"] = _real(tensor, where)
    return Found({at: row.clone() for at, row in enumerate(rows)}, rows=len(rows), about=told)


def of_names(
    tensors: Mapping[str, Tensor], where: str, about: Mapping[str, str] | None = None
) -> Found:
    """Return the vectors of tensors whose names say their layers: "13", "layers.13" and the like.

    A single tensor whose name has no number is what `of_tensor` says. Raises Refused where a name
    has no number or several, where two are of one layer, or where a tensor is no vector.
    """
    if not tensors:
        raise Refused(f"{where} holds no vector: {ALLOWED}.")
    numbers = {name: [int(one) for one in re.findall(r"\d+", name)] for name in tensors}
    if len(tensors) == 1 and not next(iter(numbers.values())):
        return of_tensor(next(iter(tensors.values())), where, about)
    layers: dict[int, Vector] = {}
    for name, tensor in tensors.items():
        if len(numbers[name]) != 1 or numbers[name][0] in layers:
            raise Refused(
                f"{where} holds a tensor {name!r}, which does not say of what layer alone it "
                f"is the vector: {ALLOWED}."
            )
        layers[numbers[name][0]] = _vector(tensor, where)
    return Found(dict(sorted(layers.items())), about=dict(about or {}))


def _vector(tensor: Tensor, where: str) -> Vector:
    if max(tensor.shape, default=0) != tensor.numel() or not tensor.numel():
        raise Refused(f"{where} holds a tensor of shape {tuple(tensor.shape)}: {ALLOWED}.")
    return _real(tensor.reshape(-1), where).clone()


def _real(tensor: Tensor, where: str) -> Tensor:
    if not tensor.is_floating_point():
        kind = str(tensor.dtype).removeprefix("torch.")
        raise Refused(f"{where} holds numbers of type {kind}: a vector has floating-point numbers.")
    return tensor.detach().to("cpu", torch.float32)
