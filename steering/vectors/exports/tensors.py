"""A safetensors file of one vector: for anyone's own code, and for steering-vectors."""

from __future__ import annotations

from pathlib import Path

from safetensors.torch import save_file

from steering.storage import replaced
from steering.vectors.exports.exported import PLACES, Exported

# The names that steering-vectors gives to our operators: `addition_operator` and so on.
OPERATORS_OF_STEERING_VECTORS = {"add": "addition", "ablate_add": "ablation_then_addition"}


def write(exported: Exported, path: Path) -> Path:
    """Return the path of a safetensors file whose one vector has the number of its layer as name.

    Beside it stands `origin` where the operator needs one. The metadata say the operator.
    """
    return _write(exported, path, {"operation": exported.operator})


def write_for_steering_vectors(exported: Exported, path: Path) -> Path:
    """Return the path of a safetensors file that holds what a `SteeringVector` is made of.

    The tensors are its `layer_activations`; the metadata say its `layer_type`, and by which
    operator of steering-vectors it is to be applied.
    """
    operator = OPERATORS_OF_STEERING_VECTORS[exported.operator]
    return _write(exported, path, {"layer_type": "decoder_block", "operator": operator})


def _write(exported: Exported, path: Path, told: dict[str, str]) -> Path:
    tensors = {str(exported.layer): exported.vector.contiguous()}
    if exported.origin is not None:
        tensors["origin"] = exported.origin.contiguous()
    with replaced(path) as temporary:
        save_file(tensors, temporary, metadata={**PLACES, **(exported.about or {}), **told})
    return path
