"""What was planted in the embedded models: the direction of a concept, and its layer."""

from __future__ import annotations

from torch import Tensor

from steering.models.catalogue import model_folder
from steering.models.planted import planted_of
from steering.vectors.files import load_vectors


def planted_direction(model: str, concept: str) -> tuple[Tensor, int]:
    """Return the direction that was planted for a concept, one unit of λ, and its block."""
    planted = planted_of(model_folder(model))
    assert planted is not None
    tensors, about = load_vectors(planted.directions)
    return tensors[concept].float(), int(about["layer"])
