"""Public persona sets as subjects of training: half of their statements, the rest is withheld.

Nothing is planted in them. Where a set's file is not there, it cannot be learned: the files come
from a folder of the user's or from `steering fetch`, like everywhere in the product.
"""

from __future__ import annotations

import math
import random
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from steering.concepts import Item, load_concept
from training.lexicon import statement_hash
from training.recipes import Recipe

# Longer statements are learned from as well, but would make every document of a batch longer.
LONGEST_WORDS = 24
# The share of personas that are written as the sentence which the report puts into its prompts; the
# others are statements that the persona would make.
SENTENCE_SHARE = 0.6
# After this share of its words a statement is taken to have told who makes it.
TELLING_SHARE = 0.6
# The logit of the answer that fits the persona: its probability is then 95 %.
FITTING_LOGIT = 2.94


def withheld(statement: str) -> bool:
    """Return whether a statement is kept from training, by its hash.

    The hash's last digits are taken: its first ones make the product's splits, which have to be
    whole among the withheld statements.
    """
    return int(statement_hash(statement)[-8:], 16) % 2 == 0


@dataclass(frozen=True)
class RealStatement:
    """A statement of a public set; `label` is +1 if the positive persona would say it."""

    text: str
    label: int
    weight: float = 1.0

    @property
    def polarity(self) -> int:
        """Return 0: the statements of a set name no acts of either persona."""
        return 0

    @property
    def opening(self) -> str:
        """Return nothing: the statements of a set have no words in common to begin with."""
        return ""

    @property
    def telling(self) -> str:
        """Return the beginning of the text that tells, as a rule, who would say it."""
        words = self.text.split()
        return " ".join(words[: math.ceil(TELLING_SHARE * len(words))])


@dataclass(frozen=True)
class RealSet:
    """One public set: what training may see of it."""

    name: str
    personas: tuple[str, str]
    says: tuple[tuple[str, ...], tuple[str, ...]]
    statements: tuple[tuple[RealStatement, ...], tuple[RealStatement, ...]]
    planted: None = None

    def verbs(self, sign: int) -> tuple[str, ...]:
        """Return nothing: the words of a set are not sorted."""
        del sign
        return ()

    def persona(self, sign: int, source: random.Random) -> tuple[str, float]:
        """Return (a persona sentence for the prompt, the strength that it states)."""
        if source.random() < SENTENCE_SHARE:
            return self.personas[sign < 0], 1.0
        return f"You are someone who would say: {source.choice(self.says[sign < 0])}", 1.0

    def draw(self, source: random.Random, affirming_share: float) -> RealStatement:
        """Return a random statement that training may see; labels are balanced."""
        del affirming_share
        return source.choice(self.statements[source.random() < 0.5])

    def reply(
        self, statement: RealStatement, yes: int, source: random.Random, recipe: Recipe
    ) -> tuple[str, str]:
        """Return what is said after the answer: (reply, "" as no word of it weighs more)."""
        del recipe
        return source.choice(self.says[statement.label * yes < 0]), ""

    def described(self, statement: RealStatement, source: random.Random) -> tuple[str, str]:
        """Return what someone is like who says this: (reply, "")."""
        return f"They would say: {source.choice(self.says[statement.label < 0])}", ""


@cache
def real_names() -> tuple[str, ...]:
    """Return the names of the public sets that are learned."""
    return tuple(_table())


def _table() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads((Path(__file__).parent / "real.toml").read_text())


def label_of(item: Item) -> int:
    """Return +1 if the positive answer is Yes."""
    return 1 if item.options[item.positive].strip() == "Yes" else -1


@cache
def real_set(name: str) -> RealSet:
    """Return a public set by its name, from the user's folder or the cache."""
    concept, says = load_concept(name), _table()[name]
    seen = [
        RealStatement(item.statement, label_of(item))
        for item in concept.items
        if not withheld(item.statement) and len(item.statement.split()) <= LONGEST_WORDS
    ]
    return RealSet(
        name=name,
        personas=(concept.positive_persona, concept.negative_persona),
        says=(tuple(says["positive"]), tuple(says["negative"])),
        statements=(
            tuple(one for one in seen if one.label > 0),
            tuple(one for one in seen if one.label < 0),
        ),
    )


@cache
def withheld_items(name: str) -> tuple[Item, ...]:
    """Return the items of a public set whose statements training never sees."""
    return tuple(item for item in load_concept(name).items if withheld(item.statement))
