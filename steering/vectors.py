"""Steering vectors: pure tensor maths, and their safetensors file. Knows no model."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path

import torch
from jaxtyping import Float
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from steering.errors import Refused
from steering.folders import replaced

Vector = Float[Tensor, " width"]


def rescaled(vector: Vector, like: Vector) -> Vector:
    """Return the vector at the norm of another one.

    Tan et al. (section 4) give the vectors of all prompt settings the norm of the BASE vector, so
    that out of distribution only their direction differs.
    """
    return vector * (like.norm() / vector.norm().clamp_min(torch.finfo(vector.dtype).tiny))


def random_vectors(count: int, like: Vector, seed: int) -> Float[Tensor, "vector width"]:
    """Return directions drawn uniformly on the sphere whose radius is the norm of `like`."""
    draw = torch.randn(count, like.shape[0], generator=_generator("random", seed))
    return draw * (like.norm() / draw.norm(dim=1, keepdim=True))


def perturbed_vectors(count: int, like: Vector, seed: int) -> Float[Tensor, "vector width"]:
    """Return the vector plus, each time, a random vector of its own norm at right angles to it.

    They are 45° away from it, and along it as long as it is: what is lost is what those other
    directions do by themselves (arXiv 2602.06801).
    """
    draw = torch.randn(count, like.shape[0], generator=_generator("perturbed", seed))
    along = like / like.norm().clamp_min(torch.finfo(like.dtype).tiny)
    across = draw - (draw @ along)[:, None] * along
    return like + across * (like.norm() / across.norm(dim=1, keepdim=True))


def resampling_weights(
    groups: Sequence[Hashable], count: int, seed: int
) -> Float[Tensor, "vector pair"]:
    """Return what each training pair counts in vectors made from groups drawn with replacement.

    The bootstrap over training pairs: as many groups are drawn as there are, and a vector is the
    mean over all pairs of the groups drawn. Each row sums to 1.
    """
    names = {name: at for at, name in enumerate(dict.fromkeys(groups))}
    own = torch.tensor([names[group] for group in groups], dtype=torch.long)
    generator = _generator("resampled", seed)
    drawn = torch.randint(len(names), (count, len(names)), generator=generator)
    times = torch.zeros(count, len(names)).scatter_add_(1, drawn, torch.ones(drawn.shape))
    weights = times[:, own]
    return weights / weights.sum(1, keepdim=True)


def shuffling_weights(
    items: Sequence[Hashable], count: int, seed: int
) -> Float[Tensor, "vector pair"]:
    """Return what each training pair counts in vectors made from shuffled labels.

    Which answer of an item is the positive one is decided by a coin, for both of its orders at
    once: so the vector stays free of the letter, as the contrastive one is.
    """
    names = {name: at for at, name in enumerate(dict.fromkeys(items))}
    own = torch.tensor([names[item] for item in items], dtype=torch.long)
    coins = torch.randint(2, (count, len(names)), generator=_generator("shuffled", seed))
    return (2.0 * coins - 1)[:, own] / len(items)


def cosine(one: Vector, other: Vector) -> float:
    """Return the cosine of the angle between two vectors."""
    return float(torch.cosine_similarity(one, other, dim=0))


def save_vectors(
    vectors: Mapping[str, Float[Tensor, "layer width"]], path: Path, about: Mapping[str, object]
) -> Path:
    """Return the path of a safetensors file with one tensor a prompt setting and layer.

    Tensors are named like `BASE/13`; layers are 0-based decoder blocks, whose output is meant.
    The metadata say what is needed to use the file elsewhere.
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


def _generator(kind: str, seed: int) -> torch.Generator:
    # Controls of different kinds must not share their draws.
    digest = hashlib.sha256(f"{kind} {seed}".encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:7], "big"))
