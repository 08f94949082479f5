"""Claims about a vector that was given as a file, which is held to random vectors alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from experiments.calibration.cases import Array, Case
from experiments.calibration.movement import MOVED, NOMINAL, QUESTIONS, SIZES, of_questions
from experiments.calibration.tables import OF_MEANS, all_answer, by_replicate, table
from experiments.calibration.world import World, slopes, without_orders
from steering.analysis.verdict.movement import steering_verdicts
from steering.records.directions import CONTRASTIVE, GIVEN, RANDOM

STEERS = "a vector from a file moves the answer, or moves it the wrong way"
UNRELATED = World(vector="random")
# Made from pairs somewhere else; about this very vector its own mean slope is the truth.
CENTRED = World(centred=True, spread=3.0)


def cases() -> Iterator[Case]:
    """Yield every case of the claim."""
    for questions in QUESTIONS:
        world = of_questions(UNRELATED, questions)
        draw = partial(judged, world)
        yield Case(STEERS, "a random vector", world.setting, False, NOMINAL, draw)
    draw = partial(judged, CENTRED)
    name = "no mean effect, questions vary much"
    yield Case(STEERS, name, CENTRED.setting, False, NOMINAL, draw)
    for size in SIZES:
        world = replace(World(), effect=size)
        draw = partial(judged, world)
        name = "pairs vary by 0.3, and are not known"
        yield Case(STEERS, name, world.setting, True, np.nan, draw, size=size)


def judged(world: World, random: np.random.Generator, count: int) -> tuple[Array, None]:
    """Return whether the vector is said to move the answer, either way."""
    drawn = without_orders(slopes(world, random, count))
    means = drawn.random.mean(axis=2, keepdims=True)
    parts = [
        table(drawn.own[:, :1], drawn.group, CONTRASTIVE, maker=GIVEN),
        table(means, drawn.group[:1], RANDOM),
    ]
    curves = pd.concat(parts, ignore_index=True)[OF_MEANS]
    return by_replicate(steering_verdicts(curves, all_answer(curves)), MOVED, count), None
