"""The items of a concept: contrastive questions, their two orders, groups and splits."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Literal

Split = Literal["train", "validation", "test"]

ORDERS = (0, 1)
FEWEST_GROUPS = 10
SHARES: tuple[tuple[Split, float], ...] = (("train", 0.4), ("validation", 0.5), ("test", 1.0))


@dataclass(frozen=True)
class Item:
    """One contrastive question: what is asked, two answers to choose from, which one is positive.

    `item` is the 0-based row of the source file. `options` are the texts of (A) and (B) in order
    0: as published, or Yes before No where the choices are ours. `layout` is the text before the
    first option, between the two, and after. `placed` is the split that the item was given where
    the hash of its group does not decide alone: see `grouping.placed`.
    """

    item: int
    statement: str
    question: str
    options: tuple[str, str]
    positive: int
    layout: tuple[str, str, str]
    group: str
    feature: str | None = None
    placed: Split | None = None

    def user_turn(self, order: int) -> str:
        """Return the question with its two lettered options, swapped in order 1."""
        first, second = self.options if order == 0 else self.options[::-1]
        before, between, after = self.layout
        return f"{before}{first}{between}{second}{after}"

    def positive_letter(self, order: int) -> str:
        """Return the letter, A or B, of the positive answer."""
        return "AB"[self.positive ^ order]

    @property
    def positive_is_yes(self) -> bool | None:
        """Return whether the positive answer begins with Yes; None where one has no Yes or No.

        Options like "Yes, I would." against "No, never." count: in the risk sets that is how most
        are written.
        """
        words = [_first_word(option) for option in self.options]
        if sorted(words) != ["no", "yes"]:
            return None
        return words[self.positive] == "yes"

    @property
    def split(self) -> Split:
        """Return the part of the data that this item's group belongs to."""
        return self.placed or split_of(self.group)


@dataclass(frozen=True)
class Reading:
    """What reading a file left out, and what it found odd.

    Attributes:
        rows: rows of the file.
        duplicates: rows left out because an earlier one has the same statement and answers.
        equal_answers: rows left out because both answers have the same text.
        further_choices: rows kept in whose answers another lettered choice is caught.
        near_duplicates: items that share their group with a nearly equal statement.
    """

    rows: int
    duplicates: int = 0
    equal_answers: int = 0
    further_choices: int = 0
    near_duplicates: int = 0


@dataclass(frozen=True)
class Concept:
    """A behaviour: its items, the persona sentences of the prompted settings, where it is from.

    `source` is "own", "public", "folder" or "file"; `origin` says which file that was, `sha256` is
    its hash, and `as_published` whether a public data set's hash is the published one.
    """

    name: str
    title: str
    description: str
    positive_persona: str
    negative_persona: str
    items: tuple[Item, ...]
    source: str
    licence: str | None = None
    citation: str | None = None
    design: str | None = None
    origin: str | None = None
    sha256: str | None = None
    as_published: bool | None = None
    note: str | None = None
    reading: Reading | None = None

    def of_split(
        self, split: Split, most_groups: int | None = None, per_group: int | None = None
    ) -> tuple[Item, ...]:
        """Return the items of one split, of at most so many groups and so many of each (None: all).

        Both are taken in the order of a hash, which knows nothing of what they say.
        """
        groups: dict[str, list[Item]] = {}
        for item in self.items:
            if item.split == split:
                groups.setdefault(item.group, []).append(item)
        chosen = {
            item.item
            for name in sorted(groups, key=hashed)[:most_groups]
            for item in sorted(groups[name], key=lambda one: hashed(one.statement))[:per_group]
        }
        return tuple(item for item in self.items if item.item in chosen)


def unseen(concept: Concept, hashes: Collection[str] | None) -> Concept:
    """Return the concept with the groups alone all of whose statements' hashes are given.

    What a model was trained on tells nothing about it, nor does what says nearly the same: a group
    with one statement that is not among the hashes goes as a whole. None keeps all.
    """
    if hashes is None or concept.source not in {"own", "public"}:
        return concept
    trained = {item.group for item in concept.items if statement_hash(item.statement) not in hashes}
    kept = tuple(item for item in concept.items if item.group not in trained)
    return replace(concept, items=kept)


def normalised(statement: str) -> str:
    """Return the statement in lower case, without punctuation, blanks collapsed.

    What makes it another statement stays: the vowel signs of scripts that write them as marks,
    emoji, the sign of a number, and what C++ and C# have more than C.
    """
    # Turkish İ becomes an i with a dot of its own, which says nothing.
    text = statement.lower().replace("i\u0307", "i")
    return " ".join(_SIGNS.sub(_kept, text).split())


# A name of one letter with ++ or #; a minus before a number that stands alone; any other sign.
_SIGNS = re.compile(
    r"(?P<name>(?<!\w)[^\W\d_](?:\+\+|#)(?!\w))|(?P<minus>(?<![^\s(])[-\u2212](?=\d))|[^\w\s]"
)
# From here on, symbols are pictures; before, they are signs like those of trade marks or degrees.
_PICTURES = 0x2600


def _kept(sign: re.Match[str]) -> str:
    text = sign[0]
    if sign["name"]:
        return text
    if sign["minus"]:
        return "-"
    kind = unicodedata.category(text)
    if kind in {"Mn", "Mc"}:
        # A variation selector chooses how a picture looks, not what it shows.
        return "" if "\ufe00" <= text <= "\ufe0f" else text
    picture = kind in {"So", "Sk"} and ord(text) >= _PICTURES and text not in "\ufffc\ufffd"
    return text if picture else ""


def statement_hash(statement: str) -> str:
    """Return the SHA-256 of the normalised statement, by which splits and withheld lists go."""
    return hashed(normalised(statement))


def split_of(group: str) -> Split:
    """Return the split of a group: 40 % train, 10 % validation, 50 % test (Tan et al., section 3).

    It is a hash of the group alone: the same group falls into the same split in every data set that
    holds it, and no training statement is ever tested on.
    """
    return split_at(int(hashed(group)[:12], 16) / 16**12)


def split_at(share: float) -> Split:
    """Return the split at a place between 0 and 1: train first, then validation, then test."""
    return next(split for split, upto in SHARES if share < upto)


def hashed(text: str) -> str:
    """Return the SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def _first_word(text: str) -> str:
    word = re.match(r"\W*([^\W\d_]+)", text)
    return word.group(1).lower() if word else ""
