"""Making: vectors of pairs that are weighted, and of several prompt settings, by any maker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor

from steering.vectors.makers import Contrast, Maker


def vectors_of(
    maker: Maker, pairs: Float[Tensor, "pair width"], weights: Float[Tensor, "vector pair"]
) -> Float[Tensor, "vector width"]:
    """Return the vector of a maker for each weighting of some pairs, in float32.

    A weight below zero turns a pair round, as shuffled labels do. Each vector has the norm of the
    weighted sum of the pairs' differences.
    """
    assert maker.direction is not None, "a maker of single pairs"
    # No maker looks beyond the span of the pairs, in which they have fewer coordinates.
    basis, places = torch.linalg.qr(pairs.double().T)
    vectors = torch.zeros(len(weights), len(basis), dtype=torch.float64)
    for row, own in enumerate(weights.double()):
        there = own != 0
        turned = places.T[there] * own[there].sign()[:, None]
        shares = own[there].abs() / own.abs().sum()
        vectors[row] = basis @ maker.direction(turned, shares)
    return _at_norm(vectors, weights.double() @ pairs.double()).float()


def over_settings(contrasts: Mapping[str, Contrast]) -> dict[str, Contrast]:
    """Return the contrasts with the mean over all prompt settings in the place of their vectors.

    The mean vector of all settings points the same way in each. It has the norm of the mean
    difference of each setting's own pairs. Vectors of weighted pairs are averaged alike.
    """
    each = list(contrasts.values())
    mean = torch.stack([one.mean for one in each]).mean(0)
    weighted = torch.stack([one.weighted for one in each]).mean(0)
    return {
        name: replace(one, made=_at_norm(mean, one.mean), weighted=_at_norm(weighted, one.weighted))
        for name, one in contrasts.items()
    }


def _at_norm(
    vectors: Float[Tensor, "*vector width"], like: Float[Tensor, "*vector width"]
) -> Float[Tensor, "*vector width"]:
    sizes = vectors.norm(dim=-1, keepdim=True)
    return vectors * (like.norm(dim=-1, keepdim=True) / sizes.clamp_min(1e-30))
