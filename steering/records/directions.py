"""Directions: which vector a curve was measured under. Three columns say it, never a spelling.

`direction` is the kind of vector, `number` counts the vectors of a kind from 0 up, and
`vector_concept` names the concept whose training pairs made it, which only for `OTHER` is not the
concept whose questions are asked. A vector is read where the form of the questions asked says;
`CROSSED` is the concept's vector that is read where the other form says.
"""

from __future__ import annotations

CONTRASTIVE = "contrastive"
OWN_NORM = "own_norm"
PLANTED = "planted"
RANDOM = "random"
RESAMPLED = "resampled"
SHUFFLED = "shuffled"
PERTURBED = "perturbed"
OTHER = "other"
CROSSED = "crossed"

# The maker of a direction that came in a file (`steering.vectors.given`). What pairs it was made of
# is not known: no vectors of resampled pairs or of shuffled labels stand beside it.
GIVEN = "given"

# What tells the vectors of one run apart, besides their layer and prompt setting.
VECTOR_KEY = ["direction", "number", "vector_concept"]
