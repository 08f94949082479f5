"""Claims that a persona in the prompt moves the answer further than the vector, or less far."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd

from experiments.calibration.cases import Array, Case
from experiments.calibration.tables import KIND, as_results, by_replicate, table
from experiments.calibration.world import World, drawn
from steering.analysis.controls import prompting
from steering.analysis.verdict.outcomes import PROMPT_FIRST, VECTOR_FIRST
from steering.analysis.verdict.prompting import prompting_verdicts
from steering.records.directions import CONTRASTIVE

DIFFERS = "the prompt does more, or the vector does more"
NOMINAL = 0.05
VECTOR = 1.0  # what the vector does at λ = 1, in logits; questions vary by as much
QUESTIONS = (
    World(),
    World(heavy=True),
    World(groups=17, per_group=3),
    World(groups=20),
    World(groups=10),
)


def cases() -> Iterator[Case]:
    """Yield every case."""
    for world in QUESTIONS:
        name, draw = "the two do as much", partial(claimed, world, 0.0)
        yield Case(DIFFERS, name, world.setting, False, NOMINAL, draw)
    for size in (0.25, 0.5, 0.75, 1.0):
        name = "the prompt does more"
        draw = partial(claimed, World(), size)
        yield Case(DIFFERS, name, World().setting, True, np.nan, draw, size=size)


def claimed(
    world: World, ahead: float, random: np.random.Generator, count: int
) -> tuple[Array, None]:
    """Return whether prompt and vector are said to differ."""
    shape = (count, 1, world.groups, world.per_group, 1)
    flat = (count, 1, world.groups * world.per_group, 1)
    group = np.repeat(np.arange(world.groups), world.per_group)

    def of_questions() -> Array:
        of_group = drawn(world, random, (*shape[:3], 1, 1)) * np.sqrt(0.4)
        apart = of_group + drawn(world, random, shape) * np.sqrt(0.6)
        return np.repeat(apart.reshape(flat), 2, axis=3)

    still = of_questions()
    vector = VECTOR * (1 + of_questions())
    prompt = VECTOR * (1 + ahead + of_questions())
    levels = {-1.0: still - vector, 0.0: still, 1.0: still + vector}
    swept = [
        table(values, group, CONTRASTIVE).assign(multiplier=at) for at, values in levels.items()
    ]
    asked = table(still + prompt, group, CONTRASTIVE, prompt_setting="SYS_POS")
    sweep = pd.concat([*swept, asked.assign(multiplier=0.0)], ignore_index=True)
    sweep = sweep.rename(columns={"steerability": "propensity"})
    curves = table(vector, group, CONTRASTIVE)
    steering = curves[["model", "concept", "form"]].drop_duplicates()
    steering = steering.assign(kind=KIND, direction=CONTRASTIVE)
    personas = prompting(curves, as_results(sweep))
    judged = prompting_verdicts(personas, steering)
    return by_replicate(judged, (PROMPT_FIRST, VECTOR_FIRST), count), None
