"""Whose a concept is, by its name: ours, a public data set, or the reader's own."""

from __future__ import annotations

from collections.abc import Iterable

from steering.concepts.loading import own_concepts
from steering.concepts.public import public_sets

OURS, PUBLIC, YOURS = "concepts of ours", "public data sets", "concepts of yours"
KINDS = (OURS, PUBLIC, YOURS)


def kind_of(name: str) -> str:
    """Return the kind of a concept. A concept of the reader's that has the name of ours is ours."""
    if name in own_concepts():
        return OURS
    return PUBLIC if name in public_sets() else YOURS


def by_kind(names: Iterable[str]) -> dict[str, list[str]]:
    """Return the names of each kind that occurs, ours first; within a kind they keep their order.

    Names of other things than concepts are all of one kind.
    """
    kinds: dict[str, list[str]] = {kind: [] for kind in KINDS}
    for name in names:
        kinds[kind_of(str(name))].append(str(name))
    return {kind: part for kind, part in kinds.items() if part}
