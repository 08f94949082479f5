"""Results like those of a measurement, made from slopes that the test itself chooses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from steering.analysis.curves import curve_table
from steering.analysis.verdict.table import verdicts
from steering.records.results import Results
from steering.records.tables import (
    CONTRACTS,
    NO_PARTNER,
    PROMPT_KEY,
    SETTINGS,
    STEERABILITY_KEY,
    SWEEP_KEY,
    TODAY,
)
from steering.steerability import slopes

MULTIPLIERS = (-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5)
CHOSEN = 4
LAYERS = (2, 4, 6)
PEAK = {2: 0.4, 4: 1.0, 6: 0.5}  # how much of the slope a layer's vector has
RESAMPLED, RESAMPLED_SD = 20, 0.05  # vectors of resampled training pairs, and how they differ
SHUFFLED, PERTURBED, OTHER = 12, 3, "brave"  # controls of each kind, and whose vector is tried
KEPT, CARRIED = 0.9, 0.1  # what of the slope a perturbed vector and another concept's have
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


def results(
    designs: dict[str, Design] | None = None,
    *,
    model: str = "wren",
    groups: int = 20,
    items_per_group: int = 4,
    random_vectors: int = 20,
    random_sd: float = 0.3,
    seed: int = 0,
) -> Results:
    """Results of one model: half the groups are test, a tenth validation, the others train."""
    draw = np.random.default_rng(seed)
    parts: dict[str, list[pd.DataFrame]] = {"items": [], "prompts": [], "sweep": []}
    cards = []
    for concept, design in (designs or DESIGNS).items():
        items = _items(concept, groups, items_per_group, design, draw)
        prompts = _prompts(model, items)
        sweep = _sweep(prompts, items, design, draw, vectors=random_vectors, random_sd=random_sd)
        parts["items"].append(items.drop(columns=["slope", "yes"]))
        parts["prompts"].append(prompts)
        parts["sweep"].append(sweep)
        cards.append(_card(model, concept))
    items, prompts, sweep = (pd.concat(parts[n], ignore_index=True) for n in parts)
    curves = slopes(sweep.drop(columns=["planted", "planted_at_zero"]))
    truth = sweep.drop_duplicates(list(STEERABILITY_KEY))
    curves["planted_steerability"] = truth["planted"].to_numpy()
    curves["planted_intercept"] = truth["planted_at_zero"].to_numpy()
    sweep = sweep.drop(columns=["planted", "planted_at_zero"])
    tables = {"items": items, "prompts": prompts, "sweep": sweep, "steerability": curves}
    checked = {name: CONTRACTS[name].validate(table) for name, table in tables.items()}
    return Results(**checked, cards=tuple(cards))


@cache
def standard() -> Results:
    """The designs above, measured once for all tests; do not change what it returns."""
    return results()


@cache
def standard_curves() -> pd.DataFrame:
    """All test curves of `standard` at the chosen layer."""
    return curve_table(standard())


@cache
def standard_verdicts() -> pd.DataFrame:
    """All verdicts on `standard`."""
    return verdicts(standard())


def keyed(table: pd.DataFrame, key: Sequence[str] = SWEEP_KEY) -> pd.DataFrame:
    """The table with what is measured today in every column of the key that it lacks.

    Questions have no partner, and a vector is the first of its kind, made from its own concept.
    """
    today = {**TODAY, "partner": NO_PARTNER, "number": 0, "vector_concept": table["concept"]}
    return table.assign(**{n: today[n] for n in key if n in today and n not in table})


def _items(
    concept: str, groups: int, per_group: int, design: Design, draw: np.random.Generator
) -> pd.DataFrame:
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


def _prompts(model: str, items: pd.DataFrame) -> pd.DataFrame:
    grid = pd.MultiIndex.from_product(
        [items["item"], SETTINGS, [0, 1]], names=["item", "prompt_setting", "order"]
    ).to_frame(index=False)
    at_a = (grid["item"] + grid["order"]) % 2 == 0
    yes = grid["item"].map(items.set_index("item")["yes"])
    grid = keyed(grid.assign(model=model, concept=items["concept"].iloc[0]), PROMPT_KEY)
    return grid.assign(
        text="?",
        token_ids=[[1, 2, 3]] * len(grid),
        read_position=2,
        steered_from=2,
        positive_letter_id=np.where(at_a, 10, 11),
        negative_letter_id=np.where(at_a, 11, 10),
        positive_letter=np.where(at_a, "A", "B"),
        positive_is_yes=yes.astype("boolean"),
    )


def _sweep(
    prompts: pd.DataFrame,
    items: pd.DataFrame,
    design: Design,
    draw: np.random.Generator,
    *,
    vectors: int,
    random_sd: float,
) -> pd.DataFrame:
    by_item = items.set_index("item")
    truth = keyed(prompts[list(PROMPT_KEY)]).assign(
        planted=prompts["item"].map(by_item["slope"])
        + design.letter * np.where(prompts["positive_letter"] == "A", 1, -1)
        + design.yes * np.where(prompts["positive_is_yes"], 1, -1),
        planted_at_zero=0.5,
    )
    test = truth[truth["item"].map(by_item["split"]) == "test"]
    validation = truth[truth["item"].map(by_item["split"]) == "validation"]
    few = test[test["item"].isin(test["item"].unique()[:20])]
    factor = test["prompt_setting"].map(lambda name: design.under.get(name, 1.0))
    moved = test.assign(planted=test["planted"] * factor)
    curves = [
        moved.assign(vector_setting=name, direction="contrastive", layer=CHOSEN)
        for name in SETTINGS
    ]
    curves.append(moved.assign(vector_setting="BASE", direction="planted", layer=CHOSEN))
    for number in range(vectors):
        own = draw.normal(0, random_sd) + draw.normal(0, random_sd, len(test))
        curves.append(
            test.assign(
                vector_setting="BASE",
                direction="random",
                number=number,
                layer=CHOSEN,
                planted=own,
            )
        )
    for layer in LAYERS:
        others = [validation] if layer == CHOSEN else [validation, few]
        for part in others:
            base = part[part["prompt_setting"] == "BASE"]
            curves.append(
                base.assign(
                    vector_setting="BASE",
                    direction="contrastive",
                    layer=layer,
                    planted=base["planted"] * PEAK[layer],
                )
            )
    made = _measured(pd.concat(curves, ignore_index=True), design, draw)
    # With draws of their own: the numbers above stay what they are without them.
    own = np.random.default_rng(7)
    beside = _measured(_beside(moved, own), design, own)
    own = np.random.default_rng(11)
    resampled = _measured(_resampled(moved, own), design, own)
    return pd.concat([made, beside, resampled], ignore_index=True)


def _beside(moved: pd.DataFrame, draw: np.random.Generator) -> pd.DataFrame:
    """Controls in BASE, and the vectors of the other settings at their own norm."""
    base = moved[moved["prompt_setting"] == "BASE"]
    slope = base["planted"]
    planted = {("shuffled", n): draw.normal(0, 0.1) + 0 * slope for n in range(SHUFFLED)}
    planted |= {("perturbed", n): KEPT * slope for n in range(PERTURBED)}
    curves = [
        base.assign(vector_setting="BASE", direction=kind, number=number, planted=values)
        for (kind, number), values in planted.items()
    ]
    other = {"direction": "other", "number": 0, "vector_concept": OTHER}
    curves.append(base.assign(vector_setting="BASE", **other, planted=CARRIED * slope))
    curves += [
        moved.assign(vector_setting=name, direction="own_norm", planted=moved["planted"] * norm)
        for name, norm in NORM.items()
    ]
    return pd.concat(curves, ignore_index=True).assign(layer=CHOSEN)


def _resampled(moved: pd.DataFrame, draw: np.random.Generator) -> pd.DataFrame:
    """Vectors of resampled training pairs, BASE→BASE: longer or shorter, and off to one side."""
    base = moved[moved["prompt_setting"] == "BASE"]
    curves = [
        base.assign(
            vector_setting="BASE",
            direction="resampled",
            number=number,
            layer=CHOSEN,
            planted=base["planted"] * draw.normal(1, RESAMPLED_SD) + draw.normal(0, RESAMPLED_SD),
        )
        for number in range(RESAMPLED)
    ]
    return pd.concat(curves, ignore_index=True)


def _measured(table: pd.DataFrame, design: Design, draw: np.random.Generator) -> pd.DataFrame:
    """Every line as the points of a sweep, with noise; truth is known of what has some."""
    sweep = table.loc[table.index.repeat(len(MULTIPLIERS))].reset_index(drop=True)
    multiplier = np.tile(MULTIPLIERS, len(table))
    line = sweep["planted_at_zero"] + sweep["planted"] * multiplier
    noise = draw.normal(0, design.noise, len(sweep)) * (multiplier != 0)
    known = sweep["direction"].isin(["contrastive", "planted"])
    return sweep.assign(
        multiplier=multiplier,
        propensity=line + noise,
        planted=sweep["planted"].where(known),
        planted_at_zero=sweep["planted_at_zero"].where(known),
    )


def _card(model: str, concept: str) -> dict[str, Any]:
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
