"""Claims that a model does not answer the questions: the gate before all talk of steering."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd

from experiments.calibration.cases import Array, Case
from experiments.calibration.tables import as_results, table
from experiments.calibration.world import World, drawn
from steering.analysis.answering import answering
from steering.records.directions import CONTRASTIVE

PASSES = "the model answers the questions"
NOMINAL = 0.05
FLIPS = 999  # random sign changes; the report takes more, which only makes p finer
# Standard deviations, in logits: of the content part, of what the personas do, of the position.
CONTENT, PERSONA, POSITION = 1.0, 1.0, 2.0
QUESTIONS = (World(), World(groups=17, per_group=3), World(groups=12, heavy=True))
SIZES = (0.2, 0.5, 1.0)


def cases() -> Iterator[Case]:
    """Yield every case."""
    for world in QUESTIONS:
        name = "the choices are ignored"
        draw = partial(said, world, 0.0, 0.0)
        yield Case(PASSES, name, world.setting, False, NOMINAL, draw)
    for part in ("content", "persona"):
        for size in SIZES:
            asked = (size, 0.0) if part == "content" else (0.0, size)
            name = "effect of what the choices say" if part == "content" else "effect of a persona"
            draw = partial(said, World(), *asked)
            yield Case(PASSES, name, World().setting, True, np.nan, draw, size=size)


def said(
    world: World,
    content: float,
    persona: float,
    random: np.random.Generator,
    count: int,
) -> tuple[Array, None]:
    """Return whether it is said of each model that it answers."""
    shape = (count, 1, world.groups, world.per_group, 1)

    def of_questions(mean: float, spread: float) -> Array:
        of_group = drawn(world, random, (*shape[:3], 1, 1)) * np.sqrt(0.4)
        apart = of_group + drawn(world, random, shape) * np.sqrt(0.6)
        return (mean + spread * apart).reshape(count, 1, -1, 1)

    away = of_questions(0.5, POSITION) * np.array([1.0, -1.0])
    base = of_questions(content, CONTENT)
    moved = of_questions(persona, PERSONA)
    asked = {"BASE": base, "SYS_POS": base + moved / 2, "SYS_NEG": base - moved / 2}
    return judged(world, {name: content + away for name, content in asked.items()}), None


def judged(world: World, propensities: dict[str, Array]) -> Array:
    """Return whether the gate opens: propensities are replicate × 1 × question × order."""
    group = np.repeat(np.arange(world.groups), world.per_group)
    asked = [
        table(values, group, CONTRASTIVE, prompt_setting=setting)
        for setting, values in propensities.items()
    ]
    sweep = pd.concat(asked, ignore_index=True).rename(columns={"steerability": "propensity"})
    answers = answering(as_results(sweep.assign(multiplier=0.0, letter_mass=0.9)), flips=FLIPS)
    return answers.sort_values("model")["answers"].to_numpy(dtype=np.float64)
