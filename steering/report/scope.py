"""What was looked at: how many items, of which concept, in which model, and what was resampled."""

from __future__ import annotations

import pandas as pd

from steering.analysis.across import HOME
from steering.concepts.kinds import by_kind
from steering.figures.scatter import few
from steering.notes import notes
from steering.report.committed import sets_by_us
from steering.report.words import Row, escaped, plural
from steering.tables import Results

ITEMS = "95 %, by resampling groups of test items"
ITEMS_ALONE = f"{ITEMS} alone"


def resampling(rows: pd.DataFrame) -> str:
    """What the intervals of these rows resample, as their column `vectors_resampled` says."""
    known = rows[rows["vectors_resampled"].notna()]
    both = known["vectors_resampled"] > 0
    if not both.any():
        return ITEMS_ALONE
    if both.all():
        return f"{ITEMS} and of training pairs"
    if "shift" in known:
        home = known["shift"] == HOME
    elif "vector_setting" in known:
        home = (known["vector_setting"] == "BASE") & (known["prompt_setting"] == "BASE")
    elif "control" in known:
        return f"{ITEMS}; of the contrastive vector, of training pairs as well"
    else:
        return f"{ITEMS} and, where vectors of resampled training pairs were measured, of those"
    where = "" if home.any() and both[home].all() else " where they were resampled"
    return f"{ITEMS}; in distribution, of training pairs as well{where}"


def shares_resampling(rows: pd.DataFrame) -> str:
    """What the intervals of shares take into account, by the same column."""
    pairs = (
        " and the spread between training pairs" if (rows["vectors_resampled"] > 0).all() else ""
    )
    return f"95 %, Wilson's, on an effective number that counts groups of test items{pairs}"


def observed(curves: pd.DataFrame) -> str:
    """How much was looked at: "80 items in both orders, of 20 groups", of one or more concepts."""
    per_concept = curves.groupby(["model", "concept"]).agg(
        items=("item", "nunique"), orders=("order", "nunique"), groups=("group", "nunique")
    )
    items, groups = whole(per_concept["items"]), whole(per_concept["groups"])
    orders = "in both orders" if per_concept["orders"].min() == 2 else "in one order"
    several = plural(curves["concept"].nunique(), "concept") + ", each with "
    return f"{several if len(per_concept) > 1 else ''}{items} items {orders}, of {groups} groups"


def marks(rows: pd.DataFrame, which: str, *, mixed: bool = True) -> str:
    """What a caption says of the points of many concepts; nothing of few, which a legend names.

    `which` says of whom the names are written: "furthest from the dashed line"; `mixed` whether
    points of several kinds look different.
    """
    kinds = list(by_kind(rows["concept"].unique()))
    if few(rows["concept"]):
        return ""
    full = f" Full: {kinds[0]}; hollow: {' and '.join(kinds[1:])}." if kinds[1:] and mixed else ""
    return f"{full} Named are some of those {which}."


def layers_marked(layers: pd.DataFrame) -> str:
    """How the figure of layers marks those chosen. Takes `layers.layer_slopes`."""
    return f"{'Rings' if few(layers['concept']) else 'Frames'} mark the layers chosen."


def layer_bands(layers: pd.DataFrame) -> str:
    """What intervals the same figure shows: cells have none."""
    if few(layers["concept"]):
        return "bands: 95 %, by resampling groups of validation items"
    return "none; the pages of the concepts show them"


def whole(values: pd.Series[int]) -> str:
    low, high = values.min(), values.max()
    return str(low) if low == high else f"{low} to {high}"


def observed_on(results: Results, split: str) -> str:
    """How many items of a split there are, for each concept."""
    part = results.items[results.items["split"] == split]
    counts = part.groupby("concept").agg(items=("item", "nunique"), groups=("group", "nunique"))
    items, groups = whole(counts["items"]), whole(counts["groups"])
    return f"{items} {split} items in both orders, of {groups} groups"


def pointed_at(results: Results) -> str:
    """What the interactive figure can say of an item: results that we committed hold no words."""
    return "the statement" if results.items["statement"].astype(bool).any() else "the item's number"


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
    ours = sets_by_us([card])
    # What is marked as ours stands by itself, before all else that is to be known.
    text = " ".join([text, *map(escaped, notes(card))])
    return f"{ours.data}\n\n{text}" if ours else text
