"""The claims about what a model says: pairs of texts behind requests, which intervals draw.

A pair has one slope, and nothing in it is a letter. Pairs of one request share a part of what
differs between pairs: none of it, two fifths or four fifths. Or all that sways the vector is the
request. There are twenty pairs behind twelve requests, so that four requests have one pair alone;
or twelve pairs, as many as a report takes unless it is told otherwise. Whether a vector is
specific, and whether a prompt does more, are told by the same sums over groups as with letters, and
are not tried again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from experiments.calibration import movement, questions, shifts
from experiments.calibration.cases import Array, Case
from experiments.calibration.gate import SIZES as GATE_SIZES
from experiments.calibration.movement import MOVED, NOMINAL
from experiments.calibration.tables import (
    all_answer,
    as_results,
    by_replicate,
    curves,
    in_free_text,
    table,
)
from experiments.calibration.world import REQUESTS, Spoken, World, drawn, slopes
from steering.analysis.answering import answering
from steering.analysis.brittleness import MARGIN
from steering.analysis.verdict.crossed import crossed_verdicts
from steering.records.directions import CONTRASTIVE, CROSSED

PREFIX = "in free text: "
STEERS = f"{PREFIX}moves what is said, or moves it the wrong way"
WRONG = f"{PREFIX}moves this pair the wrong way"
SAYS = f"{PREFIX}the model says what it is asked to"
FROM_LETTER = f"{PREFIX}the vector read at the letter moves what is said, either way"
FROM_REPLY = "the vector read over replies moves the answer in letters, either way"

DIFFER, MUCH = 0.4, 0.8
WORLD = Spoken(together=DIFFER)
ALONE: dict[str, Any] = {"pairs": 12, "together": DIFFER}  # one pair for each request
HEAVY: dict[str, Any] = {"together": MUCH, "heavy": True}
SWAYED = "no mean effect, requests sway it much"
NULLS = {
    "a random vector": Spoken(vector="random"),
    "a vector of shuffled labels": Spoken(vector="shuffled", effect=3, training=1.5),
    "no effect, training pairs vary little": Spoken(training=0.3),
    "no effect, training pairs vary much": Spoken(training=1.5),
    "no mean effect, requests sway it": Spoken(centred=True, swayed=2.0),
    SWAYED: Spoken(centred=True, swayed=6.0),
}
POWER = {
    "12 pairs": Spoken(**ALONE),
    "20 pairs, requests differ much": Spoken(together=MUCH),
}
FAMILIES = (
    ("none of 27 concepts has an effect", replace(WORLD, training=1.5, shared=0.7), 0),
    ("9 of 27 concepts have an effect", replace(WORLD, training=1.0), movement.TRUE_ONES),
)
FOLLOW_OR_NOT = replace(WORLD, planted=questions.NONE_REVERSED, training=1.5)
SOME_REVERSED = replace(WORLD, planted=questions.SOME_REVERSED, training=1.5)
STEERED = Spoken(effect=6.0, training=1.0)
# What a persona does to a pair differs by as much between pairs, in nats; so do the pairs.
PERSONA, CONTENT = 1.0, 1.0
# What the form's own vector does, where the other form's one is judged.
OWN_EFFECT = 6.0


def cases() -> Iterator[Case]:
    """Yield every case."""
    yield from _of_steering()
    yield from _of_pairs()
    yield from _of_shifts()
    yield from _of_the_gate()
    yield from _of_crossed()


def _of_steering() -> Iterator[Case]:
    for name, null in NULLS.items():
        worlds = [replace(null, together=share) for share in REQUESTS]
        if name in {"a random vector", SWAYED}:
            worlds += [replace(null, **ALONE), replace(null, **HEAVY)]
        for world in worlds:
            draw = partial(movement.steered, world)
            yield Case(STEERS, name, world.setting, False, NOMINAL, draw)
    for name, there in POWER.items():
        for size in movement.SIZES:
            world = replace(there, effect=size)
            draw = partial(movement.steered, world)
            yield Case(STEERS, name, world.setting, True, np.nan, draw, size=size)
    kind = "false discoveries"
    for name, world, true_ones in FAMILIES:
        draw = partial(movement.family, world, true_ones)
        yield Case(STEERS, name, world.setting, False, NOMINAL, draw, kind, family=movement.FAMILY)


def _of_pairs() -> Iterator[Case]:
    either, kind = f"{WRONG}, or the right way", "false discoveries"
    for claim, judged, name, null in (
        (either, "", "a random vector", NULLS["a random vector"]),
        (either, "", "a vector of shuffled labels", NULLS["a vector of shuffled labels"]),
        (WRONG, questions.WRONG, "7 of 10 follow, 3 are not moved", FOLLOW_OR_NOT),
        (WRONG, questions.WRONG, "5 of 10 follow, 2 are reversed", SOME_REVERSED),
    ):
        world = replace(null, together=MUCH)
        draw = partial(questions.false_among, world, judged)
        yield Case(claim, name, world.setting, False, NOMINAL, draw, kind, family=world.pairs)
    for size in (2.0, 4.0, 6.0, 8.0):
        planted = tuple(size / 6 * slope for slope in questions.SOME_REVERSED)
        world, name = replace(WORLD, planted=planted), "2 of 10 are reversed"
        draw = partial(questions.found, world)
        yield Case(WRONG, name, world.setting, True, np.nan, draw, size=size, family=world.pairs)


def _of_shifts() -> Iterator[Case]:
    low, high = MARGIN
    for there in (ALONE, {"together": DIFFER}, {"together": MUCH}):
        world = replace(STEERED, **there)
        for claim, left, nominal in (
            (shifts.EITHER, 1.0, NOMINAL),
            (shifts.LOST, low, shifts.PER_SIDE),
            (shifts.GAINED, high, shifts.PER_SIDE),
            (shifts.HOLDS, low, shifts.PER_SIDE),
        ):
            name, draw = f"{left:g} of the effect is left", partial(shifted, world, left, claim)
            yield Case(PREFIX + claim, name, world.setting, False, nominal, draw, size=left)
    for claim, left in (
        *((shifts.LOST, left) for left in (0.6, 0.4, 0.2)),
        *((shifts.GAINED, left) for left in (1.6, 2.0)),
        *((shifts.HOLDS, left) for left in (0.9, 1.0)),
    ):
        world = replace(STEERED, together=DIFFER)
        name, draw = "the share that is left", partial(shifted, world, left, claim)
        yield Case(PREFIX + claim, name, world.setting, True, np.nan, draw, size=left)


def _of_the_gate() -> Iterator[Case]:
    for world in (
        *(Spoken(together=share) for share in REQUESTS),
        Spoken(**ALONE),
        Spoken(**HEAVY),
    ):
        name, draw = "no persona moves what is said", partial(says, world, 0.0)
        yield Case(SAYS, name, world.setting, False, NOMINAL, draw)
    for size in GATE_SIZES:
        name, draw = "effect of a persona", partial(says, WORLD, size)
        yield Case(SAYS, name, WORLD.setting, True, np.nan, draw, size=size)


def _of_crossed() -> Iterator[Case]:
    lettered = (World(), World(groups=20))
    spoken = (Spoken(together=DIFFER), Spoken(together=MUCH), Spoken(**HEAVY))
    for claim, worlds in ((FROM_LETTER, spoken), (FROM_REPLY, lettered)):
        for world in worlds:
            draw = partial(crossed, replace(world, vector="random"))
            yield Case(claim, "a random vector", world.setting, False, NOMINAL, draw)
        for world in worlds:
            draw = partial(crossed, replace(world, centred=True, swayed=6.0))
            name = "no mean effect, groups of questions sway it much"
            yield Case(claim, name, world.setting, False, NOMINAL, draw)
    for claim, world in ((FROM_LETTER, WORLD), (FROM_REPLY, World())):
        for size in movement.SIZES:
            name, draw = "effect of the vector", partial(crossed, replace(world, effect=size))
            yield Case(claim, name, world.setting, True, np.nan, draw, size=size)


def shifted(
    world: Spoken, share: float, claim: str, random: np.random.Generator, count: int
) -> tuple[Array, None]:
    """Return whether the claim is made, for a vector that moves what is said in distribution."""
    rows = in_free_text(shifts.in_and_out(world, share, random, count))
    return shifts.judged(rows[rows["item"].isin(world.there)], claim, count), None


def says(
    world: Spoken, persona: float, random: np.random.Generator, count: int
) -> tuple[Array, None]:
    """Return whether it is said of each model that it says what a persona asks for."""

    def of_pairs(mean: float, spread: float) -> Array:
        of_request = drawn(world, random, (count, 1, world.groups, 1, 1))
        of_pair = drawn(world, random, (count, 1, world.groups, world.per_group, 1))
        apart = of_request * np.sqrt(world.together) + of_pair * np.sqrt(1 - world.together)
        return (mean + spread * apart).reshape(count, 1, -1, 1)[:, :, world.there]

    base, moved = of_pairs(0.5, CONTENT), of_pairs(persona, PERSONA)
    request = np.repeat(np.arange(world.groups), world.per_group)[world.there]
    asked = {"BASE": base, "SYS_POS": base + moved / 2, "SYS_NEG": base - moved / 2}
    parts = [
        table(values, request, CONTRASTIVE, prompt_setting=setting)
        for setting, values in asked.items()
    ]
    sweep = pd.concat(parts, ignore_index=True).rename(columns={"steerability": "propensity"})
    sweep = in_free_text(sweep)
    # Each pair is a group of items by itself: that requests are drawn is left to the report.
    sweep = sweep.assign(group="p" + sweep["item"].astype("str"), multiplier=0.0)
    answers = answering(as_results(sweep))
    return answers.sort_values("model")["answers"].to_numpy(dtype=np.float64), None


def crossed(world: World, random: np.random.Generator, count: int) -> tuple[Array, None]:
    """Return whether the vector read in the other form is said to move the answer, either way."""
    rows = curves(slopes(world, random, count))
    own = rows["direction"] == CONTRASTIVE
    tried = rows[own].assign(direction=CROSSED)
    rows["steerability"] += OWN_EFFECT * own
    return by_replicate(crossed_verdicts(rows, tried, all_answer(rows)), MOVED, count), None
