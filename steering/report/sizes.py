"""How much a report measures: the sizes of the default book, or all that `REPORT=full` asks for."""

from __future__ import annotations

import os
from typing import Any

from steering.errors import Refused
from steering.plan import FULL

VARIABLE = "REPORT"
ALLOWED = ("", "default", "full")


def sizes(
    *, items: int | None = None, full: bool = False, unscaled: bool = False
) -> dict[str, Any]:
    """The options of `steering.plan.Plan` that a report is asked for; what is left out is default.

    `items` is the most groups of test items, 0 for all of them; None leaves that to the rest. The
    environment variable REPORT says `full` as the option does. Raises Refused where it says
    something else.
    """
    said = os.environ.get(VARIABLE, "")
    if said not in ALLOWED:
        raise Refused(f"{VARIABLE} is {said!r}: allowed are full, default, or nothing.")
    options: dict[str, Any] = dict(FULL) if full or said == "full" else {}
    if items is not None:
        options |= {"items": items} if items else {"items": None, "per_group": None}
    if unscaled:
        options["unscaled"] = True
    return options
