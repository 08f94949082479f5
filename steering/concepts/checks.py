"""What a reader should know of a concept's items before trusting results: sizes, leaks, balance."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from steering.concepts.items import Concept, Item, normalised

# About 500 tokens of English: chat templates and personas come on top.
LONG = 2000
# Share of different words that two statements must have in common to be nearly the same.
NEAR = 0.8
_FEWEST_WORDS = 4
_ROWS_AT_ONCE = 512


@dataclass(frozen=True)
class Pair:
    """Two items that say nearly the same."""

    one: Item
    other: Item

    @property
    def leaks(self) -> bool:
        """Return whether the two lie in different splits, so that one is learnt, one tested."""
        return self.one.split != self.other.split


@dataclass(frozen=True)
class Findings:
    """What `check` found.

    Attributes:
        items: items by split.
        groups: groups by split.
        letters: items by the letter of the positive answer in order 0.
        words: items by whether the positive answer is Yes, No, or neither.
        overlong: items whose question is longer than `LONG` characters.
        longest: the length of the longest question, in characters.
        near: pairs of items of different groups that have most of their words in common.
        warnings: what of all this should be put right, one sentence each.
    """

    items: dict[str, int]
    groups: dict[str, int]
    letters: dict[str, int]
    words: dict[str, int]
    overlong: int
    longest: int
    near: tuple[Pair, ...]
    warnings: tuple[str, ...]


def check(concept: Concept) -> Findings:
    """Return what is in a concept: sizes, balance, overlong items, near-duplicates, leaks."""
    splits = {split: concept.of_split(split) for split in ("train", "validation", "test")}
    yes = {True: "Yes", False: "No", None: "neither"}
    lengths = [len(item.user_turn(0)) for item in concept.items]
    counts = {
        "items": {split: len(items) for split, items in splits.items()},
        "groups": {split: len({i.group for i in items}) for split, items in splits.items()},
        "letters": dict(sorted(Counter(i.positive_letter(0) for i in concept.items).items())),
        "words": dict(Counter(yes[item.positive_is_yes] for item in concept.items)),
    }
    near = near_duplicates(concept.items)
    overlong = sum(length > LONG for length in lengths)
    return Findings(
        **counts,
        overlong=overlong,
        longest=max(lengths),
        near=near,
        warnings=tuple(_warnings(concept, counts, overlong, near)),
    )


def near_duplicates(items: tuple[Item, ...]) -> tuple[Pair, ...]:
    """Return the pairs of items of different groups that share at least `NEAR` of their words."""
    texts = [_words(item) for item in items]
    vocabulary = {word: place for place, word in enumerate(sorted(set().union(*texts)))}
    holds = np.zeros((len(items), len(vocabulary)), dtype=np.float32)
    for row, words in enumerate(texts):
        holds[row, [vocabulary[word] for word in words]] = 1
    sizes = holds.sum(axis=1)
    pairs = []
    for start in range(0, len(items), _ROWS_AT_ONCE):
        shared = holds[start : start + _ROWS_AT_ONCE] @ holds.T
        union = sizes[start : start + _ROWS_AT_ONCE, None] + sizes - shared
        for row, column in zip(*np.nonzero(shared >= NEAR * union), strict=True):
            one, other = items[start + row], items[column]
            enough = min(sizes[start + row], sizes[column]) >= _FEWEST_WORDS
            if start + row < column and one.group != other.group and enough:
                pairs.append(Pair(one, other))
    return tuple(pairs)


def _words(item: Item) -> set[str]:
    # Lettered choices belong to what is asked; Yes and No are the same everywhere.
    options = () if {*item.options} == {"Yes", "No"} else item.options
    return set(normalised(" ".join([item.statement, *options])).split())


def _warnings(
    concept: Concept, counts: dict[str, dict[str, int]], overlong: int, near: tuple[Pair, ...]
) -> list[str]:
    sentences = []
    reading, count = concept.reading, len(concept.items)
    yes, no = counts["words"].get("Yes", 0), counts["words"].get("No", 0)
    if yes + no > count / 5 and not 0.4 <= yes / (yes + no) <= 0.6:
        sentences.append(
            f"The positive answer is Yes in {yes} of {yes + no} items with Yes or No: a vector "
            "may steer towards that word instead of the behaviour; balance them."
        )
    if counts["groups"]["test"] < 30:
        sentences.append(
            f"Only {counts['groups']['test']} groups are tested on: intervals will be wide; "
            "about 100 statements in all give 50."
        )
    if overlong:
        sentences.append(f"{overlong} of {count} items have more than {LONG} characters.")
    if leaks := sum(pair.leaks for pair in near):
        sentences.append(
            f"{leaks} pairs of nearly equal statements lie in different splits: give both the same "
            "`group`."
        )
    if reading and reading.duplicates:
        sentences.append(
            f"{reading.duplicates} of {reading.rows} rows repeat another and are left out."
        )
    if reading and reading.equal_answers:
        sentences.append(f"{reading.equal_answers} rows have two equal answers and are left out.")
    if reading and reading.further_choices:
        sentences.append(f"{reading.further_choices} items have a further choice within an answer.")
    if concept.as_published is False:
        sentences.append("The file is not the published one: its SHA-256 differs.")
    return sentences
