"""Claims about steering and about letters: in worlds without an effect, and with one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from experiments.calibration.cases import Array, Case
from experiments.calibration.tables import (
    OF_MEANS,
    all_answer,
    by_replicate,
    curves,
)
from experiments.calibration.world import VECTORS, Slopes, World, slopes, without_orders
from steering.analysis.verdict.letter import letter_verdicts
from steering.analysis.verdict.movement import steering_verdicts
from steering.analysis.verdict.outcomes import MOVES, TOWARDS_A, TOWARDS_B, WRONG_WAY

NOMINAL = 0.05
MOVED, PUSHED = (MOVES, WRONG_WAY), (TOWARDS_A, TOWARDS_B)
STEERS = "moves the answer, or moves it the wrong way"
RIGHT_WAY, REVERSED = "moves the answer", "moves it the wrong way"
LETTERS = "pushes towards a letter"

QUESTIONS = (
    World(),
    World(alike=False, heavy=True),
    World(groups=17, per_group=3),
    World(groups=20),
    World(groups=10),
)
NOISY = World(training=1.5, shared=0.7)
NULLS = {
    "a random vector": World(vector="random"),
    "a vector of shuffled labels": World(vector="shuffled", effect=3, training=1.5),
    "no effect, pairs vary little": World(training=0.3),
    "no effect, pairs vary much": World(training=1.5),
    "no effect, groups of pairs vary much": NOISY,
    "no mean effect, questions vary much": World(centred=True, spread=3.0),
}
EVERYWHERE = list(NULLS)[:3]
SIZES = (1.0, 2.0, 3.0, 4.0, 6.0)
FAMILY, TRUE_ONES = 27, 9
FAMILIES = (
    ("none of 27 concepts has an effect", NOISY, 0),
    (f"{TRUE_ONES} of {FAMILY} concepts have an effect", World(training=1.0), TRUE_ONES),
)


def cases() -> Iterator[Case]:
    """Yield every case of the two claims."""
    for claim, judge in ((STEERS, steered), (LETTERS, pushed)):
        for name, null in NULLS.items():
            everywhere = claim == STEERS and name in EVERYWHERE
            for questions in QUESTIONS if everywhere else QUESTIONS[-1:]:
                world = of_questions(null, questions)
                draw = partial(judge, world)
                yield Case(claim, name, world.setting, False, NOMINAL, draw)
        for noise in (0.3, 1.0) if claim == STEERS else (0.3,):
            for size in SIZES:
                effect = {"effect": size} if claim == STEERS else {"push": size * PUSH}
                world = replace(World(training=noise), **effect)
                name, draw = f"pairs vary by {noise:g}", partial(judge, world)
                yield Case(claim, name, world.setting, True, np.nan, draw, size=size)
    for name, null, true_ones in FAMILIES:
        world = replace(null, groups=20)
        draw = partial(family, world, true_ones)
        kind = "false discoveries"
        yield Case(STEERS, name, world.setting, False, NOMINAL, draw, kind, family=FAMILY)


def of_questions(world: World, questions: World) -> World:
    """Return a world with the questions of another one."""
    names = ("groups", "per_group", "alike", "heavy")
    return replace(world, **{name: getattr(questions, name) for name in names})


# A push is given in units of the spread of random vectors' pushes, which is this much smaller.
PUSH = 0.3


def steered(world: World, random: np.random.Generator, count: int) -> tuple[Array, None]:
    """Return whether the vector is said to move the answer, either way."""
    table = curves(without_orders(slopes(world, random, count)))[OF_MEANS]
    return by_replicate(steering_verdicts(table, all_answer(table)), MOVED, count), None


def pushed(world: World, random: np.random.Generator, count: int) -> tuple[Array, None]:
    """Return whether the vector is said to push towards a letter."""
    return by_replicate(letter_verdicts(curves(slopes(world, random, count))), PUSHED, count), None


def family(
    world: World, true_ones: int, random: np.random.Generator, count: int
) -> tuple[Array, None]:
    """Return the share of false ones among the claims of each family of concepts."""
    shares = [_false_among(world, true_ones, random) for _ in range(count // AT_ONCE)]
    return np.concatenate(shares), None


AT_ONCE = 10  # families in one table


def _false_among(world: World, true_ones: int, random: np.random.Generator) -> Array:
    """Return the share of false ones among the claims of `AT_ONCE` families."""
    drawn = slopes(world, random, AT_ONCE * (FAMILY - true_ones))
    if true_ones:
        drawn = both(slopes(replace(world, effect=6.0), random, AT_ONCE * true_ones), drawn)
    table = curves(without_orders(drawn), concepts=FAMILY)[OF_MEANS]
    found = steering_verdicts(table, all_answer(table))
    made = by_replicate(found, MOVED, AT_ONCE * FAMILY).reshape(AT_ONCE, FAMILY)
    right = by_replicate(found, (MOVES,), AT_ONCE * FAMILY).reshape(AT_ONCE, FAMILY)
    false = made.sum(axis=1) - right[:, :true_ones].sum(axis=1)
    return np.asarray(false / np.maximum(made.sum(axis=1), 1))


def both(first: Slopes, second: Slopes) -> Slopes:
    """Return families of the concepts of both, those of the first before those of the second."""

    def together(a: Array, b: Array) -> Array:
        shape = (AT_ONCE, -1, *a.shape[1:])
        return np.concatenate([a.reshape(shape), b.reshape(shape)], axis=1).reshape(
            -1, *a.shape[1:]
        )

    parts = {name: together(getattr(first, name), getattr(second, name)) for name in VECTORS}
    return replace(first, **parts)
