"""Copies of a prompt's steered tokens: how each is changed, and which logits are read of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import torch
from jaxtyping import Float
from torch import Tensor

from steering.forward import passes
from steering.forward.scores import PROPENSITY, SCORES, Score
from steering.prompts.rendering import Prompt
from steering.records.tables import TODAY
from steering.vectors.arithmetic import Vector
from steering.vectors.operators import OPERATORS


@dataclass(frozen=True)
class Intervention:
    """A vector, the layer at whose output it acts, and the operator that applies it.

    Attributes:
        vector_setting: the prompt setting whose training prompts the vector comes from.
        direction, number, vector_concept: which vector it is, see `steering.records.directions`.
            An empty `vector_concept` stands for the concept of the prompts.
        layer: the decoder block, counted from 0, whose output is changed.
        vector: the vector.
        operator: a name in `OPERATORS`.
        maker: how the direction was made, a name in `MAKERS`.
        origin: the mean of the negative answers at the same layer, for operators that need it.
    """

    vector_setting: str
    direction: str
    layer: int
    vector: Vector
    number: int = 0
    vector_concept: str = ""
    operator: str = TODAY["operator"]
    maker: str = TODAY["maker"]
    origin: Vector | None = None


@dataclass(frozen=True)
class Curves:
    """Interventions that are measured alike: under the same λ, and by the same scores."""

    interventions: Sequence[Intervention]
    multipliers: Sequence[float]
    scores: Sequence[str] = (PROPENSITY,)

    @property
    def normalised(self) -> bool:
        """Return whether any of the scores needs the logits of the whole vocabulary."""
        return any(SCORES[name].normalised for name in self.scores)


@dataclass(frozen=True)
class Copy:
    """A steered copy of a prompt, and where what is read of it belongs.

    Attributes:
        curves, place, at: the index of its curves, and in them of its intervention and its λ.
        intervention, multiplier: how it is steered.
        normalised: whether the logits of the whole vocabulary are computed for it.
    """

    curves: int
    place: int
    at: int
    intervention: Intervention
    multiplier: float
    normalised: bool = False


@dataclass(frozen=True)
class Copies:
    """The copies of a prompt: the first is unsteered, each of the others has one λ.

    Attributes:
        steered: all copies but the first, in ascending order of layers.
        normalised: whether the unsteered copy needs the logits of the whole vocabulary.
        following: whether it is read of the prompt itself how likely the copies' first token is.
    """

    steered: tuple[Copy, ...]
    normalised: bool = False
    following: bool = False

    def __len__(self) -> int:
        return 1 + len(self.steered)

    def edits(self, copies: slice) -> tuple[passes.Edit, ...]:
        """Return the edits of a range of copies, one for each block and operator."""
        edits = []
        for (layer, operator), run in groupby(range(max(1, copies.start), copies.stop), self._kind):
            alike = list(run)
            edits.append(
                passes.Edit(
                    layer,
                    slice(alike[0] - copies.start, alike[-1] + 1 - copies.start),
                    torch.stack([self._of(copy).intervention.vector for copy in alike]),
                    torch.tensor([self._of(copy).multiplier for copy in alike]),
                    OPERATORS[operator].apply,
                    origins_of([self._of(copy).intervention.origin for copy in alike]),
                )
            )
        return tuple(edits)

    def whole(self, copies: slice) -> tuple[int, ...]:
        """Return which of a range of copies need the logits of the whole vocabulary."""
        each = (self.normalised, *(copy.normalised for copy in self.steered))
        return tuple(place for place, needed in enumerate(each[copies]) if needed)

    def _of(self, copy: int) -> Copy:
        return self.steered[copy - 1]

    def _kind(self, copy: int) -> tuple[int, str]:
        return self._of(copy).intervention.layer, self._of(copy).intervention.operator


def origins_of(each: Sequence[Vector | None]) -> Float[Tensor, "#copy #width"]:
    """Return the origins of some copies: zeros where there is none, and one zero if none has any.

    So nothing more is sent to a service for operators that need none.
    """
    known = [one for one in each if one is not None]
    if not known:
        return torch.zeros(1, 1)
    none = torch.zeros_like(known[0])
    return torch.stack([none if one is None else one for one in each])


def copies_under(curves: Sequence[Curves]) -> Copies:
    """Return the copies of a prompt that some curves take.

    If an operator changes nothing at λ = 0, the unsteered copy is its λ = 0.
    """
    steered = [
        Copy(number, place, at, one, multiplier, each.normalised)
        for number, each in enumerate(curves)
        for place, one in enumerate(each.interventions)
        for at, multiplier in enumerate(each.multipliers)
        if multiplier != 0 or not OPERATORS[one.operator].identity_at_zero
    ]
    steered.sort(key=lambda copy: copy.intervention.layer)
    return Copies(tuple(steered), any(each.normalised for each in curves))


def read_answers(
    prompts: Sequence[Prompt], scores: Sequence[Score]
) -> list[tuple[Sequence[int], Sequence[int]]]:
    """Return for each prompt the tokens of (A) and of (B) that are read for any of the scores."""
    forms = {prompt.form for prompt in prompts}, {score.form for score in scores}
    assert forms[0] == forms[1], "a score reads prompts of its own form"
    pairs = []
    for prompt in prompts:
        each = [score.answers(prompt) for score in scores]
        a, b = (max((pair[side] for pair in each), key=len) for side in (0, 1))
        assert all(
            tuple(long[: len(one)]) == tuple(one)
            for pair in each
            for one, long in zip(pair, (a, b), strict=True)
        ), "all scores read the beginnings of the same answers"
        pairs.append((a, b))
    return pairs
