"""Claims about other words: that an effect is lost, reversed or kept in a family of wordings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from experiments.calibration.cases import Array, Case
from experiments.calibration.tables import KIND, by_replicate
from steering.analysis.brittleness import MARGIN
from steering.analysis.verdict.outcomes import BRITTLE, KEPT, MOVES, TURNED
from steering.analysis.verdict.wording import wording_verdicts
from steering.records.directions import CONTRASTIVE
from steering.records.tables import TODAY
from steering.records.wordings import PUBLISHED

LOST = "loses part of its effect in other words"
REVERSES = "reverses in other words"
HOLDS = "in other words, keeps its effect"
OUTCOMES = {LOST: (BRITTLE, TURNED), REVERSES: (TURNED,), HOLDS: (KEPT,)}
PER_SIDE = 0.025
QUESTIONS = 0.5  # standard deviation of questions' slopes, of which the mean is one


@dataclass(frozen=True)
class Words:
    """A family of wordings. Standard deviations are shares of the mean slope as published.

    Attributes:
        wordings, groups: how many there are.
        apart: how much wordings of the family differ in the effect that they leave.
        swayed: how much the family as a whole moves single questions.
        left: what is left over, of a single wording on a single question.
        heavy: whether all of these have heavy tails (Student's t, 3).
    """

    wordings: int = 5
    groups: int = 20
    apart: float = 0.1
    swayed: float = 0.3
    left: float = 0.2
    heavy: bool = False

    @property
    def setting(self) -> str:
        """Return in words what wordings and questions there are."""
        tails = ", heavy tails" if self.heavy else ""
        return f"{self.wordings} wordings {self.apart:g} apart on {self.groups} questions{tails}"


USUAL = Words()
WORLDS = (
    USUAL,
    Words(apart=0.4),
    Words(wordings=4, groups=12, apart=0.2, heavy=True),
    Words(apart=0.0, swayed=0.6),
)


def cases() -> Iterator[Case]:
    """Yield every case."""
    for words in WORLDS:
        for claim, share in ((LOST, MARGIN[0]), (REVERSES, 0.0), (HOLDS, MARGIN[0])):
            name, draw = f"{share:g} of the effect is left", partial(claimed, words, share, claim)
            yield Case(claim, name, words.setting, False, PER_SIDE, draw, size=share)
    for claim, shares in (
        (LOST, (0.6, 0.4, 0.2)),
        (REVERSES, (-0.2, -0.4, -0.8)),
        (HOLDS, (0.9, 1.0, 1.2)),
    ):
        for share in shares:
            name, draw = "the share that is left", partial(claimed, USUAL, share, claim)
            yield Case(claim, name, USUAL.setting, True, np.nan, draw, size=share)


def claimed(
    words: Words, share: float, claim: str, random: np.random.Generator, count: int
) -> tuple[Array, None]:
    """Return whether the claim is made, for a vector that moves the answer as published."""
    table = in_words(words, share, random, count)
    steering = table[["model", "concept", "form"]].drop_duplicates()
    steering = steering.assign(kind=KIND, direction=CONTRASTIVE, outcome=MOVES)
    return by_replicate(wording_verdicts(table, steering), OUTCOMES[claim], count), None


def in_words(words: Words, share: float, random: np.random.Generator, count: int) -> pd.DataFrame:
    """Return slopes of some replicates as published and in a family: this share is left there."""

    def drawn(*shape: int) -> Array:
        if words.heavy:
            return random.standard_t(3, (count, *shape)) / np.sqrt(3)
        return random.standard_normal((count, *shape))

    base = 1 + QUESTIONS * drawn(1, words.groups)
    own = share * base + words.apart * drawn(words.wordings, 1)
    own = own + words.swayed * drawn(1, words.groups)
    own = own + words.left * drawn(words.wordings, words.groups)
    values = np.concatenate([base, own], axis=1)
    at, wording, group = np.indices(values.shape).reshape(3, -1)
    return pd.DataFrame(
        {
            "model": [f"m{one:04d}" for one in at],
            "concept": "c",
            "form": TODAY["form"],
            "wording_family": np.where(wording == 0, PUBLISHED, "family"),
            "wording": [f"w{one}" for one in wording],
            "item": group,
            "order": 0,
            "group": [f"g{one:02d}" for one in group],
            "steerability": values.reshape(-1),
            "letter_mass": 1.0,
        }
    )
