"""Claims about a vector at its operating point, where fewer resampled vectors are tried."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from experiments.calibration.cases import Array, Case
from experiments.calibration.movement import (
    EVERYWHERE,
    MOVED,
    NOMINAL,
    NULLS,
    QUESTIONS,
    SIZES,
    of_questions,
)
from experiments.calibration.tables import OF_MEANS, all_answer, by_replicate, curves
from experiments.calibration.world import World, slopes, without_orders
from steering.analysis.verdict.operating import operating_verdicts
from steering.measuring.stages_of_strength import RESAMPLED_VECTORS
from steering.records.directions import CONTRASTIVE
from steering.records.strength import OPERATING

WORKS = "moves the answer at its operating point, or moves it the wrong way"
_KEYS = ["model", "concept", "form", "direction", "number", "layer", "item", "order"]


def cases() -> Iterator[Case]:
    """Yield every case of the claim."""
    for name, null in NULLS.items():
        for questions in QUESTIONS if name in EVERYWHERE[:1] else QUESTIONS[-1:]:
            world = of_questions(replace(null, resampled=RESAMPLED_VECTORS), questions)
            draw = partial(operated, world)
            yield Case(WORKS, name, world.setting, False, NOMINAL, draw)
    for size in SIZES:
        world = World(training=0.3, effect=size, resampled=RESAMPLED_VECTORS)
        draw = partial(operated, world)
        yield Case(WORKS, "pairs vary by 0.3", world.setting, True, np.nan, draw, size=size)


def operated(world: World, random: np.random.Generator, count: int) -> tuple[Array, None]:
    """Return whether the vector is said to move the answer at λ = 1, either way."""
    table = curves(without_orders(slopes(world, random, count)))
    wide = table[[*_KEYS, "request"]].assign(
        role=OPERATING, multiplier=1.0, propensity=table["steerability"]
    )
    own = wide[wide["direction"] == CONTRASTIVE]
    plain = own.assign(multiplier=0.0, propensity=0.0)
    found = operating_verdicts(
        pd.concat([plain, wide], ignore_index=True),
        table[[*OF_MEANS, "request"]],
        all_answer(table),
    )
    return by_replicate(found, MOVED, count), None
