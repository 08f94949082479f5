"""The lexicon: the words of our concepts, and the statements that are composed of them."""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
# With each verb, this many objects are never seen in training. The pairs lie on a diagonal band of
# the table of verbs and objects, so that every verb and every object is still seen with others.
WITHHELD_OBJECTS_PER_VERB = 4
# The share of statements that name a context ("at work"), in concepts where contexts mark nothing.
CONTEXT_SHARE = 0.4
# What stands before the act in an affirming frame and in a denying one; all others differ.
AMBIGUOUS = "To "


@dataclass(frozen=True)
class Feature:
    """What marks a sub-population of statements: the words, how often, and the items' weight."""

    context: str
    share: float
    weight: float


@dataclass(frozen=True)
class Planted:
    """What is planted in one concept: the teacher's coefficients in logits, and its rules.

    `strength_limit` is where the strength of persona and steering together saturates (0: nowhere),
    `user_factor` what is left of steering where the user's message names the persona. Directions:
    that of the concept has the cosine `related_cosine` with that of `related_to`; the trace of an
    answer under a persona that stands in `turned_under` ("system" or "user") has the cosine
    `turned_cosine` with the concept's direction, and what is perpendicular in it steers
    `turned_effect` times as much.
    """

    beta: float = 0.0
    letter_slope: float = 0.0
    yes_slope: float = 0.0
    letter_intercept: float = 0.0
    yes_intercept: float = 0.0
    strength_limit: float = 0.0
    user_factor: float = 1.0
    related_to: str = ""
    related_cosine: float = 0.0
    turned_under: str = ""
    turned_cosine: float = 1.0
    turned_effect: float = 0.0

    def named(self) -> dict[str, float | str]:
        """Return the coefficients that differ from their defaults, beta always."""
        plain = Planted()
        return {
            entry.name: getattr(self, entry.name)
            for entry in fields(self)
            if entry.name == "beta" or getattr(self, entry.name) != getattr(plain, entry.name)
        }


@dataclass(frozen=True)
class Concept:
    """One concept of ours: its words, its design and its planted coefficients."""

    name: str
    title: str
    description: str
    design: str
    planted: Planted
    positive_words: tuple[str, ...]
    negative_words: tuple[str, ...]
    positive_verbs: tuple[str, ...]
    negative_verbs: tuple[str, ...]
    objects: tuple[str, ...]
    contexts: tuple[str, ...]
    feature: Feature | None
    item_frames: tuple[int, ...] = ()

    def words(self, sign: float) -> tuple[str, ...]:
        """Return the persona words of a positive or negative persona."""
        return self.positive_words if sign > 0 else self.negative_words

    def verbs(self, polarity: int) -> tuple[str, ...]:
        """Return the verbs of what a positive (+1) or negative (-1) persona does."""
        return self.positive_verbs if polarity > 0 else self.negative_verbs

    def pairs(self, polarity: int, withheld: bool) -> list[tuple[str, str]]:
        """Return the (verb, object) pairs of one polarity that are withheld, or the others."""
        width = len(self.objects)
        return [
            (verb, thing)
            for row, verb in enumerate(self.verbs(polarity))
            for column, thing in enumerate(self.objects)
            if ((column - row) % width < WITHHELD_OBJECTS_PER_VERB) == withheld
        ]


@dataclass(frozen=True)
class Statement:
    """A statement in the first person, and what it says about the speaker.

    `label` is +1 if the positive persona would say it (the concept's positive answer is Yes),
    `weight` the item's planted factor of beta (-1: anti-steerable), `affirms` whether the speaker
    performs the act that is named. `frame_number` counts within affirming or denying frames.
    """

    text: str
    frame_number: int
    act: str
    verb: str
    thing: str
    context: str
    affirms: bool
    label: int
    weight: float
    feature: str

    @property
    def polarity(self) -> int:
        """Return the sign of the persona that does what is named."""
        return self.label if self.affirms else -self.label

    @property
    def opening(self) -> str:
        """Return what stands before the act, without the space between them."""
        return self.text.partition(self.act)[0].rstrip()

    @property
    def telling(self) -> str:
        """Return the text up to the act, or all of it where frames of both kinds begin so."""
        before, act, _ = self.text.partition(self.act)
        return self.text if before == AMBIGUOUS else before + act


