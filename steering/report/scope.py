"""What was looked at: how many items, of which concept, in which model."""

from __future__ import annotations

import pandas as pd

from steering.notes import notes
from steering.report.words import Row, escaped, plural
from steering.tables import Results


def observed(curves: pd.DataFrame) -> str:
    """How much was looked at: "80 items in both orders, of 20 groups", of one or more concepts."""
    per_concept = curves.groupby(["model", "concept"]).agg(
        items=("item", "nunique"), orders=("order", "nunique"), groups=("group", "nunique")
    )
    items, groups = whole(per_concept["items"]), whole(per_concept["groups"])
    orders = "in both orders" if per_concept["orders"].min() == 2 else "in one order"
    several = plural(curves["concept"].nunique(), "concept") + ", each with "
    return f"{several if len(per_concept) > 1 else ''}{items} items {orders}, of {groups} groups"


def whole(values: pd.Series[int]) -> str:
    low, high = values.min(), values.max()
    return str(low) if low == high else f"{low} to {high}"


def observed_on(results: Results, split: str) -> str:
    """How many items of a split there are, for each concept."""
    part = results.items[results.items["split"] == split]
    counts = part.groupby("concept").agg(items=("item", "nunique"), groups=("group", "nunique"))
    items, groups = whole(counts["items"]), whole(counts["groups"])
    return f"{items} {split} items in both orders, of {groups} groups"


def about(card: Row) -> str:
    """What the concept is, what it was asked of, and how. `card` is a run's card."""
    model, items, concept = card["model"], card["items"], card["concept"]
    personas = [f"“{escaped(concept[f'{sign}_persona'])}”" for sign in ("positive", "negative")]
    text = (
        f"**{escaped(concept['description'])}** The personas are {' and '.join(personas)}\n\n"
        f"Measured in {escaped(model['name'])}: the vector comes from {items['train']} training "
        f"items and is added to the output of decoder block {card['layer']} (counted from 0, of "
        f"{model['layers']} blocks; chosen on {items['validation']} validation items). It is "
        f"tested on {items['test']} items of {items['groups_test']} groups, each in both orders."
    )
    return " ".join([text, *map(escaped, notes(card))])
