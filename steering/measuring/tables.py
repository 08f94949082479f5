"""The tables of a run, made from what its stages have measured."""

from __future__ import annotations

import pandas as pd

from steering.concepts import Concept, statement_hash
from steering.forward.scores import PREFILLED
from steering.measuring.run import RenderedPrompts
from steering.measuring.sweeps import PLACE
from steering.models.model import Model
from steering.models.planted import planted_of, with_truth
from steering.prompts.rendering import prompts_table
from steering.records.directions import UNSTEERED
from steering.steerability import slopes


def run_tables(
    model: Model,
    concept: Concept,
    rendered: RenderedPrompts,
    sweep: pd.DataFrame,
    prefilled: pd.DataFrame,
) -> dict[str, pd.DataFrame]:
    """Return the four tables of a run by name, see `steering.records.tables`.

    `prefilled` says how likely the model is to begin its answer as a prompt does.
    """
    # What the model answers by itself is a point, and no curve.
    curves = sweep[sweep["direction"] != UNSTEERED]
    prompts = prompts_table(rendered.all(), model.name)
    if len(prefilled):
        prompts = prompts.drop(columns=PREFILLED)
        prompts = prompts.merge(prefilled, how="left", on=PLACE, validate="one_to_one")
    return {
        "items": items_table(concept, rendered),
        "prompts": prompts,
        "sweep": sweep,
        "steerability": with_truth(slopes(curves), planted_of(model.folder)),
    }


def items_table(concept: Concept, rendered: RenderedPrompts) -> pd.DataFrame:
    """Return the `items` table of the items that were measured."""
    return pd.DataFrame.from_records(
        [
            {
                "concept": concept.name,
                "item": item.item,
                "statement": item.statement,
                "statement_hash": statement_hash(item.statement),
                "group": item.group,
                "split": split,
                "question": item.question,
                "positive_answer": item.options[item.positive],
                "negative_answer": item.options[1 - item.positive],
                "feature": item.feature,
            }
            for split, items in rendered.items.items()
            for item in items
        ]
    ).astype({"feature": "str"})
