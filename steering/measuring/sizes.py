"""How much a report measures: the default sizes, or those that `REPORT=full` asks for."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from steering.errors import Refused
from steering.measuring.allowed import AUTO, ONE_LAYER
from steering.measuring.asking import OF_LETTERS
from steering.measuring.plan import FULL
from steering.records.tables import TODAY

# How many pairs of texts a plan takes of which a reply is read: a reply has many tokens, and every
# vector and λ computes them all, where a letter has one. Controls are as many as for letters.
OF_PAIRS: dict[str, Any] = {"test_groups": 12, "validation_groups": 8, "map_items": 2}

# The sizes that a full report may be asked to change: how many items there are.
_OF_ITEMS = ("test_groups", "per_group", "train_groups")

VARIABLE = "REPORT"
ALLOWED = ("", "default", "full")


def sizes(
    test_groups: int | None = None,
    train_groups: int | str = AUTO,
    *,
    full: bool = False,
    own_norm: bool = False,
    wordings: int = 0,
) -> dict[str, Any]:
    """Return the options of `Plan` that differ from its defaults.

    `test_groups` is 0 for all groups; None leaves the number to the other options. `train_groups`
    is 0 for all groups, and "auto" leaves the number to them and to the model. The environment
    variable REPORT may say `full`, like the option. Raises Refused for any other value of it.
    """
    size = os.environ.get(VARIABLE, "")
    if size not in ALLOWED:
        raise Refused(f"{VARIABLE} is {size!r}: allowed are full, default, or nothing.")
    options: dict[str, Any] = dict(FULL) if full or size == "full" else {}
    if test_groups is not None:
        few = {"test_groups": test_groups}
        options |= few if test_groups else {"test_groups": None, "per_group": None}
    if train_groups != AUTO:
        options["train_groups"] = train_groups or None
    if wordings:
        options["wordings"] = wordings
    if own_norm:
        options["own_norm"] = True
    return options


def is_full(options: Mapping[str, Any]) -> bool:
    """Return whether options are those of a full report, whatever number of items is asked for."""
    kept = {name: size for name, size in FULL.items() if name not in _OF_ITEMS}
    return all(options.get(name, ...) == size for name, size in kept.items())


def of_form(form: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return options of `Plan` for a form of the question, in the sizes that the form has.

    What the options name stays as it is, except for what is of lettered answers alone.
    """
    if form == TODAY["form"]:
        return dict(options)
    # What there is no letter for cannot be asked of a reply, nor one layer swept for by letters.
    kept = {
        name: value for name, value in options.items() if (name, value) != ("layers", ONE_LAYER)
    }
    asking = {k: v for k, v in dict(kept.pop("asking", {})).items() if k not in OF_LETTERS}
    return {**OF_PAIRS, **kept, **({"asking": asking} if asking else {}), "form": form}
