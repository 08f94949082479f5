"""Predictors: what training answers alone say of how well their vector will work, as formulas.

Each takes the residual stream at one layer. A pair is a prompt with its positive and its negative
answer; a question with lettered answers is asked in both orders and makes two pairs. Groups of
training items are what is halved and resampled, since pairs of one group are not independent.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from steering.vectors.arithmetic import Vector, cosine
from steering.vectors.controls import resampling_weights

Pairs = Float[Tensor, "pair width"]
HALVINGS, RESAMPLINGS, SEED = 20, 50, 0


def agreement(differences: Pairs) -> float:
    """Return the mean cosine of each pair's difference with the mean difference.

    Braun et al. (arXiv 2505.22637) call it the directional agreement of activation differences.
    Each pair is part of the mean: with few pairs it is larger than with many.
    """
    mean = differences.mean(0, keepdim=True)
    return float(torch.cosine_similarity(differences, mean, dim=1).mean())


def pairwise(differences: Pairs, items: Sequence[Hashable], groups: Sequence[Hashable]) -> float:
    """Return the mean cosine between the differences of two questions of different groups.

    The pairs of one question, which are its two orders, are first made one by their mean, so that
    the letters cancel. Other than `agreement` it does not depend on the number of pairs. NaN where
    there is one group alone.
    """
    questions = by_name(differences, items)
    of = dict(zip(items, groups, strict=True))
    unit = torch.nn.functional.normalize(questions, dim=1)
    own = _numbered([of[item] for item in dict.fromkeys(items)])
    count = torch.bincount(own).double()
    sums = torch.zeros(len(count), unit.shape[1], dtype=torch.float64).index_add_(
        0, own, unit.double()
    )
    pairs = float(count.sum() ** 2 - (count**2).sum())
    cross = float((sums.sum(0) ** 2).sum() - (sums**2).sum())
    return cross / pairs if pairs else float("nan")


def by_name(rows: Pairs, names: Sequence[Hashable]) -> Float[Tensor, "name width"]:
    """Return the mean of the rows of each name, in the order in which names first occur."""
    own = _numbered(names)
    sums = torch.zeros(int(own.max()) + 1, rows.shape[1], dtype=rows.dtype)
    return sums.index_add_(0, own, rows) / torch.bincount(own)[:, None]


def halves(
    groups: Sequence[Hashable], count: int = HALVINGS, seed: int = SEED
) -> Float[Tensor, "half pair"]:
    """Return what each pair counts in the means over random halves of the groups.

    Rows 2k and 2k + 1 are the two halves of one division; each row sums to 1. No rows where there
    is one group alone.
    """
    own = _numbered(groups)
    number = int(own.max()) + 1
    if number < 2:
        return torch.zeros(0, len(own))
    generator = torch.Generator().manual_seed(seed)
    rows = []
    for _ in range(count):
        first = torch.zeros(number, dtype=torch.bool)
        first[torch.randperm(number, generator=generator)[: number // 2]] = True
        rows += [first[own], ~first[own]]
    weights = torch.stack(rows).float()
    return weights / weights.sum(1, keepdim=True)


def split_half(differences: Pairs, divided: Float[Tensor, "half pair"]) -> float:
    """Return the mean cosine of the vectors that both halves of the groups give.

    `divided` is `halves(...)`. NaN where there are none.
    """
    made = divided @ differences
    return float(torch.cosine_similarity(made[0::2], made[1::2], dim=1).mean())


def d_prime(positive: Pairs, negative: Pairs, divided: Float[Tensor, "half pair"]) -> float:
    """Return d′: how far apart both sides lie along the vector, in pooled standard deviations.

    (mean₊ − mean₋) / √((s₊² + s₋²) / 2) of the activations' projections (Green and Swets, 1966;
    Braun et al., arXiv 2505.22637, take it of the pairs that made the vector). Here the vector is
    that of one half of the groups and the projections are of the other, so that it is not inflated:
    without a difference it is 0 on average. It is the mean over both halves of all divisions.
    """
    along = torch.nn.functional.normalize(divided @ (positive - negative), dim=1)
    # Each half is judged by the other one, which is its neighbour.
    judged = divided.view(-1, 2, divided.shape[1]).flip(1).reshape(divided.shape).double()
    size = (judged > 0).sum(1)
    means, spreads = [], []
    for side in (positive, negative):
        projected = (along @ side.T).double()
        mean = (judged * projected).sum(1)
        square = (judged * (projected - mean[:, None]) ** 2).sum(1)
        means.append(mean)
        spreads.append(square * size / (size - 1).clamp_min(1))
    pooled = ((spreads[0] + spreads[1]) / 2).sqrt()
    return float(((means[0] - means[1]) / pooled).nanmean())


def dose(vector: Vector, residual_norm: float) -> float:
    """Return how long the vector is beside the residual stream that it is added to, ‖v‖ / ‖h‖."""
    return float(vector.norm()) / residual_norm


def spread(differences: Pairs, groups: Sequence[Hashable], count: int = RESAMPLINGS) -> float:
    """Return the mean angle between the vector and those of resampled groups, in degrees."""
    drawn = resampling_weights(groups, count, SEED) @ differences
    cosines = torch.cosine_similarity(drawn, differences.mean(0, keepdim=True), dim=1)
    return float(torch.rad2deg(torch.arccos(cosines.clamp(-1, 1))).mean())


def consistency(propensities: Float[Tensor, " pair"], items: Sequence[Hashable]) -> float:
    """Return the share of questions at which both orders get the same statement, unsteered.

    `propensities` are logit(positive letter) − logit(negative letter), so that the same statement
    is chosen where both have one sign. NaN where no question was asked in both orders.
    """
    own = _numbered(items)
    count = torch.bincount(own)
    chosen = torch.zeros(len(count)).index_add_(0, own, (propensities > 0).float())
    both = count == 2
    same = (chosen[both] == 0) | (chosen[both] == 2)
    return float(same.float().mean()) if bool(both.any()) else float("nan")


def persona(vector: Vector, positive: Pairs, negative: Pairs) -> float:
    """Return the cosine of the vector with what the personas change where it is added.

    That is the mean residual stream at the last token of the prompts under the positive persona,
    less that of the same prompts under the negative one.
    """
    return cosine(vector, positive.mean(0) - negative.mean(0))


def against(
    differences: Float[Tensor, "question width"], groups: Sequence[Hashable]
) -> tuple[Float[Tensor, " question"], Float[Tensor, " question"]]:
    """Return how each question's difference lies to the mean of all other groups' differences.

    The first value is its projection on that mean's direction, in units of the residual stream,
    the second its cosine. A question is no part of the mean that judges it. NaN with one group.
    """
    own = _numbered(groups)
    sums = torch.zeros(int(own.max()) + 1, differences.shape[1], dtype=differences.dtype)
    sums = sums.index_add_(0, own, differences)
    others = torch.nn.functional.normalize(sums.sum(0) - sums[own], dim=1)
    projected = (differences * others).sum(1)
    if int(own.max()) == 0:
        projected = torch.full_like(projected, float("nan"))
    return projected, projected / differences.norm(dim=1)


def _numbered(names: Sequence[Hashable]) -> Tensor:
    known = {name: at for at, name in enumerate(dict.fromkeys(names))}
    return torch.tensor([known[name] for name in names], dtype=torch.long)
