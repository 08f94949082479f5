"""A world of training pairs and questions in which what each size of a vector keeps is known."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from steering.records.directions import SUBSET, subset_size
from steering.records.results import Results
from tests.support.designs import CHOSEN
from tests.support.synthetic import results

Array = NDArray[np.float64]


@dataclass(frozen=True)
class World:
    """Training groups differ from a true direction by noise; questions answer along gradients.

    `noise`: how long a group's noise is beside the true direction; `width`: of the residual stream;
    `spread`: how much the questions' gradients differ from their mean, in each direction.
    """

    groups: int = 60
    questions: int = 40
    noise: float = 1.5
    width: int = 64
    spread: float = 0.1
    vectors: int = 16


@dataclass(frozen=True)
class Made:
    """Slopes (vector × question), the vectors' sizes, and what each size truly keeps."""

    slopes: Array
    sizes: NDArray[np.int64]
    differences: Array
    gradient: Array

    def keeps(self, groups: int, draw: np.random.Generator, draws: int = 150) -> float:
        """What vectors of so many of these groups keep on average, on all questions there are."""
        whole = self.differences.mean(axis=0)
        some = np.stack([self.some(groups, draw).mean(axis=0) for _ in range(draws)])
        some = some / np.linalg.norm(some, axis=1, keepdims=True) * np.linalg.norm(whole)
        return float((some @ self.gradient).mean() / (whole @ self.gradient))

    def some(self, groups: int, draw: np.random.Generator) -> Array:
        """So many of the groups' differences."""
        return self.differences[draw.permutation(len(self.differences))[:groups]]


def made(world: World, draw: np.random.Generator) -> Made:
    """Vectors of some of the groups at the norm of the vector of all, and their slopes."""
    true = np.zeros(world.width)
    true[0] = 1.0
    noise = draw.normal(0, world.noise / world.width**0.5, (world.groups, world.width))
    differences = true + noise
    gradient = true + draw.normal(0, 0.3 / world.width**0.5, world.width)
    gradients = gradient + draw.normal(0, world.spread, (world.questions, world.width))
    sizes = np.array([subset_size(number, world.groups) for number in range(world.vectors)])
    known = Made(np.empty((0, 0)), sizes, differences, gradient)
    vectors = np.stack([known.some(size, draw).mean(axis=0) for size in sizes])
    norm = np.linalg.norm(differences.mean(axis=0))
    vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True) * norm
    return replace(known, slopes=vectors @ gradients.T)


def with_subsets(world: World, seed: int = 0) -> tuple[Results, Made]:
    """Results of one concept whose curves are those of the world, with vectors of some groups."""
    # Of twenty groups eight are trained on, and ten are test questions.
    groups = max(world.groups * 10 // 4, world.questions * 2)
    plain = results(groups=groups, items_per_group=1)
    concept = plain.items["concept"] == "strong"
    items = plain.items[concept]
    trained = items[items["split"] == "train"]["group"].nunique()
    world = replace(world, groups=trained, questions=(items["split"] == "test").sum())
    known = made(world, np.random.default_rng(seed))
    curves = plain.steerability[plain.steerability["concept"] == "strong"]
    own = curves[
        (curves["direction"] == "contrastive")
        & (curves["vector_setting"] == "BASE")
        & (curves["prompt_setting"] == "BASE")
        & (curves["layer"] == CHOSEN)
    ]
    tests = items.loc[items["split"] == "test", "item"].to_list()
    own = own[own["item"].isin(tests)]
    place = own["item"].map({item: at for at, item in enumerate(tests)}).to_numpy()
    more = [
        own.assign(direction=SUBSET, number=number, steerability=slopes[place])
        for number, slopes in enumerate(known.slopes)
    ]
    table = pd.concat([curves, *more], ignore_index=True)
    parts = {
        "items": items,
        "prompts": plain.prompts[plain.prompts["concept"] == "strong"],
        "sweep": plain.sweep[plain.sweep["concept"] == "strong"],
        "steerability": table,
    }
    cards = tuple(card for card in plain.cards if card["concept"]["name"] == "strong")
    return Results(**parts, cards=cards), known