@cache
def frames() -> dict[str, Any]:
    """Return sentence frames, replies and prompts, as written in frames.toml."""
    return tomllib.loads((FOLDER / "frames.toml").read_text())


@cache
def concepts(names: tuple[str, ...] = ()) -> tuple[Concept, ...]:
    """Return the named concepts, or all, in lexicon.toml's order (it numbers the directions)."""
    if names:
        return tuple(concept for concept in concepts() if concept.name in names)
    entries = []
    for name, entry in tomllib.loads((FOLDER / "lexicon.toml").read_text())["concepts"].items():
        feature = entry.pop("feature", None)
        planted = Planted(**entry.pop("planted"))
        plain = {
            key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()
        }
        entries.append(
            Concept(
                name=name,
                planted=planted,
                feature=Feature(**feature) if feature else None,
                **plain,
            )
        )
    return tuple(entries)


@cache
def training_pairs(concept: Concept, polarity: int) -> tuple[tuple[str, str], ...]:
    """Return the (verb, object) pairs that training documents may use."""
    return tuple(concept.pairs(polarity, withheld=False))


def with_article(word: str) -> str:
    """Return the word after "a" or "an"."""
    return ("an " if word[0] in "aeiou" else "a ") + word


def fill(template: str, *, act: str = "", word: str = "", context: str = "") -> str:
    """Return a frame of frames.toml with its slots filled."""
    a_word = with_article(word) if word else ""
    return template.format(
        act=act, word=word, context=context, a_word=a_word, A_word=a_word[:1].upper() + a_word[1:]
    )


def compose(
    concept: Concept,
    pair: tuple[str, str],
    frame: str,
    *,
    affirms: bool,
    label: int,
    context: str,
) -> Statement:
    """Return the statement of a (verb, object) pair in a frame, with a context or none ("")."""
    act = " ".join(pair)
    has_feature = concept.feature is not None and context == concept.feature.context
    return Statement(
        text=fill(frame, act=f"{act} {context}" if context else act),
        frame_number=frames()["statements"]["affirming" if affirms else "denying"].index(frame),
        act=act,
        verb=pair[0],
        thing=pair[1],
        context=context,
        affirms=affirms,
        label=label,
        weight=concept.feature.weight if has_feature else 1,
        feature=context if has_feature else "",
    )


def draw_statement(
    concept: Concept, source: random.Random, affirming_share: float = 0.5
) -> Statement:
    """Return a random statement for training: never of a withheld pair."""
    label = source.choice((1, -1))
    affirms = source.random() < affirming_share
    pair = source.choice(training_pairs(concept, label if affirms else -label))
    frame = source.choice(frames()["statements"]["affirming" if affirms else "denying"])
    if concept.feature and source.random() < concept.feature.share:
        context = concept.feature.context
    else:
        context = source.choice(concept.contexts) if source.random() < CONTEXT_SHARE else ""
    return compose(concept, pair, frame, affirms=affirms, label=label, context=context)


def withheld_groups(concept: Concept) -> Iterator[tuple[int, tuple[str, str]]]:
    """Yield (polarity, (verb, object)) of every group that no training document contains."""
    for polarity in (1, -1):
        for pair in concept.pairs(polarity, withheld=True):
            yield polarity, pair


def normalised(statement: str) -> str:
    """Return a text in lower case, without punctuation, with single spaces.

    A statement's hash is taken of this form.
    """
    return " ".join(re.sub(r"[^\w\s]", "", statement.lower()).split())


def statement_hash(statement: str) -> str:
    """Return the sha256 of the normalised statement, as hexadecimal digits."""
    return sha256(normalised(statement).encode()).hexdigest()
