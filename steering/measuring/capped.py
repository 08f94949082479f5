"""The number of training groups that a plan leaves open: all of a small model, some of a large one.

The vector of a larger model is made from no more groups than it takes until another draw of them
would change little beside what another draw of the test questions would: the table
`measured/training-pairs.json`, which `experiments.training_pairs` writes, shows it.
"""

from __future__ import annotations

from steering.concepts import Concept
from steering.measuring.allowed import AUTO
from steering.measuring.plan import Plan
from steering.models.model import Model

# The parameters above which a model counts as large, and the most training groups of such a one.
LARGE = 50_000_000
MOST_OF_LARGE = 100


def training_groups(plan: Plan, model: Model) -> int | None:
    """Return the most groups of training items that a plan takes for a model; None for all."""
    if isinstance(plan.train_groups, str):
        assert plan.train_groups == AUTO, "the plan has checked it"
        return MOST_OF_LARGE if model.parameters > LARGE else None
    return plan.train_groups


def is_capped(plan: Plan, model: Model, concept: Concept) -> bool:
    """Return whether training groups are left out without the user's having asked for it."""
    most = None if plan.vector else training_groups(plan, model)
    if most is None or plan.train_groups != AUTO:
        return False
    return len({item.group for item in concept.items if item.split == "train"}) > most
