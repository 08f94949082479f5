"""Concepts: contrastive items and their splits, where they are read from, what is in them."""

from __future__ import annotations

from steering.concepts.items import (
    FEWEST_GROUPS,
    ORDERS,
    Concept,
    Item,
    Reading,
    Split,
    normalised,
    split_of,
    statement_hash,
    unseen,
)
from steering.concepts.loading import is_path, load_concept, own_concepts

__all__ = [
    "FEWEST_GROUPS",
    "ORDERS",
    "Concept",
    "Item",
    "Reading",
    "Split",
    "is_path",
    "load_concept",
    "normalised",
    "own_concepts",
    "split_of",
    "statement_hash",
    "unseen",
]
