"""Directions: which vector a curve was measured under. Three columns say it, never a spelling.

`direction` is the kind of vector, `number` counts the vectors of a kind from 0 up, and
`vector_concept` names the concept whose training pairs made it, which only for `OTHER` is not the
concept whose questions are asked. A vector is read where the form of the questions asked says;
`CROSSED` is the concept's vector that is read where the other form says.
"""

from __future__ import annotations

from functools import cache

CONTRASTIVE = "contrastive"
OWN_NORM = "own_norm"
PLANTED = "planted"
RANDOM = "random"
RESAMPLED = "resampled"
SHUFFLED = "shuffled"
PERTURBED = "perturbed"
SUBSET = "subset"
OTHER = "other"
CROSSED = "crossed"
# No vector at all: what the model answers by itself, where λ = 0 of the operator is something else.
UNSTEERED = "unsteered"

# The maker of a direction that came in a file (`steering.vectors.given`). What pairs it was made of
# is not known: no vectors of resampled pairs or of shuffled labels stand beside it.
GIVEN = "given"

# Stands in a file of vectors in the place of a prompt setting, where no vector but the mean of the
# negative answers in BASE is meant.
ORIGIN = "ORIGIN"

# What tells the vectors of one run apart, besides their layer and prompt setting.
VECTOR_KEY = ["direction", "number", "vector_concept"]

# How many sizes there are of vectors made from some of the training groups, less that of all.
SUBSET_SIZES = 5


@cache
def subset_sizes(groups: int) -> tuple[int, ...]:
    """Return from how many of so many training groups vectors are made, the fewest first.

    They lie evenly on a logarithmic scale, from two groups to half of them.
    """
    half = max(1, groups // 2)
    least = min(2, half)
    steps = [at / (SUBSET_SIZES - 1) for at in range(SUBSET_SIZES)]
    return tuple(sorted({round(least * (half / least) ** step) for step in steps}))


def subset_size(number: int, groups: int) -> int:
    """Return of how many of so many training groups the vector `SUBSET` with a number is made.

    Number 0 is made of all, so that the others are compared with what was measured at the same λ.
    Those that follow take each of `subset_sizes` in turn.
    """
    sizes = subset_sizes(groups)
    return groups if number == 0 else sizes[(number - 1) % len(sizes)]
