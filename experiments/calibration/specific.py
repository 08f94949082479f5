"""Claims that a vector does more than those of other concepts, or another one more than it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from experiments.calibration.cases import Array, Case
from experiments.calibration.tables import by_replicate, table
from experiments.calibration.world import WAYS, World, gradients
from steering.analysis.specificity import specificity
from steering.analysis.verdict.outcomes import MOVES, OTHER_FIRST, OWN_FIRST
from steering.analysis.verdict.specific import specific_verdicts
from steering.records.directions import CONTRASTIVE, OTHER

OWN, ANOTHER = "does more than other concepts' vectors", "another concept's vector does more"
OTHERS = 20
PER_SIDE, NOMINAL = 0.025, 0.05
EXCHANGEABLE = float("nan")


def cases() -> Iterator[Case]:
    """Yield every case."""
    for world in (World(), World(groups=12, heavy=True)):
        name = "own vector drawn like the others"
        draw = partial(claimed, world, OWN, ())
        yield Case(OWN, name, world.setting, False, NOMINAL, draw, family=1)
        for ties in (1, 5):
            name = f"{ties} other{'s do' if ties > 1 else ' does'} as much"
            draw = partial(claimed, world, ANOTHER, (6.0, *[6.0] * ties))
            yield Case(ANOTHER, name, world.setting, False, PER_SIDE, draw, size=6.0)
    for size in (2.0, 3.0, 4.0, 6.0):
        draw = partial(claimed, World(), OWN, (size,))
        name = "own effect, others as random"
        yield Case(OWN, name, World().setting, True, np.nan, draw, size=size)
    for size in (7.0, 8.0, 10.0):
        draw = partial(claimed, World(), ANOTHER, (6.0, size))
        name = "another vector's effect, own 6"
        yield Case(ANOTHER, name, World().setting, True, np.nan, draw, size=size)


def claimed(
    world: World,
    claim: str,
    effects: tuple[float, ...],
    random: np.random.Generator,
    count: int,
) -> tuple[Array, None]:
    """Return whether the claim is made of a vector that moves the answer.

    `effects` are the mean slopes of the own vector and of the first others. The rest do what random
    vectors do, or, where another one's effect is given, nearly nothing.
    """
    content, position = gradients(world, random, count)
    vectors = random.standard_normal((count, 1 + OTHERS, WAYS))
    vectors /= np.linalg.norm(vectors, axis=2, keepdims=True)
    along = vectors @ content[0].transpose(0, 2, 1)
    asked = 0.1 * along if len(effects) > 1 else along.copy()
    for at, effect in enumerate(effects):
        asked[:, at] = effect
    vectors = vectors + (asked - along) * content[0] / WAYS
    both = np.stack([content[1] + position[1], content[1] - position[1]], axis=2)
    slopes = np.einsum("rvw,rqow->rvqo", vectors, both, optimize=True)
    group = np.repeat(np.arange(world.groups), world.per_group)
    curves = table(slopes[:, :1], group, CONTRASTIVE)
    matrix = table(slopes[:, 1:], group, OTHER)
    matrix["vector_concept"] = "o" + matrix["number"].astype(str).str.zfill(2)
    columns = ["model", "concept", "vector_concept", "form", "operator", "maker", "layer"]
    matrix = matrix[[*columns, "item", "order", "steerability"]]
    steering = curves[["model", "concept", "kind", "form"]].drop_duplicates()
    steering = steering.assign(direction=CONTRASTIVE, outcome=MOVES)
    judged = specific_verdicts(specificity(curves, matrix), steering)
    return by_replicate(judged, (OWN_FIRST if claim == OWN else OTHER_FIRST,), count), None
