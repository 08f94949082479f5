"""The same claims in tables that were measured: labels permuted, and effects removed.

The committed runs of public data sets on models of ours give slopes of the vector, of random and
shuffled ones, and of resampled training pairs, as models have them. A replicate takes a run, and as
many of its questions as it has, with replacement. So a run's questions are the population; what is
claimed wrongly there is known. Replicates of one run are not independent: runs are the units.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.calibration.cases import Array, Case
from experiments.calibration.gate import PASSES, judged
from experiments.calibration.movement import LETTERS, MOVED, PUSHED, STEERS
from experiments.calibration.questions import WRONG
from experiments.calibration.tables import all_answer, by_replicate, curves
from experiments.calibration.world import RESAMPLED, Slopes, World
from steering.analysis.answering import unsteered
from steering.analysis.curves import curve_table, select
from steering.analysis.verdict.letter import letter_verdicts
from steering.analysis.verdict.movement import steering_verdicts
from steering.analysis.verdict.outcomes import FOLLOWS, REVERSED
from steering.analysis.verdict.question import question_verdicts
from steering.clone import measured_folder
from steering.models.catalogue import own_models
from steering.records import directions
from steering.records.results import read_results

PERMUTED, RANDOM, REMOVED = (
    "measured: labels permuted",  # one of the shuffled vectors is taken for the vector
    "measured: a random vector",
    "measured: the effect removed",  # slopes centred, other training pairs and questions drawn
)
IGNORED = "measured: choices permuted"  # a coin for each question says which one is positive
NOMINAL = 0.05
VECTORS = (
    directions.CONTRASTIVE,
    directions.RANDOM,
    directions.SHUFFLED,
    directions.RESAMPLED,
)


@dataclass(frozen=True)
class Run:
    """Slopes of one committed run, vector × question × order, and what it answers unsteered."""

    slopes: dict[str, Array]
    unsteered: dict[str, Array]


def cases() -> Iterator[Case]:
    """Yield every case."""
    setting = f"{len(runs())} measured runs of public data sets, 50 questions"
    for claim in (STEERS, LETTERS):
        for name in (PERMUTED, RANDOM, REMOVED):
            draw = partial(claimed, name, claim, 0.0)
            yield Case(claim, name, setting, False, NOMINAL, draw)
    for size in (2.0, 3.0, 4.0, 6.0):
        name = "measured: another effect put in"
        draw = partial(claimed, REMOVED, STEERS, size)
        yield Case(STEERS, name, setting, True, np.nan, draw, size=size)
    kind = "false discoveries"
    claim, draw = f"{WRONG}, or the right way", partial(claimed, PERMUTED, WRONG, 0.0)
    yield Case(claim, PERMUTED, setting, False, NOMINAL, draw, kind, family=50)
    yield Case(PASSES, IGNORED, setting, False, NOMINAL, partial(passed))


def claimed(
    null: str, claim: str, size: float, random: np.random.Generator, count: int
) -> tuple[Array, Array]:
    """Return whether the claim is made, and the run that each replicate is from."""
    unit = random.integers(len(runs()), size=count)
    parts = [replicate(runs()[at].slopes, null, size, random) for at in unit]
    drawn = Slopes(
        *(np.stack([part[name] for part in parts]) for name in ("own", "random", "shuffled")),
        truth=np.empty(0),
        group=np.arange(parts[0]["own"].shape[1]),
    )
    if claim == WRONG:
        verdicts = question_verdicts(curves(drawn, whole=True))
        found = verdicts["outcome"].isin([REVERSED, FOLLOWS])
        return found.groupby(verdicts["model"]).any().sort_index().to_numpy(float), unit
    table = curves(drawn)
    if claim == LETTERS:
        return by_replicate(letter_verdicts(table), PUSHED, count), unit
    return by_replicate(steering_verdicts(table, all_answer(table)), MOVED, count), unit


def replicate(
    slopes: dict[str, Array], null: str, size: float, random: np.random.Generator
) -> dict[str, Array]:
    """Return slopes of a vector whose claims are false, of its resampled ones, and of its nulls.

    Each of the latter: vector × question × order, of questions drawn with replacement.
    """
    parts = dict(slopes)
    contrastive, resampled = parts[directions.CONTRASTIVE], parts[directions.RESAMPLED]
    noise = resampled[random.permutation(len(resampled))] - contrastive
    if null == REMOVED:
        # Of the population: the mean content and the mean position of the vector itself.
        spread = np.sqrt((parts[directions.RANDOM].mean(axis=(1, 2)) ** 2).mean())
        own = contrastive - contrastive.mean(axis=1, keepdims=True) + noise[-1:] + size * spread
    else:
        kind = directions.SHUFFLED if null == PERMUTED else directions.RANDOM
        place = int(random.integers(len(parts[kind])))
        own = parts[kind][place : place + 1]
        parts[kind] = np.delete(parts[kind], place, axis=0)
    asked = random.integers(own.shape[1], size=own.shape[1])
    return {
        "own": np.concatenate([own, own + noise[:RESAMPLED]])[:, asked],
        # As many of each in every replicate.
        "random": parts[directions.RANDOM][:FEWEST_RANDOM][:, asked],
        "shuffled": parts[directions.SHUFFLED][:FEWEST_SHUFFLED][:, asked],
    }


FEWEST_RANDOM, FEWEST_SHUFFLED = 39, 19


def passed(random: np.random.Generator, count: int) -> tuple[Array, Array]:
    """Return whether models are said to answer when nothing can be known of the choices."""
    unit = random.integers(len(runs()), size=count)
    propensities: dict[str, list[Array]] = {name: [] for name in ("BASE", "SYS_POS", "SYS_NEG")}
    for at in unit:
        still = runs()[at].unsteered
        questions = len(still["BASE"])
        asked = random.integers(questions, size=questions)
        coin = random.choice((-1.0, 1.0), size=(questions, 1))
        for name, values in propensities.items():
            both = still[name][asked]
            content = both.mean(axis=1, keepdims=True)
            values.append(both - content + coin * content)
    world = World(groups=len(asked))
    tables = {name: np.stack(values)[:, None] for name, values in propensities.items()}
    return judged(world, tables), unit


@cache
def runs() -> tuple[Run, ...]:
    """Return the slopes and the unsteered propensities of the committed runs of models of ours.

    Those of other models are left out: how they were measured differs, and more may join any time.
    """
    ours = [measured_folder() / "runs" / model for model in sorted(own_models())]
    folders = sorted(path.parent for model in ours for path in model.glob("*/card.json"))
    return tuple(_run(folder) for folder in folders)


def _run(folder: Path) -> Run:
    results = read_results([folder])
    own = select(curve_table(results), direction=None)
    slopes = {
        name: _wide(part, "number", "steerability")
        for name, part in own.groupby("direction")
        if name in VECTORS
    }
    still = unsteered(results).merge(
        results.prompts[["item", "order", "prompt_setting", "positive_letter"]],
        on=["item", "order", "prompt_setting"],
    )
    still = still[still["item"].isin(own["item"])]
    tables = {
        str(name): _wide(part.assign(number=0), "number", "propensity")[0]
        for name, part in still.groupby("prompt_setting")
    }
    return Run(slopes, tables)


def _wide(part: pd.DataFrame, vector: str, value: str) -> Array:
    """Return values as vector × question × order, the positive answer at A first."""
    wide = part.pivot(index=[vector, "item"], columns="positive_letter", values=value).sort_index()
    count = part[vector].nunique()
    return wide[["A", "B"]].to_numpy(dtype=np.float64).reshape(count, -1, 2)
