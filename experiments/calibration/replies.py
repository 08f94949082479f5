"""Claims about sampled replies: that what is written suits the persona more, the larger λ is.

A question has a level of its own, a slope for each vector, and each reply its noise. The own vector
is tried at five λ with two replies each, random ones at the two ends with one; of a few replies
there is no score. Questions and vectors are as many as `steering.measuring.sampled` takes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from experiments.calibration.cases import Array, Case
from experiments.calibration.movement import MOVED, NOMINAL
from experiments.calibration.tables import by_replicate, table
from experiments.calibration.world import World, drawn, slopes
from steering.analysis.verdict.replies import reply_verdicts
from steering.records.directions import CONTRASTIVE, RANDOM

SUITS = "sampled replies suit the persona more with λ, or less"
LAMBDAS = (-1.5, -1.0, 0.0, 1.0, 1.5)
ENDS = (LAMBDAS[0], LAMBDAS[-1])
QUESTIONS, RANDOM_VECTORS = 12, 10
SAMPLES = {CONTRASTIVE: 2, RANDOM: 1}  # replies to a question under one λ
LEVELS = 2.0  # standard deviation of the questions' levels
EMPTY = 0.05  # share of replies without a score
# Standard deviations of a reply: the first hides little of a random vector's mean slope, the second
# more than there is of it.
LITTLE, MUCH = 1.0, 10.0
SIZES = (2.0, 4.0, 6.0)  # fewer than elsewhere: these take the longest


@dataclass(frozen=True)
class Written:
    """A world of slopes, and how far replies to one question under one λ differ.

    `still`: whether λ does nothing to any reply, whichever the vector is.
    """

    world: World
    noise: float
    still: bool = False

    @property
    def setting(self) -> str:
        """Return in words what replies there are."""
        tails = ", heavy tails" if self.world.heavy else ""
        much = "differ much" if self.noise == MUCH else "differ little"
        return f"{self.world.groups} questions, replies to one {much}{tails}"


def cases() -> Iterator[Case]:
    """Yield every case."""
    still = World(groups=QUESTIONS, vector="random")
    heavy = World(groups=QUESTIONS, vector="random", heavy=True)
    swayed = World(groups=QUESTIONS, centred=True, swayed=6.0)
    for name, written in (
        ("a random vector", Written(still, LITTLE)),
        ("a random vector", Written(still, MUCH)),
        ("a random vector", Written(heavy, MUCH)),
        ("λ does nothing", Written(still, MUCH, still=True)),
        ("no mean effect, questions sway it much", Written(swayed, LITTLE)),
    ):
        yield Case(SUITS, name, written.setting, False, NOMINAL, partial(suited, written))
    for name, noise in (
        ("replies to one question differ little", LITTLE),
        ("replies to one question differ much", MUCH),
    ):
        for size in SIZES:
            written = Written(World(groups=QUESTIONS, effect=size), noise)
            draw = partial(suited, written)
            yield Case(SUITS, name, written.setting, True, np.nan, draw, size=size)


def suited(written: Written, random: np.random.Generator, count: int) -> tuple[Array, None]:
    """Return whether the replies are said to suit the persona more with λ, or less."""
    of_orders = slopes(written.world, random, count)
    # In every second question the answers are swapped.
    question = np.arange(written.world.groups)
    own, free = (
        values[:, :, question, question % 2] * (not written.still)
        for values in (of_orders.own[:, :1], of_orders.random[:, :RANDOM_VECTORS])
    )
    level = LEVELS * drawn(written.world, random, (count, 1, len(question)))
    rows = pd.concat(
        [
            replies(written, own, level, random, direction=CONTRASTIVE),
            replies(written, free, level, random, direction=RANDOM),
        ],
        ignore_index=True,
    )
    return by_replicate(reply_verdicts(rows, {}), MOVED, count), None


def replies(
    written: Written,
    of_questions: Array,
    level: Array,
    random: np.random.Generator,
    *,
    direction: str,
) -> pd.DataFrame:
    """Return the replies under vectors with these slopes: replicate × vector × question."""
    tables = []
    for multiplier in LAMBDAS if direction == CONTRASTIVE else ENDS:
        for sample in range(SAMPLES[direction]):
            noise = written.noise * drawn(written.world, random, of_questions.shape)
            score = level + multiplier * of_questions + noise
            score[random.random(score.shape) < EMPTY] = np.nan
            rows = table(score[..., None], np.arange(score.shape[2]), direction)
            tables.append(rows.assign(multiplier=multiplier, sample=sample))
    rows = pd.concat(tables, ignore_index=True)
    known = rows["steerability"].notna()
    rows = rows.assign(
        order=rows["item"] % 2,
        positive=rows["steerability"],
        negative=rows["steerability"] * 0.0,
        tokens=known.astype("int64"),
        repeated=0.0,
    )
    return rows[list(COLUMNS)]


COLUMNS = (
    *("model", "concept", "direction", "number", "item", "order", "multiplier", "sample"),
    *("tokens", "positive", "negative", "repeated"),
)
