"""One row per curve, with what is needed to group, split and compare it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import pandas as pd

from steering.errors import Refused
from steering.tables import ITEM_KEY, PROMPT_KEY, Results

SPLITS = ("train", "validation", "test")


def joined(results: Results, *, split: str = "test", layer: int | None = None) -> pd.DataFrame:
    """Return the steerability of every curve beside what is known of its item and prompt.

    The rows and columns are those of `results.steerability`, with `group`, `split` and `feature` of
    the item and `positive_letter` and `positive_is_yes` of the prompt. Only items of `split` are
    kept, and only the layer that each run chose (or `layer`, where it is given). The planted
    direction is kept at the layer where it was planted, whichever the run chose.

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
        slopes = slopes.merge(chosen, on=["model", "concept"])
        kept = (slopes["layer"] == slopes["chosen"]) | (slopes["direction"] == "planted")
        slopes = slopes[kept].drop(columns="chosen")
    else:
        slopes = slopes[slopes["layer"] == layer]
    table = slopes.merge(items[items["split"] == split], on=list(ITEM_KEY), validate="many_to_one")
    return table.merge(prompts, on=list(PROMPT_KEY), validate="many_to_one")


def chosen_layers(cards: Iterable[dict[str, Any]]) -> pd.DataFrame:
    """Return the layer that each run chose: `model`, `concept`, `layer`."""
    rows = [(card["model"]["name"], card["concept"]["name"], int(card["layer"])) for card in cards]
    return pd.DataFrame(rows, columns=["model", "concept", "layer"])


def of(
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
    for column, value in wanted.items():
        if value is not None:
            table = table[table[column] == value]
    return table


def at_own_norm(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with the vectors of other settings at their own norm; empty where none is.

    They take the place of those rescaled to the norm of the BASE vector, which is its own already.
    """
    unscaled = table[table["direction"] == "unscaled"]
    if unscaled.empty:
        return unscaled
    base = table[(table["direction"] == "contrastive") & (table["vector_setting"] == "BASE")]
    return pd.concat([base, unscaled.assign(direction="contrastive")], ignore_index=True)


def kind_of(direction: pd.Series) -> pd.Series:
    """Return the kind of each direction: `random` of `random-07`, `other` of `other:tidy`."""
    # Names are few and rows are many: each name is read once.
    kinds = {name: re.split("[-:]", str(name), maxsplit=1)[0] for name in direction.unique()}
    return direction.map(kinds)


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
