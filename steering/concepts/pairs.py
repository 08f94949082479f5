"""Pairs: a positive and a negative text that a model may reply, in place of two lettered options.

Where a set's items are statements, a pair is a positive statement and a negative one of nearly the
same length. Where its options are answers in words, a pair is the two answers to one question.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.optimize import linear_sum_assignment

from steering.concepts.items import SHARES, Concept, Item, Split, hashed, normalised
from steering.concepts.schemas import CHOICE
from steering.errors import Refused
from steering.records.tables import NO_PARTNER

# Which items are in no pair.
UNMATCHED = "without a statement of the other kind and of nearly its length to go with"
WORDLESS = "without a statement and without answers in words"
QUESTIONLESS = "whose question is lost"
ENTANGLED = "with a further choice caught within an answer"
EMPTY = "with an empty answer"
# How many times as long as its partner a statement may be: what any push costs goes with length.
MOST_LONGER = 1.5
_JOIN = " | "


@dataclass(frozen=True)
class Pair:
    """A positive and a negative text, either of which may be the reply to one request.

    Attributes:
        item: the source row of the positive text.
        partner: the source row of the negative one; NO_PARTNER where both are of one row.
        group: the names of the groups of both. No group is in two pairs' different groups, so that
            pairs of different groups are independent, and the group of `item` says as much.
        split: the split of both.
        positive, negative: the two texts.
        question: what both answer; "" where they are statements.
    """

    item: int
    partner: int
    group: str
    split: Split
    positive: str
    negative: str
    question: str = ""


@dataclass(frozen=True)
class Pairing:
    """The pairs of one split in the order of a hash, and how many items are in none, and why."""

    pairs: tuple[Pair, ...]
    left_out: dict[str, int]


def pairs_of(
    concept: Concept, split: Split, most_groups: int | None = None, per_group: int | None = None
) -> tuple[Pair, ...]:
    """Return the pairs of one split, of at most so many groups and so many of each (None: all).

    They are in the order of a hash, so that more groups come behind those there are. Raises Refused
    where the split has no pair.
    """
    found = pairing(concept, split)
    if reason := _missing(concept, split, found):
        raise Refused(reason)
    order = list(dict.fromkeys(pair.group for pair in found.pairs))
    chosen, taken = {*order[:most_groups]}, Counter[str]()
    kept = []
    for pair in found.pairs:
        taken[pair.group] += 1
        if pair.group in chosen and (per_group is None or taken[pair.group] <= per_group):
            kept.append(pair)
    return tuple(kept)


def no_pairs(concept: Concept) -> str:
    """Return why a concept has no pairs in one of its splits, in one sentence; "" where it has."""
    reasons = (_missing(concept, split, pairing(concept, split)) for split, _ in SHARES)
    return next((reason for reason in reasons if reason), "")


def pairing(concept: Concept, split: Split) -> Pairing:
    """Return the pairs of one split, and how many of its items are in none.

    Statements are matched so that there are as many pairs as possible, and that among these the
    lengths of their texts, in characters, differ by as little as possible in all; none is longer
    than its partner by more than half. Each is used at most once. A group that has statements of
    both kinds is matched within itself, any other with at most one group of the other kind. Ties go
    by a hash.
    """
    kinds = {item.item: _kind(item) for item in concept.items if item.split == split}
    own = [item for item in concept.items if item.item in kinds]
    stated = [item for item in own if kinds[item.item] == _STATEMENT]
    pairs = [_answers(item) for item in own if kinds[item.item] == _ANSWERS]
    answered = {pair.group for pair in pairs}
    pairs += _matched([item for item in stated if item.group not in answered])
    left = Counter(kind for kind in kinds.values() if kind not in {_STATEMENT, _ANSWERS})
    if unmatched := len(stated) - 2 * sum(pair.partner != NO_PARTNER for pair in pairs):
        left[UNMATCHED] = unmatched
    ranked = sorted(pairs, key=lambda pair: (hashed(pair.group), _rank(pair)))
    return Pairing(tuple(ranked), dict(sorted(left.items())))


_STATEMENT, _ANSWERS = "statement", "answers"


def _kind(item: Item) -> str:
    """Return what an item makes a pair of, or which of those it is that are in none."""
    asked = bool(normalised(item.question))
    if {normalised(option) for option in item.options} == {"yes", "no"}:
        # A lost question leaves a statement that is made of the options.
        stated = asked and normalised(item.statement) != normalised(item.question)
        return _STATEMENT if stated else WORDLESS
    if any(CHOICE.search(option) for option in item.options):
        return ENTANGLED
    if not all(normalised(option) for option in item.options):
        return EMPTY
    return _ANSWERS if asked else QUESTIONLESS


def _answers(item: Item) -> Pair:
    positive, negative = item.options[item.positive], item.options[1 - item.positive]
    return Pair(
        item.item, NO_PARTNER, item.group, item.split, positive, negative, item.question.strip()
    )


def _matched(items: Sequence[Item]) -> list[Pair]:
    """Return pairs of a positive and a negative statement."""
    sides: dict[str, tuple[list[Item], list[Item]]] = {}
    for item in sorted(items, key=lambda one: hashed(one.statement)):
        side = sides.setdefault(item.group, ([], []))
        side[0 if item.positive_is_yes else 1].append(item)
    names = sorted(sides, key=hashed)
    pairs = [pair for name in names if all(sides[name]) for pair in _closest(name, *sides[name])]
    ones = {name: sides[name][0] for name in names if not sides[name][1]}
    others = {name: sides[name][1] for name in names if not sides[name][0]}
    for one, other in _partners([*ones.values()], [*others.values()]):
        positive, negative = [*ones][one], [*others][other]
        pairs += _closest(f"{positive}{_JOIN}{negative}", ones[positive], others[negative])
    return pairs


def _closest(group: str, positive: Sequence[Item], negative: Sequence[Item]) -> list[Pair]:
    """Return as many pairs of some statements as there can be, of lengths as near as can be."""
    costs = _costs(positive, negative)
    return [
        Pair(one.item, other.item, group, one.split, one.statement, other.statement)
        for row, column in zip(*linear_sum_assignment(costs), strict=True)
        if costs[row, column] < 0
        for one, other in [(positive[row], negative[column])]
    ]


def _partners(
    positive: Sequence[Sequence[Item]], negative: Sequence[Sequence[Item]]
) -> list[tuple[int, int]]:
    """Return which groups of positive statements go with which groups of negative ones."""
    if not positive or not negative:
        return []
    each = _costs(*([item for group in side for item in group] for side in (positive, negative)))
    rows, columns = (np.cumsum([0, *map(len, side)]) for side in (positive, negative))
    # Of one statement and a group, and so of nearly all groups, the cheapest pair is the best.
    costs = np.minimum.reduceat(np.minimum.reduceat(each, rows[:-1]), columns[:-1], axis=1)
    for one, other in zip(
        *np.nonzero(np.minimum.outer(np.diff(rows), np.diff(columns)) > 1), strict=True
    ):
        part = each[rows[one] : rows[one + 1], columns[other] : columns[other + 1]]
        costs[one, other] = part[linear_sum_assignment(part)].sum()
    return list(zip(*(places.tolist() for places in linear_sum_assignment(costs)), strict=True))


def _costs(
    positive: Sequence[Item], negative: Sequence[Item]
) -> Float[np.ndarray, "positive negative"]:
    """Return what each pair of statements costs: 0 where their lengths are too different.

    Any other costs less than nothing, by more than all differences of lengths together. So the
    least total has the most pairs, and among these it is that of the nearest lengths.
    """
    one, other = (np.array([len(each.statement) for each in side]) for side in (positive, negative))
    apart = np.abs(one[:, None] - other)
    most = (MOST_LONGER - 1) * np.minimum.outer(one, other)
    weight = 1 + apart.max() * min(apart.shape)
    return np.where(apart <= most, apart - weight, 0).astype(float)


def _rank(pair: Pair) -> str:
    return hashed(f"{pair.positive}\n{pair.negative}")


def _missing(concept: Concept, split: Split, found: Pairing) -> str:
    if found.pairs:
        return ""
    about = f"concept {concept.name!r} has no pair of texts to reply in its {split} split"
    kinds = {one.positive_is_yes for one in concept.of_split(split) if _kind(one) == _STATEMENT}
    if len(kinds) == 2:
        return (
            f"{about}: each of its statements is longer or shorter by more than half than those of "
            "the other kind that may go with it, and two of nearly the same length are needed."
        )
    if kinds:
        word = "positive" if True in kinds else "negative"
        return f"{about}: all of its statements are {word}, and some of both kinds are needed."
    counted = ", ".join(f"{count} {which}" for which, count in found.left_out.items())
    return f"{about} ({counted or 'no items'}): statements, or answers in words, are needed."
