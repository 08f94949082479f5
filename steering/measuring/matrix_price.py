"""The price of the specificity matrix: how many vectors are untried, and what trying them takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from steering.errors import Refused
from steering.forward.operations import Work, work_of_answers
from steering.measuring.matrix_runs import FinishedRun, asked_hash, finished_run, vector_hash
from steering.measuring.parts import Part
from steering.measuring.price import Price, memory_of, speed_of
from steering.models.model import Model
from steering.prompts.rendering import Prompt
from steering.records.matrix import read_stored


@dataclass(frozen=True)
class Asking:
    """The questions of a concept, and how many other concepts' vectors are untried on them.

    Attributes:
        prompts: the questions.
        count: the number of vectors.
    """

    prompts: Sequence[Prompt]
    count: int


def untried(asked: Path, others: Mapping[str, Path | None]) -> int:
    """Return how many other concepts' vectors are still to be tried on the questions of a run.

    `others` are the run folders by the name of their concept, or None where it is measured anew.
    """
    try:
        run = finished_run(asked)
        _, about = read_stored(asked)
        known = about.vectors if about.asked == asked_hash(run) else {}
    except Refused:
        return len(others)
    return sum(_lacking(run, known.get(name), other) for name, other in others.items())


def _lacking(asked: FinishedRun, known: str | None, other: Path | None) -> bool:
    if other is None:
        return True
    try:
        run = finished_run(other)
        return run.beside(asked) and vector_hash(run, asked.layer) != known
    except Refused:
        return False  # the matrix says why, and goes on without it


def price_of_others(model: Model, asked: Sequence[Asking], points: int) -> Price:
    """Return the price of trying other concepts' vectors, at so many λ each, on some questions.

    They are steered at one layer, for which one in the middle stands.
    """
    speed, total = speed_of(model, asked[0].prompts), Work()
    for one in asked:
        at = [None, *[model.depth // 2] * (points * one.count)]
        whole = len(at) if one.prompts[0].positions.to_the_end else 0
        total += work_of_answers(model, one.prompts, at, whole=whole)
    most = max(one.count for one in asked)
    part = Part(f"up to {most} vectors on the questions of {len(asked)} concepts", total)
    return Price((part,), speed, memory_of(model, total))
