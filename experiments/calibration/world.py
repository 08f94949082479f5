"""A small world in which vectors, made as the report makes them, have effects that are known.

A question's two curves have gradients: what a vector does to them is the product of the two. Half
of the sum of both gradients is the question's content, half of the difference its position. The
vector is a mean of differences of training pairs; vectors of resampled groups of pairs, of shuffled
labels (a coin for each pair), and random vectors of its norm are made from it as in the report.
All sizes are in units of the spread of random vectors' mean slopes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from experiments.calibration.cases import Array
from steering.prompts import said
from steering.records.tables import TODAY

WAYS = 24  # axes of the world
RANDOM, SHUFFLED, RESAMPLED = 40, 20, 20
TRAINING_GROUPS, PER_TRAINING_GROUP = 34, 3


@dataclass(frozen=True)
class World:
    """What is drawn.

    Attributes:
        groups: groups of test questions; `per_group` questions in each, in both orders.
        alike: whether the two orders of a question are nearly alike, or independent.
        heavy: whether questions and training pairs vary with heavy tails (Student's t, 3).
        spread: standard deviation of questions' slopes under a random vector.
        together: part of the questions' variance that questions of one group share.
        training: standard deviation of the mean slope from training pairs.
        shared: part of the training pairs' variance that pairs of one group share.
        effect: mean slope of the true vector.
        push: its mean push towards A, half of the slope at A less that at B.
        vector: where the vector comes from: "pairs", or "random", or "shuffled" (pairs of which it
            is said by a coin which answer is the positive one; they hold the effect).
        centred: whether the questions' slopes along the vector have mean zero in truth.
        resampled: how many vectors of resampled pairs there are.
        swayed: standard deviation, over groups, of what a group adds to the slopes of this vector
            and of no other; its mean is zero in truth.
        planted: slopes of the questions along the true vector, over and over again; nothing where
            they are as the gradients give them.
    """

    groups: int = 50
    per_group: int = 1
    alike: bool = True
    heavy: bool = False
    spread: float = 1.2
    together: float = 0.4
    training: float = 0.3
    shared: float = 0.0
    effect: float = 0.0
    push: float = 0.0
    vector: str = "pairs"
    centred: bool = False
    resampled: int = RESAMPLED
    swayed: float = 0.0
    planted: tuple[float, ...] = ()

    @property
    def setting(self) -> str:
        """Return in words what questions there are."""
        items = "1 question" if self.per_group == 1 else f"{self.per_group} questions"
        orders = "alike" if self.alike else "independent"
        tails = ", heavy tails" if self.heavy else ""
        return f"{self.groups} groups of {items}, orders {orders}{tails}"

    def asked(self, drawn: Slopes) -> Slopes:
        """Return the slopes as they are measured: all questions, in both orders."""
        return drawn


REQUESTS = {0.0: "that do not differ", 0.4: "that differ", 0.8: "that differ much"}


@dataclass(frozen=True)
class Spoken(World):
    """A world of pairs of texts behind requests, which are their groups; there are no orders.

    Attributes:
        pairs: how many pairs share the requests in turn, so that some requests may have one less.
    """

    groups: int = 12
    per_group: int = 2
    pairs: int = 20

    @property
    def setting(self) -> str:
        """Return in words what pairs there are."""
        tails = ", heavy tails" if self.heavy else ""
        return f"{self.pairs} pairs behind {self.groups} requests {REQUESTS[self.together]}{tails}"

    @property
    def there(self) -> NDArray[np.int64]:
        """Return the places of the pairs among `groups` times `per_group`, a group's together."""
        places = np.arange(self.groups * self.per_group)
        turn = places % self.per_group * self.groups + places // self.per_group
        return places[turn < self.pairs]

    def asked(self, drawn: Slopes) -> Slopes:
        """Return the slopes of the pairs that there are, without orders."""
        single, there = without_orders(drawn), self.there
        parts = {name: getattr(single, name)[:, :, there] for name in VECTORS}
        return replace(single, **parts, group=drawn.group[there], form=said.NAME)


@dataclass(frozen=True)
class Slopes:
    """Slopes: replicate × vector × question × order (the positive answer at A, at B).

    `own` holds the vector's and then those of resampled pairs, `truth` those of the true vector
    (one "vector"); of random and shuffled vectors the mean over questions is enough for most.
    `form` is that of the questions.
    """

    own: Array
    random: Array
    shuffled: Array
    truth: Array
    group: Array
    form: str = TODAY["form"]


VECTORS = ("own", "random", "shuffled", "truth")


def without_orders(drawn: Slopes) -> Slopes:
    """Return slopes with the mean of both orders alone: a rule on means needs no more."""
    parts = {name: getattr(drawn, name).mean(axis=3, keepdims=True) for name in VECTORS}
    return replace(drawn, **parts)


def slopes(world: World, random: np.random.Generator, count: int) -> Slopes:
    """Return the slopes of some replicates."""
    content, position = gradients(world, random, count)
    vectors = made(world, content[0], position[0], random, count)
    if world.planted:
        asked = np.resize(world.planted, content[1].shape[1])[None, :, None]
        along = vectors[3] / np.linalg.norm(vectors[3], axis=2, keepdims=True) ** 2
        content = (
            content[0],
            content[1] + (asked - content[1] @ vectors[3].transpose(0, 2, 1)) * along,
        )
    both = np.stack([content[1] + position[1], content[1] - position[1]], axis=2)
    own, by_random, by_shuffled, truth = (
        np.einsum("rvw,rqow->rvqo", of, both, optimize=True) for of in vectors
    )
    group = np.repeat(np.arange(world.groups), world.per_group)
    if world.swayed:
        of_group = world.swayed * drawn(world, random, (count, world.groups))
        own, truth = (values + of_group[:, None, group, None] for values in (own, truth))
    return world.asked(Slopes(own, by_random, by_shuffled, truth, group))


def gradients(
    world: World, random: np.random.Generator, count: int
) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """Return content and position: the mean gradient of each, and every question's."""
    questions = world.groups * world.per_group
    part = 0.5 if world.alike is False else 0.02
    parts = []
    for length, share in ((1.0, 1 - part), (0.3, part)):
        mean = random.standard_normal((count, 1, WAYS))
        mean *= length * np.sqrt(WAYS) / np.linalg.norm(mean, axis=2, keepdims=True)
        apart = drawn(world, random, (count, world.groups, 1, WAYS)) * np.sqrt(world.together)
        apart = apart + drawn(
            world, random, (count, world.groups, world.per_group, WAYS)
        ) * np.sqrt(1 - world.together)
        apart = apart.reshape(count, questions, WAYS)
        parts.append((mean, mean + world.spread * np.sqrt(share) * apart))
    return parts[0], parts[1]


def made(
    world: World, content: Array, position: Array, random: np.random.Generator, count: int
) -> tuple[Array, Array, Array, Array]:
    """Return the vector and its resampled ones, random, shuffled vectors, and the true one.

    `content` and `position` are the mean gradients, of length √WAYS and a part of it: a vector of
    length 1/√WAYS along the content has mean slope 1, as much as the spread of random unit vectors.
    """
    true = random.standard_normal((count, 1, WAYS))
    if world.vector != "random":
        # Of unit length but for the effect and the push, which are put in exactly.
        axes = np.concatenate([content, position], axis=1)
        inner = np.linalg.inv(axes @ axes.transpose(0, 2, 1))
        true -= true @ axes.transpose(0, 2, 1) @ inner @ axes
        true /= np.linalg.norm(true, axis=2, keepdims=True)
        true += np.array([[world.effect, world.push]]) @ inner @ axes
    else:
        true /= np.linalg.norm(true, axis=2, keepdims=True)
    groups = TRAINING_GROUPS
    shared = drawn(world, random, (count, groups, 1, WAYS)) * np.sqrt(world.shared)
    apart = drawn(world, random, (count, groups, PER_TRAINING_GROUP, WAYS))
    noise = shared + apart * np.sqrt(1 - world.shared)
    variance = world.shared + (1 - world.shared) / PER_TRAINING_GROUP
    noise *= world.training * np.sqrt(groups / variance / WAYS)
    pairs = true[:, :, None] + noise
    if world.centred:
        pairs = pairs - (pairs @ content[:, 0, None, :, None]) / WAYS * content[:, None]
    if world.vector == "shuffled":
        pairs = pairs * random.choice((-1.0, 1.0), size=(count, groups, PER_TRAINING_GROUP, 1))
    flat = pairs.reshape(count, -1, WAYS)
    even = np.full(groups, 1 / groups)
    times = random.multinomial(groups, even, size=(count, world.resampled)) / groups
    own = np.concatenate([flat.mean(axis=1, keepdims=True), times @ pairs.mean(axis=2)], axis=1)
    coins = random.choice((-1.0, 1.0), size=(count, SHUFFLED, flat.shape[1]))
    length = np.linalg.norm(own[:, :1], axis=2, keepdims=True)
    free = random.standard_normal((count, RANDOM, WAYS))
    free *= length / np.linalg.norm(free, axis=2, keepdims=True)
    return own, free, coins @ flat / flat.shape[1], true


def drawn(world: World, random: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Return independent values with mean zero and variance one."""
    if world.heavy:
        return random.standard_t(3, shape) / np.sqrt(3)
    return random.standard_normal(shape)
