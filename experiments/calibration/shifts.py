"""Claims about shifts: that an effect is lost, gained or kept when the prompt changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from experiments.calibration.cases import Array, Case
from experiments.calibration.tables import OF_MEANS, by_replicate, table
from experiments.calibration.world import World, gradients, made
from steering.analysis.brittleness import MARGIN, SHIFTS
from steering.analysis.verdict.outcomes import BRITTLE, KEPT, MOVES, STRONGER
from steering.analysis.verdict.shift import shift_verdicts
from steering.records.directions import CONTRASTIVE, RESAMPLED

LOST, GAINED, EITHER, HOLDS = (
    "loses part of its effect",
    "gains effect",
    "loses part of its effect, or gains effect",
    "keeps its effect",
)
OUTCOMES = {LOST: (BRITTLE,), GAINED: (STRONGER,), EITHER: (BRITTLE, STRONGER), HOLDS: (KEPT,)}
PER_SIDE, NOMINAL = 0.025, 0.05
# How far the mean gradient of the changed prompt goes another way, so that training pairs matter.
OTHER_WAY = 0.7
# How much questions vary in what the changed prompt does to them.
APART = 0.6
STEERED = World(effect=6.0, training=1.0)
WORLDS = (STEERED, replace(STEERED, groups=20, heavy=True), replace(STEERED, groups=12))


def cases() -> Iterator[Case]:
    """Yield every case."""
    for world in WORLDS:
        for claim, share, nominal in (
            (EITHER, 1.0, NOMINAL),
            (LOST, MARGIN[0], PER_SIDE),
            (GAINED, MARGIN[1], PER_SIDE),
            (HOLDS, MARGIN[0], PER_SIDE),
        ):
            name = f"{share:g} of the effect is left"
            draw = partial(claimed, world, share, claim)
            yield Case(claim, name, world.setting, False, nominal, draw, size=share)
    name, draw = "0.9 of the effect is left", partial(claimed, STEERED, 0.9, EITHER)
    yield Case(EITHER, name, STEERED.setting, False, NOMINAL, draw, size=0.9)
    for claim, shares in (
        (LOST, (0.6, 0.5, 0.3)),
        (GAINED, (1.6, 2.0)),
        (HOLDS, (0.9, 1.0)),
    ):
        for share in shares:
            name, draw = "the share that is left", partial(claimed, STEERED, share, claim)
            yield Case(claim, name, STEERED.setting, True, np.nan, draw, size=share)


def claimed(
    world: World, share: float, claim: str, random: np.random.Generator, count: int
) -> tuple[Array, None]:
    """Return whether the claim is made, for a vector that moves the answer in distribution."""
    return judged(in_and_out(world, share, random, count), claim, count), None


def judged(curves: pd.DataFrame, claim: str, count: int) -> Array:
    """Return whether the claim is made of each vector, all said to move the answer in BASE."""
    steering = curves[["model", "concept", "kind", "form"]].drop_duplicates()
    steering = steering.assign(direction=CONTRASTIVE, outcome=MOVES)
    return by_replicate(shift_verdicts(curves, steering), OUTCOMES[claim], count)


def in_and_out(world: World, share: float, random: np.random.Generator, count: int) -> pd.DataFrame:
    """Return curves BASE→BASE and of one shift, of whose effect this share is left.

    The prompt takes from every question the same share, gives it something of its own whose mean is
    zero along the true vector, and has other ways that vectors of other training pairs go along.
    """
    content, position = gradients(world, random, count)
    other, aside = gradients(replace(world, spread=APART), random, count)
    own, _, _, true = made(world, content[0], position[0], random, count)
    mean = OTHER_WAY * other[0]
    along = true / np.linalg.norm(true, axis=2, keepdims=True) ** 2
    mean = mean - (mean @ true.transpose(0, 2, 1)) * along
    moved = share * content[1] + other[1] - other[0] + mean
    tables = []
    for at, by_content, by_position in (
        (SHIFTS[0][0], content[1], position[1]),
        (SHIFTS[0][1], moved, aside[1]),
    ):
        both = np.stack([by_content + by_position, by_content - by_position], axis=2)
        slopes = np.einsum("rvw,rqow->rvqo", own, both, optimize=True)
        # The rules take means alone: both orders of a question are put together.
        slopes = slopes.mean(axis=3, keepdims=True)
        group = np.repeat(np.arange(world.groups), world.per_group)
        for part, direction in ((slopes[:, :1], CONTRASTIVE), (slopes[:, 1:], RESAMPLED)):
            tables.append(table(part, group, direction, prompt_setting=at))
    return pd.concat(tables, ignore_index=True)[OF_MEANS]
