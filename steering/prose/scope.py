"""What captions say of how much was measured, and of what their intervals resample."""

from __future__ import annotations

import pandas as pd

from steering.analysis.across import HOME
from steering.figures.scatter import few
from steering.prose.given import origin
from steering.prose.notes import notes
from steering.prose.words import Row, escaped, plural
from steering.records.kinds import by_kind, kinds_of
from steering.records.results import Results

ITEMS = "95 %, by resampling groups of test items"
ITEMS_ALONE = f"{ITEMS} alone"
FEW_GROUPS = 20
FEW_ARE_NARROW = (
    f"of fewer than {FEW_GROUPS} groups, intervals of spreads hold the truth less often than they"
    " say"
)


def resampling(rows: pd.DataFrame) -> str:
    """Return what the intervals of these rows resample, by their column `vectors_resampled`."""
    counts = rows[rows["vectors_resampled"].notna()]
    both = counts["vectors_resampled"] > 0
    if not both.any():
        return ITEMS_ALONE
    if both.all():
        return f"{ITEMS} and of training pairs"
    if "shift" in counts:
        home = counts["shift"] == HOME
    elif "vector_setting" in counts:
        home = (counts["vector_setting"] == "BASE") & (counts["prompt_setting"] == "BASE")
    elif "control" in counts:
        return f"{ITEMS}; of the contrastive vector, of training pairs as well"
    else:
        return f"{ITEMS} and, where vectors of resampled training pairs were measured, of those"
    where = "" if home.any() and both[home].all() else " where they were resampled"
    shifts = " and in the paper's shifts" if both[~home].any() else ""
    return f"{ITEMS}; in distribution{shifts}, of training pairs as well{where}"


def spread_resampling(rows: pd.DataFrame) -> str:
    """Return what the intervals of these rows' spreads resample, and what few groups do to them.

    How often intervals of few groups hold the truth is simulated (experiments/calibration).
    """
    few_groups = rows["groups"].min() < FEW_GROUPS
    return resampling(rows) + (f"; {FEW_ARE_NARROW}" if few_groups else "")


def shift_resampling(shifted: pd.DataFrame) -> str:
    """Return what the intervals under shifts resample, by the column `vectors_resampled_out`."""
    return resampling(
        shifted[["vectors_resampled_out"]].set_axis(["vectors_resampled"], axis="columns")
    )


def shares_resampling(rows: pd.DataFrame) -> str:
    """Return what the intervals of shares take into account, by the same column."""
    pairs = (
        " and the spread between training pairs" if (rows["vectors_resampled"] > 0).all() else ""
    )
    return f"95 %, Wilson's, on an effective number that counts groups of test items{pairs}"


def observed(curves: pd.DataFrame) -> str:
    """Return how much was looked at, for one or more concepts.

    For example: "80 items in both orders, of 20 groups".
    """
    per_concept = curves.groupby(["model", "concept"])[["item", "order", "group"]].nunique()
    items, groups = whole(per_concept["item"]), whole(per_concept["group"])
    orders = "in both orders" if per_concept["order"].min() == 2 else "in one order"
    several = plural(curves["concept"].nunique(), "concept") + ", each with "
    return f"{several if len(per_concept) > 1 else ''}{items} items {orders}, of {groups} groups"


def replies_observed(curves: pd.DataFrame) -> str:
    """Return how many pairs of texts were scored, for one or more concepts, and to what requests.

    For example: "24 pairs of texts, of 12 requests".
    """
    per_concept = curves.groupby(["model", "concept"])[["item", "group"]].nunique()
    pairs, requests = whole(per_concept["item"]), whole(per_concept["group"])
    several = plural(curves["concept"].nunique(), "concept") + ", each with "
    return (
        f"{several if len(per_concept) > 1 else ''}{pairs} pairs of texts, of {requests} requests"
    )


def both_forms_observed(agreements: pd.DataFrame) -> str:
    """Return how many questions there are in either form, by `analysis.crossed.agreement`."""
    told = []
    for form, name in (("chosen", "with letters"), ("said", "in free text")):
        part = agreements[agreements["form"] == form]
        if len(part):
            told.append(f"{whole(part['n'])} questions {name} (of {whole(part['groups'])} groups)")
    several = plural(agreements["concept"].nunique(), "concept")
    return f"{several}, each with {' and '.join(told)}"


def replies_sampled(slopes: pd.DataFrame) -> str:
    """Return how many replies were scored, by the table of `analysis.replies.score_slopes`."""
    return (
        f"{plural(slopes['concept'].nunique(), 'concept')}, each with {whole(slopes['replies'])} "
        f"replies to {whole(slopes['questions'])} questions"
    )


def marks(rows: pd.DataFrame, which: str, *, mixed: bool = True) -> str:
    """Return what a caption says of the points of many concepts.

    Of few concepts it says nothing, since a legend names them.

    `which` says of whom the names are written: "furthest from the dashed line"; `mixed` whether
    points of several kinds look different.
    """
    if few(rows["concept"]):
        return ""
    kinds = list(by_kind(kinds_of(rows)))
    full = f" Full: {kinds[0]}; hollow: {' and '.join(kinds[1:])}." if kinds[1:] and mixed else ""
    return f"{full} Named are some of those {which}."


def layers_marked(layers: pd.DataFrame) -> str:
    """Return how the figure of layers marks those chosen.

    Takes the table of `analysis.layers.layer_slopes`.
    """
    return f"{'Rings' if few(layers['concept']) else 'Frames'} mark the layers chosen."


def layer_bands(layers: pd.DataFrame) -> str:
    """Return what intervals the same figure shows: cells have none."""
    if few(layers["concept"]):
        return "bands: 95 %, by resampling groups of validation items"
    return "none; the pages of the concepts show them"


def whole(values: pd.Series[int]) -> str:
    """Return the lowest and the highest of some whole numbers, or the one that both are."""
    low, high = values.min(), values.max()
    return str(low) if low == high else f"{low} to {high}"


def observed_on(results: Results, split: str) -> str:
    """Return how many items of a split there are, for each concept."""
    part = results.items[results.items["split"] == split]
    counts = part.groupby("concept").agg(items=("item", "nunique"), groups=("group", "nunique"))
    items, groups = whole(counts["items"]), whole(counts["groups"])
    return f"{items} {split} items in both orders, of {groups} groups"


def measured(card: Row) -> str:
    """Return how one concept was measured in one model, and what there is to know about it.

    `card` is the run's card.
    """
    model, items = card["model"], card["items"]
    vector, chosen = origin(card)
    text = (
        f"{_capital(vector)} and is added to the output of decoder block {card['layer']} (counted "
        f"from 0, of {model['layers']} blocks{chosen}). It is tested on {items['test']} items of "
        f"{items['groups_test']} groups, each in both orders."
    )
    return " ".join([text, *map(escaped, notes(card))])


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
