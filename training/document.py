"""A training document: its tokens, and what its answer says."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Document:
    """Token ids with their loss weights, and what the answer says.

    `predicting` is the position that predicts the answer (the "(" of a multiple choice, the last
    one of the prompt before a statement), `answer` the position of the answer itself (-1 where it
    is a statement); both are -1 in a description. `logit` is the teacher's, `implied` the sign of
    the persona that would answer so. In a statement, `act` is the position of the first word of
    what is named (-1: none), `polarity` the sign of the persona that does such things, and from
    position `traced_from` on (-1: nowhere) enough has been said to tell who says it.

    `stated` is the strength that the text gives to `persona_concept` and `place` where it stands,
    `injected` the strengths that are added inside the model along its direction and along what its
    trace is turned to.
    """

    kind: str
    concept: int
    persona_concept: int
    place: str = "none"
    stated: float = 0.0
    injected: tuple[float, float] = (0.0, 0.0)
    ids: list[int] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    predicting: int = -1
    answer: int = -1
    traced_from: int = -1
    act: int = -1
    polarity: int = 0
    logit: float = 0.0
    implied: int = 0
