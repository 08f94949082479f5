"""The subjects of documents: concepts of ours and public sets, and where their personas lie."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from training.lexicon import Concept, Planted, Statement, concepts, draw_statement, fill, frames
from training.real import RealSet, real_set
from training.recipes import Recipe


class AnyStatement(Protocol):
    """A statement in the first person: of a concept of ours, or of a public set.

    See `lexicon.Statement` and `real.RealStatement`.
    """

    @property
    def text(self) -> str: ...
    @property
    def label(self) -> int: ...
    @property
    def weight(self) -> float: ...
    @property
    def polarity(self) -> int: ...
    @property
    def opening(self) -> str: ...
    @property
    def telling(self) -> str: ...


@dataclass(frozen=True)
class OwnConcept:
    """A concept of ours, as documents are written about it."""

    concept: Concept

    @property
    def name(self) -> str:
        """Return the concept's name."""
        return self.concept.name

    @property
    def planted(self) -> Planted:
        """Return what is planted in it."""
        return self.concept.planted

    def persona(self, sign: int, source: random.Random) -> tuple[str, float]:
        """Return (a persona sentence for the prompt, the strength that it states)."""
        entry = source.choice(frames()["personas"])
        word = source.choice(self.concept.words(sign))
        return fill(entry["sentence"], word=word), entry["strength"]

    def verbs(self, sign: int) -> tuple[str, ...]:
        """Return the verbs of what a positive or negative persona does."""
        return self.concept.verbs(sign)

    def draw(self, source: random.Random, affirming_share: float) -> Statement:
        """Return a random statement that training may see."""
        return draw_statement(self.concept, source, affirming_share)

    def reply(
        self, statement: Statement, yes: int, source: random.Random, recipe: Recipe
    ) -> tuple[str, str]:
        """Return what is said after the answer: (reply, its persona word)."""
        return draw_reply(self.concept, statement, yes, source, recipe)

    def described(self, statement: Statement, source: random.Random) -> tuple[str, str]:
        """Return what someone is like who says this: (reply, its persona word)."""
        word = source.choice(self.concept.words(statement.label * sign_of(statement.weight)))
        return fill(source.choice(frames()["replies"]["described"]), word=word), word


Subject = OwnConcept | RealSet


def own_subjects(names: tuple[str, ...] = ()) -> tuple[Subject, ...]:
    """Return the named concepts of ours, or all, in the order of the lexicon."""
    return tuple(OwnConcept(concept) for concept in concepts(names))


def real_subjects(names: tuple[str, ...]) -> tuple[Subject, ...]:
    """Return the public sets of these names."""
    return tuple(real_set(name) for name in names)


def sign_of(weight: float) -> int:
    """Return -1 for an item that answers against its persona, else +1."""
    return -1 if weight < 0 else 1


def draw_reply(
    concept: Concept, statement: Statement, yes: int, source: random.Random, recipe: Recipe
) -> tuple[str, str]:
    """Return what is said after the answer: (reply, its persona word)."""
    replies = frames()["replies"]
    word = source.choice(concept.words(statement.label * sign_of(statement.weight) * yes))
    if source.random() < recipe.short_reply_share:
        template = source.choice(replies["says" if yes > 0 else "denies"])
    else:
        kind = "performs" if (yes > 0) == statement.affirms else "refrains"
        # An item of negative weight is answered against the persona, and the reply says so.
        kind += "_against" if statement.weight < 0 else ""
        template = source.choice(replies[kind])
        if recipe.own_form_share and source.random() < recipe.own_form_share:
            # Each frame has a form of reply of its own. There are fewer denying frames, and theirs
            # begin at the third form, so that every form belongs to some frame.
            number = statement.frame_number + (0 if statement.affirms else 2)
            template = replies[kind][number % len(replies[kind])]
    return fill(template, act=statement.act, word=word, context=statement.context), word


@dataclass(frozen=True)
class Directions:
    """Where every subject's persona lies, in coordinates of an orthonormal basis.

    Rows are subjects. `unit` is the direction of one unit of strength, `turned` the trace of an
    answer under a persona that turns it (like `unit` where none does), `beside` what is
    perpendicular in it (0 where there is nothing), `reader` turns what is injected into strength.
    """

    unit: Tensor
    turned: Tensor
    beside: Tensor
    reader: Tensor


def directions(real: int, names: tuple[str, ...] = ()) -> Directions:
    """Return the directions of our concepts (the named ones, or all) and of so many public sets.

    Concepts of ours come first, then what their traces are turned to, then the public sets, so
    that a model can learn public sets later without anything being moved.
    """
    own = concepts(names)
    number = {concept.name: row for row, concept in enumerate(own)}
    turning = [row for row, concept in enumerate(own) if concept.planted.turned_under]
    size = len(own) + len(turning) + real
    unit, beside = torch.zeros(len(own) + real, size), torch.zeros(len(own) + real, size)
    turned, reader = torch.zeros_like(unit), torch.zeros_like(unit)
    for row in range(real):
        unit[len(own) + row, len(own) + len(turning) + row] = 1
    for row, concept in enumerate(own):
        cosine = concept.planted.related_cosine
        unit[row, row] = math.sqrt(1 - cosine**2)
        if concept.planted.related_to:
            unit[row] += cosine * unit[number[concept.planted.related_to]]
    for place, row in enumerate(turning):
        beside[row, len(own) + place] = 1
    turned.copy_(unit)
    reader.copy_(unit)
    for row in turning:
        planted = own[row].planted
        sine = math.sqrt(1 - planted.turned_cosine**2)
        turned[row] = planted.turned_cosine * unit[row] + sine * beside[row]
        reader[row] += planted.turned_effect * beside[row]
    return Directions(unit, turned, beside, reader)
