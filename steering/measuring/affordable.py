"""The sizes of a measurement that fit a time: what is given up first, and what never is.

Given up are, in this order, other wordings, training pairs, the resampled vectors of further prompt
settings and those of fewer groups, which tell how many pairs are needed, validation items and those
of the layer map, the neutral texts that tell what a vector costs, control vectors, and test groups.
A verdict on the effect needs some of each but the wordings, the vectors of fewer groups and the
neutral texts: below these no time is short enough.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from steering.errors import Refused
from steering.measuring.plan import Plan

# What is given up, in this order, and what is always left of it.
LEAST = {
    "wordings": 0,
    "train_groups": 20,
    "resampled_shift_vectors": 0,
    "subset_vectors": 0,
    "validation_groups": 10,
    "map_items": 5,
    "neutral_texts": 0,
    "resampled_vectors": 20,
    "random_vectors": 20,
    "test_groups": 20,
}


def affordable(
    plan: Plan, most: dict[str, int], seconds: float, cost: Callable[[Plan], float]
) -> Plan:
    """Return the plan with the largest sizes that take no more than so many seconds.

    Args:
        plan: what was asked for.
        most: for each name in `LEAST`, how many there are at most, whatever the plan asks for.
        seconds: the time that there is.
        cost: the seconds that a plan takes.

    Raises Refused where even the least takes longer; it names that time.
    """
    total = cost(plan)
    for name, least in LEAST.items():
        if total <= seconds:
            return plan
        if most[name] <= least:
            continue
        fewer = _sized(plan, name, least)
        of_fewer = cost(fewer)
        if of_fewer >= total:
            continue  # nothing is gained, as from further settings' vectors where BASE is alone
        if of_fewer <= seconds:
            # Time grows nearly evenly with the number, so what fits is found at once, or nearly.
            share = (seconds - of_fewer) / (total - of_fewer)
            size = least + int(share * (most[name] - least))
            while size > least and cost(_sized(plan, name, size)) > seconds:
                size -= max(1, (size - least) // 8)
            return _sized(plan, name, size)
        plan, total = fewer, of_fewer
    if total > seconds:
        raise Refused(
            f"in {duration(seconds)} no verdict can be had here: the least that one can rest on "
            f"takes about {duration(total)}; name --time {_minutes(total)}m, or more."
        )
    return plan


def _sized(plan: Plan, name: str, size: int) -> Plan:
    sizes: dict[str, Any] = {name: size}
    return replace(plan, **sizes)


def seconds_of(text: str) -> float:
    """Return the seconds of a time like 90s, 10m or 2h. Raises Refused for anything else."""
    units = {"s": 1, "m": 60, "h": 3600}
    number, unit = text[:-1], text[-1:]
    try:
        value = float(number) * units[unit]
    except (KeyError, ValueError):
        value = 0.0
    if not 0 < value < float("inf"):
        raise Refused(f"--time {text!r} is no time: write it like 90s, 10m or 2h.")
    return value


def duration(seconds: float) -> str:
    """Return a time in words, in seconds, minutes or hours."""
    if seconds < 90:
        return f"{seconds:.0f} seconds"
    if seconds < 5400:
        return f"{seconds / 60:.0f} minutes"
    return f"{seconds / 3600:.1f} hours"


def _minutes(seconds: float) -> int:
    return int(seconds // 60) + 1
