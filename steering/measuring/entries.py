"""What a plan takes from the registries: entries that count with their own definition only."""

from __future__ import annotations

from typing import Any

from steering.measuring.plan import Plan
from steering.records.directions import RESAMPLED
from steering.records.tables import TODAY
from steering.source import definition_hash, value_hash
from steering.vectors.controls import CONTROLS
from steering.vectors.makers import MAKERS
from steering.vectors.operators import OPERATORS


def pair_controls(plan: Plan) -> tuple[str, ...]:
    """Return the kinds of control that a plan asks for and that are made from training pairs."""
    return tuple(kind for kind in tried_controls(plan) if CONTROLS[kind].of_pairs is not None)


def tried_controls(plan: Plan) -> tuple[str, ...]:
    """Return the kinds of control of which a plan asks for any vector."""
    return tuple(kind for kind in CONTROLS if plan.vectors_of(kind))


def weighted_kinds(plan: Plan, setting: str) -> dict[str, int]:
    """Return how many vectors of weighted training pairs a setting needs, by kind of control.

    BASE needs all controls that are made from pairs, and the other settings the resampled ones that
    a shift of the paper starts from. A maker that needs the pairs of all settings needs all there.
    """
    if setting == "BASE" or MAKERS[plan.maker].of_settings:
        return {kind: plan.vectors_of(kind) for kind in pair_controls(plan)}
    shifts = plan.resampled_shifts
    few = max((shifts[one] for one in shifts if one[0] == setting), default=0)
    return {RESAMPLED: few} if few else {}


def beside_the_mean(plan: Plan, setting: str, *, controls: bool = True) -> dict[str, list[Any]]:
    """Return what is extracted in a setting besides the mean difference, and what it reads.

    By the name of its stage: the vectors of a maker that needs more than the mean, the mean of the
    negative answers for an operator that needs it and, as controls, vectors of weighted pairs.
    """
    maker = MAKERS[plan.maker]
    made = [] if maker.direction is None else [entry_hash(maker)]
    stages: dict[str, list[Any]] = {}
    if made:
        stages[f"vectors/{setting}/made"] = [setting, "made", *made]
    if OPERATORS[plan.operator].needs_origin:
        stages[f"vectors/{setting}/negative"] = [setting, "negative"]
    for kind, count in weighted_kinds(plan, setting).items() if controls else ():
        own = [] if setting == "BASE" else [setting, count]
        stages[f"vectors/{setting}/{kind}"] = [*drawn_by(plan, kind), *own, *made]
    return stages


def drawn_by(plan: Plan, kind: str) -> list[Any]:
    """Return what the vectors of a kind of control are drawn by."""
    return [kind, plan.vectors_of(kind), plan.seed, entry_hash(CONTROLS[kind])]


def entry_hash(entry: Any) -> str:
    """Return the hash of an entry of a registry: its values, and the code of its functions."""
    return value_hash(
        {
            name: definition_hash(value) if callable(value) else repr(value)
            for name, value in vars(entry).items()
            if name not in _COUNTS and (name, value) not in _LATER.items()
        }
    )


# Fields of an entry that say how much is measured, which the plan decides, and not how.
_COUNTS = ("default", "full", "always", "of_controls", "pairs")
# Fields that entries were given later, with the values that say no more than before there were any.
_LATER = {
    **{"form": TODAY["form"], "per_token": False, "rescaled": False},
    **{"needs_origin": False, "direction": None, "of_settings": False},
}
