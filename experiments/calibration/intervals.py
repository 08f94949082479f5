"""How often intervals hold the truth that experiments/coverage.py does not draw.

Those of few groups, of medians, of differences and of shares that are left under a shift, with more
and fewer vectors of resampled training pairs, and of shares of variance.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial

import numpy as np
import pandas as pd

from experiments.calibration.cases import CHUNK, REPLICATES, SEED, Array
from experiments.calibration.shifts import STEERED, in_and_out
from experiments.calibration.tables import in_free_text, table
from experiments.calibration.world import REQUESTS, Spoken, World, drawn
from steering.analysis import brittleness
from steering.analysis.curves import RUN_KEY
from steering.analysis.decomposition import decomposition
from steering.analysis.statistics import training_pairs
from steering.analysis.statistics.groups import share_interval
from steering.records.directions import CONTRASTIVE

MEAN, DEVIATION, SHARE, MEDIAN = (
    "mean slope",
    "standard deviation of slopes",
    "share of slopes below zero",
    "median slope",
)
OUT, DIFFERENCE, LEFT = (
    "mean slope out of distribution",
    "difference between in and out of distribution",
    "share of the slope that is left out of distribution",
)
LETTER, WORD, BOTH = (
    "share of variance that goes with the letter",
    "share of variance that goes with the word",
    "share of variance that letter and word explain",
)
BELOW = 0.2  # share of slopes below zero, in truth
OF_QUESTIONS = 0.4  # part of the variance of slopes that both orders of a question share

# The lower and the upper ends of a chunk's intervals, and the truth of each.
Ends = tuple[Array, Array, float]


@dataclass(frozen=True)
class Setting:
    """Some intervals in one world: what is drawn, and the quantities that have intervals there."""

    setting: str
    groups: int
    resampled: int
    size: float
    draw: Callable[[np.random.Generator, int], dict[str, Ends]] = field(repr=False)


def settings() -> Iterator[Setting]:
    """Yield every setting."""
    for world in (
        *(World(groups=groups) for groups in (5, 8, 10, 15, 20, 50)),
        *(World(groups=groups, heavy=True) for groups in (10, 20)),
    ):
        yield Setting(world.setting, world.groups, 0, np.nan, partial(of_few, world))
    for groups, resampled in ((50, 5), (50, 10), (50, 20), (50, 50), (20, 20), (10, 20)):
        world = replace(STEERED, groups=groups, resampled=resampled)
        draw = partial(of_shifts, world, brittleness.MARGIN[0])
        yield Setting(world.setting, groups, resampled, brittleness.MARGIN[0], draw)
    for world, shares in (
        (World(), (0.0, 0.02, 0.1, 0.3)),
        (World(groups=20), (0.0, 0.02, 0.1, 0.3)),
        (World(groups=17, per_group=3), (0.0, 0.1)),
    ):
        for share in shares:
            yield Setting(world.setting, world.groups, 0, share, partial(of_variance, world, share))
    for together in REQUESTS:
        spoken = Spoken(together=together)
        yield Setting(spoken.setting, spoken.groups, 0, np.nan, partial(of_requests, spoken))


def held(number: int, setting: Setting, replicates: int = REPLICATES) -> list[dict[str, object]]:
    """Return a row for each quantity of a setting: how often its intervals held the truth.

    `below` and `above`: how often the interval lay wholly below the truth, and above it.
    """
    chunks = [chunk_of(number, setting, at) for at in range(-(-replicates // CHUNK))]
    return rows_of(number, setting, chunks)


def chunk_of(number: int, setting: Setting, at: int) -> dict[str, Ends]:
    """Return the intervals of one chunk of a setting's replicates, of every quantity."""
    return setting.draw(np.random.default_rng([SEED, 1000 + number, at]), CHUNK)


def rows_of(
    number: int, setting: Setting, chunks: Sequence[dict[str, Ends]]
) -> list[dict[str, object]]:
    """Return the rows of a setting, given the intervals of its chunks."""
    known = {name: value for name, value in asdict(setting).items() if name != "draw"}
    rows = []
    for quantity in chunks[0]:
        low, high = (np.concatenate([chunk[quantity][at] for chunk in chunks]) for at in (0, 1))
        truth = chunks[0][quantity][2]
        inside = (low <= truth) & (truth <= high)
        ends = share_interval(int(inside.sum()), len(inside))
        rows.append(
            {
                "number": number,
                "quantity": quantity,
                **known,
                "truth": truth,
                "replicates": len(inside),
                "coverage": round(float(inside.mean()), 5),
                "low": round(ends[0], 5),
                "high": round(ends[1], 5),
                "below": round(float((high < truth).mean()), 5),
                "above": round(float((low > truth).mean()), 5),
                "width": round(float(np.median(high - low)), 4),
                "held_at_first": int(inside[:CHUNK].sum()),
            }
        )
    return rows


