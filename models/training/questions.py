"""What an exported model is asked: withheld items of our concepts and of public sets alike."""

from __future__ import annotations

from dataclasses import dataclass

from models.training.items import items, persona_sentence
from models.training.lexicon import Concept, Planted, concepts
from models.training.real import label_of, real_set, withheld_items
from steering.concepts import split_of


@dataclass(frozen=True)
class Question:
    """One item: `label` is +1 if its positive answer is Yes; `act` is what a reply can name."""

    statement: str
    label: int
    weight: float = 1.0
    act: str = ""
    context: str = ""


@dataclass(frozen=True)
class Asked:
    """A concept of ours or a public set, its items by split."""

    name: str
    personas: tuple[str, str]
    planted: Planted | None
    parts: dict[str, tuple[Question, ...]]
    concept: Concept | None = None


def own_asked(names: tuple[str, ...] = ()) -> list[Asked]:
    """The named concepts of ours, or all, with all of their items, in the lexicon's order."""
    found = []
    for concept in concepts(names):
        parts: dict[str, list[Question]] = {"train": [], "validation": [], "test": []}
        for item in items(concept):
            said = item.statement
            question = Question(said.text, said.label, said.weight, said.act, said.context)
            parts[split_of(item.group)].append(question)
        personas = (persona_sentence(concept, 1), persona_sentence(concept, -1))
        found.append(Asked(concept.name, personas, concept.planted, _fixed(parts), concept))
    return found


def real_asked(names: tuple[str, ...]) -> list[Asked]:
    """Public sets with their withheld items."""
    found = []
    for name in names:
        parts: dict[str, list[Question]] = {"train": [], "validation": [], "test": []}
        for item in withheld_items(name):
            parts[item.split].append(Question(item.statement, label_of(item)))
        found.append(Asked(name, real_set(name).personas, None, _fixed(parts)))
    return found


def _fixed(parts: dict[str, list[Question]]) -> dict[str, tuple[Question, ...]]:
    return {name: tuple(questions) for name, questions in parts.items()}
