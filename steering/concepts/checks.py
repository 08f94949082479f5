"""What a reader should know of a concept's items before trusting results: sizes, leaks, balance."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from steering.concepts.grouping import Pair, near_duplicates
from steering.concepts.items import Concept, Reading

# About 500 tokens of English: chat templates and personas come on top.
LONG = 2000


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
        near: pairs of items of different groups that have most of their words in common; there are
            none where the file names no groups, since those are then made one.
        joined: items that were put into one group with a nearly equal one.
        warnings: what of all this should be put right, one sentence each.
    """

    items: dict[str, int]
    groups: dict[str, int]
    letters: dict[str, int]
    words: dict[str, int]
    overlong: int
    longest: int
    near: tuple[Pair, ...]
    joined: int
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
        joined=concept.reading.near_duplicates if concept.reading else 0,
        warnings=tuple(_warnings(concept, counts, overlong, near)),
    )


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
    if reading and (left := _left(concept, reading)):
        sentences.append(
            f"{left} of {reading.rows} replies with the concept are left out: none without it "
            "is to the same input."
        )
    if reading and reading.further_choices:
        sentences.append(f"{reading.further_choices} items have a further choice within an answer.")
    if concept.as_published is False:
        sentences.append("The file is not the published one: its SHA-256 differs.")
    return sentences


def _left(concept: Concept, reading: Reading) -> int:
    # Rows that are in none of the other counts: AxBench's replies without a partner.
    counted = reading.duplicates + reading.equal_answers + len(concept.items)
    return reading.rows - counted
