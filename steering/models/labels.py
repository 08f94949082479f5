"""Labels: the name that a reader gives a model, as in NAME=MODEL, for its tables and pages."""

from __future__ import annotations

import re
from pathlib import Path

from steering.errors import Refused

MOST = 64
_SAFE = re.compile(r"\w([\w.-]*\w)?")


def labelled(given: str) -> tuple[str | None, str]:
    """Return the label of a model given as NAME=MODEL, and the model; no label where none is given.

    An equals sign in the path of a folder makes no label. Raises Refused where the label could not
    name a file, or no model follows it.
    """
    label, sign, model = given.partition("=")
    if not sign or "/" in label or Path(given).expanduser().exists():
        return None, given
    if not _SAFE.fullmatch(label) or len(label) > MOST:
        raise Refused(
            f"model {given!r} would be called {label!r}, which is no safe name of a file: write "
            f"NAME=MODEL with a NAME of at most {MOST} letters, digits, '_', '-' and '.', that "
            "begins and ends with one of the first three."
        )
    if not model:
        raise Refused(f"model {given!r} names none behind the equals sign: write NAME=MODEL.")
    return label, model
