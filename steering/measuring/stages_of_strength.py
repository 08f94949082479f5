"""The stages in which strength is measured, and what each depends on besides the chosen layer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from steering.forward.scores import LETTER_MASS
from steering.measuring.plan import Plan
from steering.prompts.neutral import NEUTRAL
from steering.records.directions import RANDOM, RESAMPLED, SHUFFLED
from steering.records.strength import OPERATING
from steering.records.tables import TODAY
from steering.source import code_hash, value_hash

COSTS, WIDE = "costs", "wide"
# The controls that the test items are measured under at the operating point, and how many resampled
# vectors there: enough for the interval of the verdict.
CONTROLS_AT = (RANDOM, SHUFFLED, RESAMPLED)
RESAMPLED_VECTORS = 20
# Random vectors whose cost is measured, and the texts that are read at the other layers.
RANDOM_VECTORS, MAP_TEXTS = 3, 4
# The code of these stages, which no other one depends on.
CODE = (
    *("forward/disturbance", "prompts/neutral"),
    *("measuring/costs", "measuring/doses", "measuring/sampled", "measuring/strength"),
    "measuring/stages_of_strength",
)


def wide_scores(plan: Plan) -> tuple[str, ...]:
    """Return the scores of the wide sweep: the form's propensity and, of letters, their mass."""
    own = plan.fitted_score
    return (own, LETTER_MASS) if plan.form == TODAY["form"] else (own,)


def operating_task(kind: str) -> str:
    """Return the name of a sweep of the test items at the operating point."""
    return f"{OPERATING}/{kind}"


def strength_stages(
    plan: Plan, drawn: Callable[[str], list[Any]], added: list[Any]
) -> Iterator[tuple[str, list[Any]]]:
    """Return the stages that strength has by a plan, and what each reads; none if it asks for none.

    All are measured at the chosen layer, with the vectors that the plan makes. `drawn` returns what
    the vectors of a kind of control depend on, and `added` is the operator and the maker.
    """
    if not plan.neutral_texts:
        return
    common = [added, code_hash(CODE), value_hash(repr(NEUTRAL)), plan.neutral_texts]
    few = min(plan.vectors_of(RANDOM), RANDOM_VECTORS)
    yield COSTS, [*common, plan.settings, few, plan.seed]
    swept = [*common, plan.wide_groups, plan.validation_groups, plan.per_group]
    for score in wide_scores(plan):
        yield f"sweep/{WIDE}/{score}", [*swept, score]
    tested = [*swept, plan.cost_limit, plan.test_groups]
    for kind in ("none", "own", *vectors_at_point(plan)):
        own = drawn(kind) if kind in CONTROLS_AT else []
        yield f"sweep/{operating_task(kind)}/{plan.fitted_score}", [*tested, kind, own]


def vectors_at_point(plan: Plan) -> dict[str, int]:
    """Return how many vectors of each kind of control are tried at the operating point."""
    most = {RESAMPLED: RESAMPLED_VECTORS}
    counts = {kind: plan.vectors_of(kind) for kind in CONTROLS_AT}
    return {kind: min(count, most.get(kind, count)) for kind, count in counts.items() if count}
