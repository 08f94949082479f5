"""The questions for an exported model: withheld items of our concepts and of public sets."""

from __future__ import annotations

from dataclasses import dataclass

from steering.concepts import split_of
from training.items import items, persona_sentence
from training.lexicon import Concept, Planted, concepts
from training.real import label_of, real_set, withheld_items


@dataclass(frozen=True)
class Question:
    """One item: `label` is +1 if its positive answer is Yes; `act` is what a reply can name."""

    statement: str
    label: int
    weight: float = 1.0
    act: str = ""
    context: str = ""


@dataclass(frozen=True)
class QuestionSet:
    """A concept of ours or a public set, its items by split."""

    name: str
    personas: tuple[str, str]
    planted: Planted | None
    parts: dict[str, tuple[Question, ...]]
    concept: Concept | None = None


def own_question_sets(names: tuple[str, ...] = ()) -> list[QuestionSet]:
    """Return the named concepts of ours, or all, with all of their items, in lexicon order."""
    sets = []
    for concept in concepts(names):
        parts: dict[str, list[Question]] = {"train": [], "validation": [], "test": []}
        for item in items(concept):
            statement = item.statement
            question = Question(
                statement.text, statement.label, statement.weight, statement.act, statement.context
            )
            parts[split_of(item.group)].append(question)
        personas = (persona_sentence(concept, 1), persona_sentence(concept, -1))
        sets.append(QuestionSet(concept.name, personas, concept.planted, _fixed(parts), concept))
    return sets


def public_question_sets(names: tuple[str, ...]) -> list[QuestionSet]:
    """Return public sets with their withheld items."""
    sets = []
    for name in names:
        parts: dict[str, list[Question]] = {"train": [], "validation": [], "test": []}
        for item in withheld_items(name):
            parts[item.split].append(Question(item.statement, label_of(item)))
        sets.append(QuestionSet(name, real_set(name).personas, None, _fixed(parts)))
    return sets


def _fixed(parts: dict[str, list[Question]]) -> dict[str, tuple[Question, ...]]:
    return {name: tuple(questions) for name, questions in parts.items()}
