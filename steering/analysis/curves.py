"""The table that all questions start from: a row for each propensity curve, and its keys."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from steering.errors import Refused
from steering.records.directions import CONTRASTIVE, GIVEN, OWN_NORM
from steering.records.kinds import YOURS, kind_of_source
from steering.records.results import Results
from steering.records.run_card import RunCard
from steering.records.tables import ITEM_KEY, PROMPT_KEY

SPLITS = ("train", "validation", "test")

# What the tables of all questions are grouped by and joined on. A run is one concept in one model;
# whose concept it is (`kind`, one of `records.kinds.KINDS`) goes with it through every table.
RUN_KEY = ["model", "concept", "kind"]
# The curves of one vector in one run and prompt setting: an item in one order of its answers.
CURVE_KEY = ["item", "order"]
RUN_CURVE_KEY = [*RUN_KEY, *CURVE_KEY]
# The setting that a vector was made in, and that of the prompts that it is added to.
SETTING_PAIR = ["vector_setting", "prompt_setting"]


def curve_table(results: Results, *, split: str = "test", layer: int | None = None) -> pd.DataFrame:
    """Return the steerability of every curve beside what is known of its item and prompt.

    The rows and columns are those of `results.steerability`, with `group`, `split` and `feature` of
    the item, `positive_letter` and `positive_is_yes` of the prompt, and the concept's `kind`. The
    group is what intervals draw (`drawn_groups`). Only
    items of `split` are kept, and only the layer that each run chose (or `layer`, where it is
    given). The planted direction is kept at the layer where it was planted, whichever the run
    chose.

    Raises Refused where the split is unknown or a run has no card.
    """
    if split not in SPLITS:
        raise Refused(f"split {split!r} is unknown: it is one of {', '.join(SPLITS)}.")
    items = results.items[[*ITEM_KEY, "group", "split", "feature"]]
    prompts = results.prompts[[*PROMPT_KEY, "positive_letter", "positive_is_yes"]]
    slopes = results.steerability
    if layer is None:
        chosen = chosen_layers(results.cards)
        _each_has_a_card(slopes, chosen)
        chosen = chosen.rename(columns={"layer": "chosen"})
        slopes = _beside(slopes, chosen, ["model", "concept"])
        at_layer = (slopes["layer"] == slopes["chosen"]) | (slopes["direction"] == "planted")
        slopes = slopes[at_layer].drop(columns="chosen")
    else:
        slopes = slopes[slopes["layer"] == layer]
    table = _beside(slopes, items[items["split"] == split], list(ITEM_KEY))
    table = _beside(table, prompts, list(PROMPT_KEY))
    return with_kind(table.assign(group=drawn_groups(table)), results.cards)


def _beside(table: pd.DataFrame, known: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    """Return the rows of a table of which something is known, and beside them what is.

    Words stay categories: as texts, they would be the most of millions of rows.
    """
    words = [*known.select_dtypes("str").columns.difference(key)]
    known = known.astype(dict.fromkeys(words, "category"))
    alike = {name: table[name].dtype for name in key}
    return table.merge(known.astype(alike), on=key, validate="many_to_one")


def drawn_groups(table: pd.DataFrame) -> pd.Series:
    """Return what intervals draw together: a group of items, or all pairs that share a request.

    Replies in free text depend on how a model was asked for them, and the requests are a sample as
    the items are. They are shared out over the pairs, so a request with its pairs is drawn as a
    whole: that counts what differs between requests, and what differs between pairs.
    """
    asked = table["request"] != ""
    if not asked.any():
        return table["group"]
    group, request = table["group"].astype("object"), table["request"].astype("object")
    return group.where(~asked, request).astype("category")


def with_kind(table: pd.DataFrame, cards: Iterable[RunCard]) -> pd.DataFrame:
    """Return a table of concepts with the `kind` of each, taken from the cards of their runs.

    A concept whose card names no source, or that has no card, counts as the reader's own.
    """
    concepts, kinds = table["concept"].astype("category").cat, concept_kinds(cards)
    of_each = pd.Series([kinds.get(one, YOURS) for one in concepts.categories], dtype="category")
    return table.assign(kind=of_each.take(concepts.codes.to_numpy()).set_axis(table.index))


def concept_kinds(cards: Iterable[RunCard]) -> dict[str, str]:
    """Return the kind of each concept that the cards are of."""
    concepts = [card["concept"] for card in cards]
    return {one["name"]: kind_of_source(one.get("source")) for one in concepts}


def chosen_layers(cards: Iterable[RunCard]) -> pd.DataFrame:
    """Return the layer that each run chose: `model`, `concept`, `layer`."""
    rows = [(card["model"]["name"], card["concept"]["name"], int(card["layer"])) for card in cards]
    return pd.DataFrame(rows, columns=["model", "concept", "layer"])


def select(
    table: pd.DataFrame,
    *,
    direction: str | None = "contrastive",
    vector_setting: str | None = "BASE",
    prompt_setting: str | None = "BASE",
) -> pd.DataFrame:
    """Return the rows of one direction and pair of settings; None stands for all of them."""
    wanted = {
        "direction": direction,
        "vector_setting": vector_setting,
        "prompt_setting": prompt_setting,
    }
    # One mask of all: each step would copy every row and column that it keeps.
    asked = [table[column] == value for column, value in wanted.items() if value is not None]
    return table[np.logical_and.reduce(asked)] if asked else table


def at_own_norm(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with the vectors of other settings at their own norm; empty where none is.

    They take the place of those rescaled to the norm of the BASE vector, which is its own already.
    """
    unscaled = table[table["direction"] == OWN_NORM]
    if unscaled.empty:
        return unscaled
    base = table[(table["direction"] == "contrastive") & (table["vector_setting"] == "BASE")]
    return pd.concat([base, unscaled.assign(direction="contrastive")], ignore_index=True)


def is_given(
    table: pd.DataFrame, curves: pd.DataFrame, by: Sequence[str] = tuple(RUN_KEY)
) -> pd.Series:
    """Return which rows of a table are of a run whose vector was given as a file.

    `curves` are those of the runs, and `by` the columns that a run and its row share. The pairs
    that a given vector was made from are not known.
    """
    names = list(by)
    own = curves[(curves["direction"] == CONTRASTIVE) & (curves["maker"] == GIVEN)]
    if own.empty:
        return pd.Series(False, index=table.index, dtype=bool)
    runs = set(own[names].astype("str").itertuples(index=False, name=None))
    rows = table[names].astype("str").itertuples(index=False, name=None)
    return pd.Series([row in runs for row in rows], index=table.index, dtype=bool)


def _each_has_a_card(slopes: pd.DataFrame, chosen: pd.DataFrame) -> None:
    runs = slopes[["model", "concept"]].drop_duplicates()
    lost = runs.merge(chosen, how="left", on=["model", "concept"])
    lost = lost[lost["layer"].isna()]
    if len(lost):
        model, concept = lost[["model", "concept"]].iloc[0]
        raise Refused(
            f"the run of concept {concept!r} on model {model!r} has no card: "
            "read its whole folder, which names the chosen layer."
        )
