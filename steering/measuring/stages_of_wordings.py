"""The stages in which other wordings are measured, one for each family, and what each reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from steering.forward.scores import LETTER_MASS, PROPENSITY
from steering.measuring.plan import Plan
from steering.prompts.rewordings import FAMILIES, PUBLISHED
from steering.records.directions import SUBSET
from steering.records.tables import TODAY
from steering.records.wordings import PAIRS
from steering.source import code_hash, value_hash
from steering.steerability import few_multipliers

# The code of these stages, which no other one depends on.
CODE = ("prompts/rewordings", "measuring/wordings", "measuring/stages_of_wordings")
# Of a slope alone one pair of λ is enough.
_PAIRS_OF_MULTIPLIERS = 1


def families_of(plan: Plan) -> tuple[str, ...]:
    """Return the families that a plan measures, the published wording first; none unless it asks.

    They are wordings of questions with lettered options. That of fewer training pairs needs the
    vectors of some of them, which there are none of for a given vector.
    """
    if not plan.wordings or plan.form != TODAY["form"]:
        return ()
    return (PUBLISHED.family, *FAMILIES, *((PAIRS,) if plan.vectors_of(SUBSET) > 1 else ()))


def wording_multipliers(plan: Plan) -> tuple[float, ...]:
    """Return the λ of every wording, the published one among them."""
    return few_multipliers(plan.multipliers, _PAIRS_OF_MULTIPLIERS)


def wording_scores(family: str) -> tuple[str, ...]:
    """Return what is measured of a family. Fewer pairs ask nothing else: the mass is known."""
    return (PROPENSITY,) if family == PAIRS else (PROPENSITY, LETTER_MASS)


def wording_task(family: str) -> str:
    """Return the name of the sweep of a family."""
    return f"wordings/{family}"


def wording_stages(plan: Plan, added: list[Any]) -> Iterator[tuple[str, list[Any], list[str]]]:
    """Return the stages of wordings by a plan: the name, what it reads, and what it comes after.

    `added` is the operator and the maker.
    """
    sizes = [plan.wordings, plan.test_groups, plan.per_group, wording_multipliers(plan)]
    for family in families_of(plan):
        drawn = [plan.vectors_of(SUBSET), plan.seed] if family == PAIRS else []
        own = [value_hash(repr(FAMILIES.get(family))), *drawn]
        before = [f"vectors/BASE/{SUBSET}"] if family == PAIRS else []
        for score in wording_scores(family):
            yield (
                f"sweep/{wording_task(family)}/{score}",
                [added, code_hash(CODE), *sizes, *own, score],
                before,
            )
