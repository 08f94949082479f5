"""What a plan may ask for: each value that is not allowed is refused in one sentence."""

from __future__ import annotations

import math
from typing import Protocol

from steering.errors import Refused
from steering.prompts.forms import FORMS
from steering.records.directions import GIVEN
from steering.records.tables import SETTINGS
from steering.vectors.makers import MAKERS
from steering.vectors.operators import OPERATORS

# The number of training groups that is left to the size of the model: see `measuring.capped`.
AUTO = "auto"
# One layer for all concepts of a model: see `measuring.one_layer`.
ONE_LAYER = "one"


class Asked(Protocol):
    """What is looked at of a plan, besides its sizes."""

    @property
    def settings(self) -> tuple[str, ...]:
        """Return the prompt settings."""

    @property
    def multipliers(self) -> tuple[float, ...]:
        """Return the λ."""

    @property
    def layers(self) -> str | tuple[int, ...]:
        """Return the layers."""

    @property
    def vector(self) -> str:
        """Return the path of a given vector."""

    @property
    def operator(self) -> str:
        """Return the name of the operator."""

    @property
    def cost_limit(self) -> float:
        """Return the cost that is allowed at the operating point."""

    @property
    def vector_layer(self) -> int | None:
        """Return the layer of a given vector."""


def require_allowed(plan: Asked) -> None:
    """Raise Refused where a plan asks for what cannot be measured."""
    _require_lists(plan)
    _require_curves(plan)
    _require_sizes(plan)
    _require_strength(plan)
    if not plan.layers:
        raise Refused("no layer is named: allowed are auto, all, a layer like 13 or 5-20.")
    if plan.vector_layer is not None and not (plan.vector and plan.vector_layer >= 0):
        raise Refused(
            f"vector_layer is {plan.vector_layer}: allowed are whole numbers from 0 up, beside the "
            "file of a vector."
        )
    makers = [name for name in MAKERS if (name == GIVEN) == bool(plan.vector)]
    registries = {"form": [*FORMS], "operator": [*OPERATORS], "maker": makers}
    for name, registry in registries.items():
        if getattr(plan, name) not in registry:
            raise Refused(
                f"there is no {name} {getattr(plan, name)!r}: allowed are {', '.join(registry)}."
            )

    if plan.vector and OPERATORS[plan.operator].needs_origin:
        able = [name for name, one in OPERATORS.items() if not one.needs_origin]
        raise Refused(
            f"operator {plan.operator!r} needs the mean of the negative answers, which is not "
            f"known of a vector that is given: allowed are {', '.join(able)}."
        )


def _require_lists(plan: Asked) -> None:
    for name in ("settings", "multipliers"):
        value = getattr(plan, name)
        # Parameters of a notebook that are no lists arrive as texts.
        if isinstance(value, str):
            raise Refused(f"{name} is the text {value!r}: a list is needed.")
    unknown = [name for name in plan.settings if name not in SETTINGS]
    if unknown:
        raise Refused(
            f"there is no prompt setting {unknown[0]!r}: allowed are {', '.join(SETTINGS)}."
        )


def _require_curves(plan: Asked) -> None:
    if 0 not in plan.multipliers or len(set(plan.multipliers)) < 3:
        raise Refused(
            f"the multipliers {list(plan.multipliers)} make no propensity curve: at least "
            "three different numbers are needed, 0 among them."
        )
    if not all(math.isfinite(multiplier) for multiplier in plan.multipliers):
        raise Refused(
            f"the multipliers {list(plan.multipliers)} are not all finite numbers: "
            "write them like -1.5,0,1.5."
        )
    if "BASE" not in plan.settings:
        raise Refused(
            f"the prompt settings {list(plan.settings)} lack BASE: every vector is compared "
            "with the one of BASE."
        )


def _require_strength(plan: Asked) -> None:
    for name, least in (("neutral_texts", 0), ("wide_groups", 1), ("wordings", 0)):
        count = getattr(plan, name)
        if count is not None and count < least:
            raise Refused(f"{name} is {count}: allowed are whole numbers from {least} up.")
    limit = plan.cost_limit
    if not (math.isfinite(limit) and limit > 0):
        raise Refused(f"cost_limit is {limit}: allowed are numbers of nats above 0.")


def _require_sizes(plan: Asked) -> None:
    for name in ("test_groups", "per_group", "train_groups", "validation_groups"):
        count = getattr(plan, name)
        if count is None or (name == "train_groups" and count == AUTO):
            continue
        if isinstance(count, str) or count < 1:
            raise Refused(f"{name} is {count}: allowed are whole numbers from 1 up.")
    for name in ("random", "resampled", "resampled_shift", "shuffled", "perturbed", "subset"):
        count = getattr(plan, f"{name}_vectors")
        if count < 0:
            raise Refused(f"{name}_vectors is {count}: allowed are whole numbers from 0 up.")
