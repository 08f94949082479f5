"""What is written for another tool: one vector, where it belongs, and what is done with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from steering.vectors.arithmetic import Vector

PLACES = {"hook_point": "block output", "layer_base": "0"}


@dataclass(frozen=True)
class Exported:
    """A steering vector on its way to another tool.

    Attributes:
        layer: the decoder block, counted from 0, to whose output the vector belongs.
        vector: λ·v as float32, so that the tool applies it with a strength of 1. That is the same
            for every operator: each depends on λ and v by λ·v and by the line along v alone.
        operator: its name in `steering.vectors.operators`.
        origin: the mean residual stream of the negative answers, for operators that need it.
        family: the family of the model, as transformers writes it in a configuration: "llama".
        block: the name of the decoder block inside the model without its head: "layers.13".
        about: what the file is to say of itself, such as model, concept and multiplier.
    """

    layer: int
    vector: Vector
    operator: str
    family: str
    block: str
    origin: Vector | None = None
    about: Mapping[str, str] | None = None
