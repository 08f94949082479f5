"""Results like those of a measurement, made from slopes that the test itself chooses."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import pandas as pd

from steering.analysis.answering import answering
from steering.analysis.brittleness import in_and_out
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
from tests.support.designs import (
    CHOSEN,
    DESIGNS,
    LAYERS,
    MULTIPLIERS,
    NORM,
    Design,
    card_of,
    items_of,
)

PEAK = {2: 0.4, 4: 1.0, 6: 0.5}  # how much of the slope a layer's vector has
RESAMPLED, RESAMPLED_SD = 20, 0.05  # vectors of resampled training pairs, and how they differ
SHUFFLED, PERTURBED, OTHER = 12, 3, "brave"  # controls of each kind, and whose vector is tried
KEPT, CARRIED = 0.9, 0.1  # what of the slope a perturbed vector and another concept's have


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
        items = items_of(concept, groups, items_per_group, design, draw)
        prompts = _prompts(model, items)
        sweep = _sweep(prompts, items, design, draw, vectors=random_vectors, random_sd=random_sd)
        parts["items"].append(items.drop(columns=["slope", "yes"]))
        parts["prompts"].append(prompts)
        parts["sweep"].append(sweep)
        cards.append(card_of(model, concept))
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


@cache
def standard_answers() -> pd.DataFrame:
    """Whether `standard` answers what it is asked."""
    return answering(standard())


@cache
def standard_shifts() -> pd.DataFrame:
    """Every shift of `standard`, in and out of distribution."""
    return in_and_out(standard_curves())


def keyed(table: pd.DataFrame, key: Sequence[str] = SWEEP_KEY) -> pd.DataFrame:
    """The table with what is measured today in every column of the key that it lacks.

    Questions have no partner, and a vector is the first of its kind, made from its own concept.
    """
    today = {**TODAY, "partner": NO_PARTNER, "number": 0, "vector_concept": table["concept"]}
    return table.assign(**{n: today[n] for n in key if n in today and n not in table})


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
