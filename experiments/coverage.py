"""How often the report's 95 % intervals hold the truth, by simulation: `make coverage`.

Curves are drawn whose mean slope, or whose share of slopes below zero, is known; the report's own
functions give each sample its interval; how often that holds the truth is its coverage. Samples are
of 100 curves in groups like those of the data: statements of our generator come in groups of three
items, those of a public set alone, and every item is asked in both orders.

In half of the kinds of samples the vector is the true one. In the others it is made, as in the
report, from training pairs that differ: the truth is still that of the true vector. Intervals that
know nothing of training pairs stand beside them, and fall short.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from experiments.provenance import write_provenance
from steering.analysis.statistics import groups, training_pairs
from steering.clone import measured_folder
from steering.source import files_hash

DRAWS = 2000
REPEATED = 50  # the draws of each setting that a test repeats
CURVES = 100
ORDERS = 2
SEED = 7
SHARES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, 0.98, 0.99)

# What part of the variance of slopes groups share, and what part the two orders of one item.
SPREADS = {
    "curves independent": (0.0, 0.0),
    "orders alike": (0.0, 0.9),
    "groups alike": (0.4, 0.3),
}
# With training pairs: how far their vectors differ, as the standard deviation of the mean slope.
# That of test items is about 0.14 here (orders alike) to 0.2 (groups alike).
TRAINING = (0.1, 0.2)
TRAINED_SHARES = (0.02, 0.05, 0.1, 0.2, 0.5, 0.8, 0.9, 0.95, 0.98)
TRAINED = (("orders alike", 1), ("groups alike", 3))
TRAINING_GROUPS, PER_TRAINING_GROUP, VECTORS = 34, 3, 50
TRAINING_ALIKE = 0.7  # part of the variance of training differences that groups share
OTHER_WAYS = 8  # axes of the world besides the true one
# How the slopes are spread about their mean.
SHAPES = ("normal", "anti-steerable fifth", "heavy tails")


@dataclass(frozen=True)
class Setting:
    """What is drawn: `quantity` is mean or share, `truth` its true value."""

    number: int
    quantity: str
    spread: str
    shape: str
    items_per_group: int
    truth: float
    training: float


def settings() -> Iterator[Setting]:
    """Yield every setting of the simulation."""
    kinds = [
        *[("mean", shape, 0.8) for shape in SHAPES],
        *[("share", "normal", truth) for truth in SHARES],
    ]
    number = 0
    for items_per_group in (3, 1):
        for spread in SPREADS:
            for quantity, shape, truth in kinds:
                yield Setting(number, quantity, spread, shape, items_per_group, truth, 0.0)
                number += 1
    kinds = [kind for kind in kinds if kind[0] == "mean" or kind[2] in TRAINED_SHARES]
    for spread, items_per_group in TRAINED:
        for noise in TRAINING:
            for quantity, shape, truth in kinds:
                yield Setting(number, quantity, spread, shape, items_per_group, truth, noise)
                number += 1


def sample(setting: Setting, draw: int) -> tuple[np.ndarray, np.ndarray]:
    """Return one sample: slopes, or whether they are below 0, vector × curve; the curves' groups.

    Slopes along the true vector are drawn. With training pairs, those along the vector that is made
    from them, and along those of resampled pairs, follow from every curve's gradient.
    """
    random = np.random.default_rng([SEED, setting.number, draw])
    item = np.arange(CURVES) // ORDERS
    group = item // setting.items_per_group
    of_group, of_item = SPREADS[setting.spread]
    parts = ((of_group, group), (of_item, item), (1 - of_group - of_item, np.arange(CURVES)))
    slope = np.zeros(CURVES)
    for part, unit in parts:
        slope += np.sqrt(part) * _drawn(setting.shape, random, int(unit[-1]) + 1)[unit]
    mean = setting.quantity == "mean"
    slope += setting.truth if mean else -stats.norm.ppf(setting.truth)
    slopes = slope[None]
    if setting.training:
        own = random.standard_normal((CURVES, OTHER_WAYS)) / np.sqrt(OTHER_WAYS)
        own[:, 0] += 1  # the way in which all items can be pushed, as towards a letter
        slopes = _vectors(setting.training, random) @ np.column_stack([slope, own]).T
    return (slopes if mean else (slopes < 0).astype(np.float64)), group


def interval(setting: Setting, values: np.ndarray, group: np.ndarray) -> tuple[float, ...]:
    """Return the interval that the report would show of these curves; with a mean, that of the sd.

    Given those of the vector itself alone, it knows nothing of training pairs.
    """
    if setting.quantity == "share":
        return training_pairs.share_of(values, group)[1:]
    _, low, high, _, sd_low, sd_high = training_pairs.mean_of(values, group)
    return low, high, sd_low, sd_high


def coverage(setting: Setting, draws: int = DRAWS) -> dict[str, object]:
    """Return the setting with how often its intervals held the truth.

    `items_alone`: how often those did that know nothing of training pairs; `sd_coverage`: how often
    those of the slopes' standard deviation did.
    """
    intervals, alone = [], []
    for draw in range(draws):
        values, group = sample(setting, draw)
        intervals.append(interval(setting, values, group))
        if setting.training:
            alone.append(interval(setting, values[:1], group))
    ends = np.array(intervals)
    held = _held(ends, setting.truth)
    low, high = groups.share_interval(int(held.sum()), draws)
    return {
        **asdict(setting),
        "curves": CURVES,
        "groups": int(sample(setting, 0)[1][-1]) + 1,
        "draws": draws,
        "coverage": held.mean(),
        "low": round(low, 5),
        "high": round(high, 5),
        "width": round(float(np.median(ends[:, 1] - ends[:, 0])), 4),
        "held_at_first": int(held[:REPEATED].sum()),
        "items_alone": _held(np.array(alone), setting.truth).mean() if alone else None,
        # Slopes of every shape have the standard deviation 1.
        "sd_coverage": _held(ends[:, 2:], 1.0).mean() if ends.shape[1] > 2 else None,
    }


def _held(ends: np.ndarray, truth: float) -> np.ndarray:
    return (ends[:, 0] <= truth) & (truth <= ends[:, 1])


def code_hash() -> str:
    """Return the hash of the code whose coverage this is, and of this file, without comments."""
    files = (Path(groups.__file__), Path(training_pairs.__file__), Path(__file__))
    return files_hash(files)


def make() -> Path:
    """Return the table's file, with its provenance beside it; simulating all takes minutes."""
    began = code_hash()
    table = pd.DataFrame([coverage(setting) for setting in settings()])
    file = measured_folder() / "coverage.csv"
    table.to_csv(file, index=False)
    write_provenance(file, began)
    return file


