"""Controls: the vectors that a contrastive vector is compared with.

Each kind is an entry of `CONTROLS`. Some kinds are made from the training pairs, as weighted means
of their differences; the others are made from the contrastive vector alone. PyTorch is imported
when a control is made: plans read the table of kinds without it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jaxtyping import Float

from steering.records.directions import (
    PERTURBED,
    RANDOM,
    RESAMPLED,
    SHUFFLED,
    SUBSET,
    subset_size,
)

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from steering.vectors.arithmetic import Vector


@dataclass(frozen=True)
class Pairs:
    """What the training pairs are of, pair by pair: their items, and the groups of these."""

    items: Sequence[Hashable]
    groups: Sequence[Hashable]


@dataclass(frozen=True)
class Control:
    """A kind of vectors, and how they are made: from the pairs or from the vector, not both.

    Attributes:
        default: how many are measured, where the plan does not say.
        full: how many the full report measures.
        pairs: at how many pairs ±λ, beside 0: two give the slope of all λ within a per cent, also
            where curves level off; one gives it within a few, which suffices where the spread of
            many small slopes is all that is asked.
        rescaled: whether they get the norm of the contrastive vector.
        of_pairs: returns what each training pair counts in each vector (pairs, count, seed).
        of_vector: returns the vectors, given the contrastive one (count, vector, seed).
    """

    default: int
    full: int
    pairs: int = 2
    rescaled: bool = False
    of_pairs: Callable[[Pairs, int, int], Float[Tensor, "vector pair"]] | None = None
    of_vector: Callable[[int, Vector, int], Float[Tensor, "vector width"]] | None = None

    def __post_init__(self) -> None:
        assert (self.of_pairs is None) != (self.of_vector is None), "exactly one way to make it"


def random_vectors(count: int, like: Vector, seed: int) -> Float[Tensor, "vector width"]:
    """Return directions drawn uniformly on the sphere whose radius is the norm of `like`."""
    import torch  # noqa: PLC0415 - see above

    draw = torch.randn(count, like.shape[0], generator=_generator("random", seed))
    return draw * (like.norm() / draw.norm(dim=1, keepdim=True))


def perturbed_vectors(count: int, like: Vector, seed: int) -> Float[Tensor, "vector width"]:
    """Return the vector plus, each time, a random vector of its own norm at right angles to it.

    They are 45° away from it, and along it as long as it is: what is lost is what those other
    directions do by themselves (arXiv 2602.06801).
    """
    import torch  # noqa: PLC0415 - see above

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
    import torch  # noqa: PLC0415 - see above

    names = {name: at for at, name in enumerate(dict.fromkeys(groups))}
    own = torch.tensor([names[group] for group in groups], dtype=torch.long)
    generator = _generator("resampled", seed)
    drawn = torch.randint(len(names), (count, len(names)), generator=generator)
    times = torch.zeros(count, len(names)).scatter_add_(1, drawn, torch.ones(drawn.shape))
    weights = times[:, own]
    return weights / weights.sum(1, keepdim=True)


def subset_weights(
    groups: Sequence[Hashable], count: int, seed: int
) -> Float[Tensor, "vector pair"]:
    """Return what each training pair counts in vectors made from some of the groups.

    A vector is the mean over all pairs of as many groups as `subset_size` says of its number, drawn
    without replacement. Each row sums to 1.
    """
    import torch  # noqa: PLC0415 - see above

    names = {name: at for at, name in enumerate(dict.fromkeys(groups))}
    own = torch.tensor([names[group] for group in groups], dtype=torch.long)
    draw = torch.rand(count, len(names), generator=_generator("subset", seed))
    sizes = [subset_size(number, len(names)) for number in range(count)]
    rank = draw.argsort(dim=1).argsort(dim=1)
    taken = rank < torch.tensor(sizes, dtype=torch.long)[:, None]
    weights = taken[:, own].float()
    return weights / weights.sum(1, keepdim=True)


def shuffling_weights(
    items: Sequence[Hashable], count: int, seed: int
) -> Float[Tensor, "vector pair"]:
    """Return what each training pair counts in vectors made from shuffled labels.

    Which answer of an item is the positive one is decided by a coin, for both of its orders at
    once: so the vector stays free of the letter, as the contrastive one is.
    """
    import torch  # noqa: PLC0415 - see above

    names = {name: at for at, name in enumerate(dict.fromkeys(items))}
    own = torch.tensor([names[item] for item in items], dtype=torch.long)
    coins = torch.randint(2, (count, len(names)), generator=_generator("shuffled", seed))
    return (2.0 * coins - 1)[:, own] / len(items)


def _generator(kind: str, seed: int) -> torch.Generator:
    import torch  # noqa: PLC0415 - see above

    # Controls of different kinds must not share their draws.
    digest = hashlib.sha256(f"{kind} {seed}".encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:7], "big"))


def _of_resampled_groups(pairs: Pairs, count: int, seed: int) -> Float[Tensor, "vector pair"]:
    return resampling_weights(pairs.groups, count, seed)


def _of_shuffled_labels(pairs: Pairs, count: int, seed: int) -> Float[Tensor, "vector pair"]:
    return shuffling_weights(pairs.items, count, seed)


def _of_some_groups(pairs: Pairs, count: int, seed: int) -> Float[Tensor, "vector pair"]:
    return subset_weights(pairs.groups, count, seed)


# The vectors of resampled training pairs stand for the vectors that other pairs would have given.
# Those of shuffled labels keep their own, smaller norm: scaled up, they would no longer show what
# shuffling alone does. Perturbed vectors are measured only where a plan asks for them: what they
# keep of a slope follows from what random vectors do, so that no page shows them. Vectors of some
# of the training groups get the norm of the vector of all: a mean of few pairs is longer by its
# noise alone, and along the vector of all it is on average as long as that. At its own norm it
# would move the answer as far on average, by a larger dose, and nothing would be seen to be lost.
CONTROLS = {
    RANDOM: Control(default=40, full=200, pairs=1, of_vector=random_vectors),
    RESAMPLED: Control(default=50, full=200, of_pairs=_of_resampled_groups),
    SHUFFLED: Control(default=20, full=100, pairs=1, of_pairs=_of_shuffled_labels),
    PERTURBED: Control(default=0, full=0, of_vector=perturbed_vectors),
    SUBSET: Control(default=16, full=101, pairs=1, rescaled=True, of_pairs=_of_some_groups),
}
