"""Planted concepts: what slopes their items have, and what the card of their run says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from steering.records.tables import SETTINGS

MULTIPLIERS = (-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5)
CHOSEN = 4
LAYERS = (2, 4, 6)
NORM = {"SYS_POS": 1.2, "SYS_NEG": 0.8, "USER_POS": 1.1, "USER_NEG": 0.9}  # beside BASE's


@dataclass(frozen=True)
class Design:
    """A planted concept: slope = strength·weight + letter·(±1 for A, B) + yes·(±1 for Yes, No)."""

    strength: float
    letter: float = 0.0
    yes: float = 0.0
    reversed_share: float = 0.0
    group_sd: float = 0.0  # spread of slopes between groups, shared by the items of a group
    noise: float = 0.05  # of each measured propensity
    under: dict[str, float] = field(default_factory=dict)  # factor per prompt setting


DESIGNS = {
    "strong": Design(2.2, group_sd=0.2, under={"USER_NEG": 0.5}),
    "weak": Design(0.7, group_sd=0.2, under={"USER_NEG": 0.6}),
    "inert": Design(0.0),
    "reversed": Design(1.5, reversed_share=0.3, under={"USER_NEG": 0.2}),
    "letter": Design(1.5, letter=2.5, under={"SYS_NEG": 0.9}),
    "yes": Design(1.5, yes=2.5, under={"SYS_NEG": 0.9}),
}


def items_of(
    concept: str, groups: int, per_group: int, design: Design, draw: np.random.Generator
) -> pd.DataFrame:
    """Return the items of a concept, with the slope of each."""
    group = np.repeat(np.arange(groups), per_group)
    split = np.where(group % 10 < 5, "test", np.where(group % 10 < 9, "train", "validation"))
    turned = (draw.random(groups) < design.reversed_share)[group]
    shared = draw.normal(0, design.group_sd, groups)[group]
    item = np.arange(len(group))
    return pd.DataFrame(
        {
            "concept": concept,
            "item": item,
            "statement": [f"{concept} {number}" for number in item],
            "statement_hash": [f"{concept}{number:04d}" for number in item],
            "group": [f"{concept}/{number}" for number in group],
            "split": split,
            "question": "?",
            "positive_answer": np.where(item % 2 == 0, "(A)", "(B)"),
            "negative_answer": np.where(item % 2 == 0, "(B)", "(A)"),
            "feature": np.where(turned, "at work", None),
            "yes": item // 2 % 2 == 0,
            "slope": design.strength * np.where(turned, -1, 1) + shared,
        }
    )


def card_of(model: str, concept: str) -> dict[str, Any]:
    """Return the card of a run."""
    return {
        "model": {"name": model},
        "concept": {"name": concept, "title": concept.capitalize()},
        "layer": CHOSEN,
        "layers": list(LAYERS),
        "cosines": {
            "BASE": 1.0,
            "SYS_POS": 0.95,
            "SYS_NEG": 0.92,
            "USER_POS": 0.97,
            "USER_NEG": 0.9,
        },
        "vector_norms": {"BASE": 2.0} | {name: 2.0 * norm for name, norm in NORM.items()},
        "cosine_planted": 0.8,
        "multipliers": list(MULTIPLIERS),
        "settings": list(SETTINGS),
    }
