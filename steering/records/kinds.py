"""Whose a concept is: ours, a public data set, or the reader's own. The cards of runs say it."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

OURS, PUBLIC, YOURS = "concepts of ours", "public data sets", "concepts of yours"
KINDS = (OURS, PUBLIC, YOURS)
# Each in one word, where a figure has room for no more.
SHORT = {OURS: "ours", PUBLIC: "public", YOURS: "yours"}
_OF_SOURCE = {"own": OURS, "public": PUBLIC}


def kind_of_source(source: str | None) -> str:
    """Return the kind of a concept that was read from `source`, as its run's card names it.

    "own" is a concept of ours and "public" a public data set. A folder, a file and a source that
    the card does not name are the reader's own.
    """
    return _OF_SOURCE.get(source or "", YOURS)


def kinds_of(table: pd.DataFrame) -> dict[str, str]:
    """Return the kind of each concept of a table, from its columns `concept` and `kind`.

    Concepts keep the order in which they first occur.
    """
    return {
        str(name): str(kind) for name, kind in zip(table["concept"], table["kind"], strict=True)
    }


def by_kind(kinds: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the concepts of each kind that occurs, ours first; in a kind they keep their order."""
    parts = {kind: [name for name, own in kinds.items() if own == kind] for kind in KINDS}
    return {kind: names for kind, names in parts.items() if names}