def of_few(world: World, random: np.random.Generator, count: int) -> dict[str, Ends]:
    """Return intervals of curves of few groups: of means, spreads, shares and medians."""
    shape = (count, 1, world.groups, 1)
    shared = np.sqrt(OF_QUESTIONS) * drawn(world, random, shape)
    apart = np.sqrt(1 - OF_QUESTIONS) * drawn(world, random, (*shape[:3], 2))
    values = shared + apart
    # The true share and median are those of very many curves.
    many = np.sqrt(OF_QUESTIONS) * drawn(world, np.random.default_rng(SEED), (MANY,))
    many += np.sqrt(1 - OF_QUESTIONS) * drawn(world, np.random.default_rng(SEED + 1), (MANY,))
    middle = -float(np.quantile(many, BELOW))
    curves = table(values + middle, np.arange(world.groups), CONTRASTIVE)
    curves["below"] = curves["steerability"] < 0
    means = training_pairs.means(curves, "steerability", RUN_KEY)
    shares = training_pairs.shares(curves, "below", RUN_KEY)
    medians = training_pairs.medians(curves, "steerability", RUN_KEY)
    return {
        MEAN: (_of(means, "low"), _of(means, "high"), middle),
        DEVIATION: (_of(means, "sd_low"), _of(means, "sd_high"), 1.0),
        SHARE: (_of(shares, "low"), _of(shares, "high"), BELOW),
        MEDIAN: (_of(medians, "median_low"), _of(medians, "median_high"), middle),
    }


MANY = 1_000_000


def of_requests(world: Spoken, random: np.random.Generator, count: int) -> dict[str, Ends]:
    """Return intervals of means of pairs that share requests."""
    shared = drawn(world, random, (count, 1, world.groups, 1))
    apart = drawn(world, random, (count, 1, world.groups, world.per_group))
    values = np.sqrt(world.together) * shared + np.sqrt(1 - world.together) * apart
    values = 1 + values.reshape(count, 1, -1, 1)[:, :, world.there]
    request = np.repeat(np.arange(world.groups), world.per_group)[world.there]
    means = training_pairs.means(
        in_free_text(table(values, request, CONTRASTIVE)), "steerability", RUN_KEY
    )
    return {MEAN: (_of(means, "low"), _of(means, "high"), 1.0)}


def of_shifts(
    world: World, share: float, random: np.random.Generator, count: int
) -> dict[str, Ends]:
    """Return intervals of a shift of whose effect this share is left."""
    shifted = brittleness.in_and_out(in_and_out(world, share, random, count))
    effect = world.effect
    return {
        OUT: (_of(shifted, "out_low"), _of(shifted, "out_high"), share * effect),
        DIFFERENCE: (
            _of(shifted, "difference_low"),
            _of(shifted, "difference_high"),
            (share - 1) * effect,
        ),
        LEFT: (_of(shifted, "share_low"), _of(shifted, "share_high"), share),
    }


def of_variance(
    world: World, share: float, random: np.random.Generator, count: int
) -> dict[str, Ends]:
    """Return intervals of shares of variance, of which letter and word have this one each."""
    questions = world.groups * world.per_group
    rest = np.sqrt(1 - 2 * share)
    shape = (count, 1, world.groups, world.per_group, 1)
    apart = np.sqrt(OF_QUESTIONS) * drawn(world, random, shape).reshape(count, 1, questions, 1)
    apart = apart + np.sqrt(1 - OF_QUESTIONS) * drawn(world, random, (count, 1, questions, 2))
    words = random.permuted(np.tile(np.resize([1.0, -1.0], questions), (count, 1)), axis=1)
    letter = np.sqrt(share) * np.array([1.0, -1.0])
    values = rest * apart + np.sqrt(share) * words[:, None, :, None] + letter
    curves = table(values, np.repeat(np.arange(world.groups), world.per_group), CONTRASTIVE)
    yes = np.repeat(words > 0, 2, axis=1).reshape(-1)
    found = decomposition(curves.assign(positive_is_yes=pd.array(yes, dtype="boolean")))
    found = found[found["method"] == "sequential"]
    return {
        name: (_of(part, "low"), _of(part, "high"), truth)
        for name, factor, truth in (
            (LETTER, "A/B", share),
            (WORD, "Yes/No", share),
            (BOTH, "explained", 2 * share),
        )
        for part in [found[found["factor"] == factor]]
    }


def _of(table: pd.DataFrame, column: str) -> Array:
    return table[column].to_numpy(dtype=np.float64)
