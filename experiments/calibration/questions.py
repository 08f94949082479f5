"""Claims about single questions: that the vector moves their answers, and which way."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd

from experiments.calibration.cases import Array, Case
from experiments.calibration.tables import curves
from experiments.calibration.world import World, slopes
from steering.analysis.verdict.outcomes import FOLLOWS, REVERSED
from steering.analysis.verdict.question import question_verdicts

NOMINAL = 0.05
QUESTIONS = 30
WRONG, RIGHT = "moves this question the wrong way", "moves this question the right way"
# Slopes of the questions along the true vector, over and over again.
NONE_REVERSED = (0.0, 0.0, 0.0, 6.0, 6.0, 6.0, 6.0, 6.0, 6.0, 6.0)
SOME_REVERSED = (-6.0, -6.0, 0.0, 0.0, 0.0, 6.0, 6.0, 6.0, 6.0, 6.0)


def cases() -> Iterator[Case]:
    """Yield every case."""
    either = f"{WRONG}, or the right way"
    for claim, name, world in (
        (either, "a random vector", World(groups=QUESTIONS, vector="random")),
        (either, "a vector of shuffled labels", SHUFFLED),
        (WRONG, "7 of 10 follow, 3 are not moved", NONE),
        (WRONG, "5 of 10 follow, 2 are reversed", SOME),
    ):
        draw = partial(false_among, world, claim)
        yield Case(
            claim,
            name,
            world.setting,
            False,
            NOMINAL,
            draw,
            rate="false discoveries",
            family=QUESTIONS,
        )
    for size in (2.0, 4.0, 6.0, 8.0):
        world = World(groups=QUESTIONS, planted=tuple(size / 6 * s for s in SOME_REVERSED))
        name = "2 of 10 are reversed"
        draw = partial(found, world)
        yield Case(WRONG, name, world.setting, True, np.nan, draw, size=size, family=QUESTIONS)


SHUFFLED = World(groups=QUESTIONS, vector="shuffled", effect=3.0, training=1.5)
NONE = World(groups=QUESTIONS, planted=NONE_REVERSED, training=1.5)
SOME = World(groups=QUESTIONS, planted=SOME_REVERSED, training=1.5)


def false_among(
    world: World, claim: str, random: np.random.Generator, count: int
) -> tuple[Array, None]:
    """Return the share of false ones among the claims about the questions of each concept.

    Along a random vector, or one of shuffled labels, every claim is false.
    """
    judged, truth = _judged(world, random, count)
    wrong = judged == REVERSED
    made = wrong if claim == WRONG else wrong | (judged == FOLLOWS)
    false = made & (truth >= -1e-9) if world.planted else made
    return np.asarray(false.sum(axis=1) / np.maximum(made.sum(axis=1), 1)), None


def found(world: World, random: np.random.Generator, count: int) -> tuple[Array, None]:
    """Return which share of the reversed questions of each concept is found."""
    judged, truth = _judged(world, random, count)
    there = truth < -1e-9
    return np.asarray(((judged == REVERSED) & there).sum(axis=1) / there.sum(axis=1)), None


def _judged(
    world: World, random: np.random.Generator, count: int
) -> tuple[pd.api.extensions.ExtensionArray, Array]:
    """Return the outcome of every question of every replicate, and its true slope."""
    drawn = slopes(world, random, count)
    table = question_verdicts(curves(drawn, whole=True))
    table = table.assign(item=table["subject"].astype(int))
    wide = table.pivot(index="model", columns="item", values="outcome").sort_index()
    return wide.to_numpy(), drawn.truth[:, 0].mean(axis=2)