def _vectors(spread: float, random: np.random.Generator) -> np.ndarray:
    """Return a vector made from training pairs, and those of resampled groups of them.

    A pair's difference is the true vector, (1, 0, …), and noise: of its length a little, of its
    direction more. `spread` is the standard deviation of the made vector along every other way.
    """
    ways = 1 + OTHER_WAYS
    shared = random.standard_normal((TRAINING_GROUPS, 1, ways))
    apart = random.standard_normal((TRAINING_GROUPS, PER_TRAINING_GROUP, ways))
    noise = np.sqrt(TRAINING_ALIKE) * shared + np.sqrt(1 - TRAINING_ALIKE) * apart
    variance = TRAINING_ALIKE + (1 - TRAINING_ALIKE) / PER_TRAINING_GROUP
    differences = noise.mean(axis=1) * spread * np.sqrt(TRAINING_GROUPS / variance)
    differences[:, 0] = 1 + 0.3 * differences[:, 0]
    even = np.full(TRAINING_GROUPS, 1 / TRAINING_GROUPS)
    times = random.multinomial(TRAINING_GROUPS, even, size=VECTORS)
    return np.vstack([even, times / TRAINING_GROUPS]) @ differences


def _drawn(shape: str, random: np.random.Generator, count: int) -> np.ndarray:
    """Return independent values with mean zero and variance one."""
    if shape == "anti-steerable fifth":
        against = random.random(count) < 0.2
        return np.where(against, -2.0, 0.5)
    if shape == "heavy tails":
        return random.standard_t(5, count) / np.sqrt(5 / 3)
    return random.standard_normal(count)


if __name__ == "__main__":
    print(make())
