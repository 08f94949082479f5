"""What may leak into a vector from the words of its training items: their length, and refusals."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from steering.concepts.items import Concept, Item, normalised
from steering.concepts.pairs import Pair

# A difference in length is told where chance alone would show it in so many sets, and where one
# side is longer by so much at least.
LENGTH_RATE, LENGTH_RATIO = 0.01, 1.1
FEWEST = 8  # texts of a side, or pairs, below which nothing is told from chance
NAMED = 8  # items that a sentence names


@dataclass(frozen=True)
class Finding:
    """One thing that was looked for in training items.

    Attributes:
        about: what: "length", "refusal", "side" or "direction".
        sentence: what was found, with its number and size.
        alarm: whether it should be looked at before a vector is made.
        items: the items, by their row in the file from 0 on, that it names.
    """

    about: str
    sentence: str
    alarm: bool
    items: tuple[int, ...] = ()


# A text, and the item that it is of.
_Text = tuple[int, str]


def leaks(concept: Concept, pairs: Sequence[Pair] = ()) -> tuple[Finding, ...]:
    """Return what the training items' words give away: lengths of both sides, and refusals.

    Given the `pairs` of the form `said`, their texts are compared. Otherwise, of statements those
    that the positive answer agrees with are compared with the others, and of answers in words the
    two to each question.
    """
    positive, negative, paired = _sides(concept, pairs)
    return (_of_length(positive, negative, paired=paired), _of_refusals(positive, negative))


def begins_as_refusal(text: str) -> bool:
    """Return whether a text begins as refusals do (`concepts/refusals.toml`)."""
    return _plain(text).startswith(_BEGINNINGS)


def named(items: Sequence[int]) -> str:
    """Return items in a sentence, the first few of many."""
    shown = ", ".join(map(str, items[:NAMED]))
    more = f" and {len(items) - NAMED} more" if len(items) > NAMED else ""
    return f"{'item' if len(items) == 1 else 'items'} {shown}{more}"


def _sides(concept: Concept, pairs: Sequence[Pair]) -> tuple[list[_Text], list[_Text], bool]:
    """Return the positive and the negative texts, and whether each has a partner."""
    if pairs:
        both = [(pair.item, pair.positive, pair.negative) for pair in pairs]
        return [(row, one) for row, one, _ in both], [(row, one) for row, _, one in both], True
    items = concept.of_split("train")
    if all(_is_stated(item) for item in items):
        sides = [
            [(item.item, item.statement) for item in items if bool(item.positive_is_yes) == yes]
            for yes in (True, False)
        ]
        return sides[0], sides[1], False
    positive = [(item.item, item.options[item.positive]) for item in items]
    negative = [(item.item, item.options[1 - item.positive]) for item in items]
    return positive, negative, True


def _is_stated(item: Item) -> bool:
    return {normalised(option) for option in item.options} == {"yes", "no"}


def _of_length(positive: Sequence[_Text], negative: Sequence[_Text], *, paired: bool) -> Finding:
    one, other = (np.array([len(text) for _, text in side], float) for side in (positive, negative))
    if min(len(one), len(other)) < FEWEST:
        return Finding("length", "Length: too few texts to compare both sides.", alarm=False)
    pooled = float(np.sqrt((one.var(ddof=1) + other.var(ddof=1)) / 2))
    size = abs(one.mean() - other.mean()) / pooled if pooled else 0.0
    longer = "positive" if one.mean() > other.mean() else "negative"
    ratio = max(one.mean(), other.mean()) / max(1.0, min(one.mean(), other.mean()))
    p = _p_of_equal(one, other, paired=paired)
    numbers = (
        f"positive texts have {one.mean():.0f} characters on average, negative ones "
        f"{other.mean():.0f} ({size:.2f} pooled standard deviations apart)"
    )
    if p < LENGTH_RATE and ratio >= LENGTH_RATIO:
        return Finding(
            "length",
            f"Length: the {longer} side is longer, so that the vector may be one of length: "
            f"{numbers}.",
            alarm=True,
        )
    return Finding("length", f"Length: {numbers}.", alarm=False)


def _p_of_equal(one: NDArray[np.float64], other: NDArray[np.float64], *, paired: bool) -> float:
    """Return the p of equal means: Student's t of pairs, Welch's of others."""
    varying = [one - other] if paired else [one, other]
    if all(np.ptp(values) == 0 for values in varying):
        # There is no p: equal lengths are no finding, unequal ones are.
        return float(one.mean() == other.mean())
    if paired:
        return float(stats.ttest_rel(one, other).pvalue)
    return float(stats.ttest_ind(one, other, equal_var=False).pvalue)


def _of_refusals(positive: Sequence[_Text], negative: Sequence[_Text]) -> Finding:
    one, other = (
        [row for row, text in side if begins_as_refusal(text)] for side in (positive, negative)
    )
    if not one and not other:
        count = len(positive) + len(negative)
        return Finding("refusal", f"Refusal: none of {count} texts begins as one.", alarm=False)
    rows = tuple(dict.fromkeys([*one, *other]))
    return Finding(
        "refusal",
        f"Refusal: {len(one)} of {len(positive)} positive texts and {len(other)} of "
        f"{len(negative)} negative ones begin as a refusal ({named(rows)}), so that the vector may "
        "be one of refusing.",
        alarm=True,
        items=rows,
    )


def _plain(text: str) -> str:
    return " ".join(text.replace("’", "'").casefold().split()).lstrip("\"'“( ")


_FILE = Path(__file__).with_name("refusals.toml")
_BEGINNINGS = tuple(tomllib.loads(_FILE.read_text(encoding="utf-8"))["beginnings"])
