"""Pairs: matched by length, each statement once, groups never shared, and nothing left unsaid."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steering.concepts import Concept, Item, load_concept, own_concepts
from steering.concepts.items import SHARES
from steering.concepts.pairs import (
    EMPTY,
    ENTANGLED,
    MOST_LONGER,
    QUESTIONLESS,
    UNMATCHED,
    WORDLESS,
    no_pairs,
    pairing,
    pairs_of,
)
from steering.errors import Refused
from steering.records.tables import NO_PARTNER
from tests.support import tiny

SPLITS = [split for split, _ in SHARES]


def stated(number, length, *, positive=True, group="", split="test"):
    """An item that asks for a statement of so many letters."""
    text = f"{number:02d}".ljust(length, "x")
    return Item(
        number, text, f'Would you say "{text}"?', ("Yes", "No"), 0 if positive else 1,
        ("", "", ""), group or text, placed=split,
    )  # fmt: skip


def answered(number, options, *, question="What now?", positive=0, group=""):
    """An item with two lettered answers."""
    return Item(
        number, question, question, options, positive, ("", "", ""), group or str(number),
        placed="test",
    )  # fmt: skip


def of(*items):
    return replace(tiny.concept(), items=items)


def rows(concept, split="test"):
    return {(pair.item, pair.partner) for pair in pairing(concept, split).pairs}


def test_the_nearest_lengths_go_together():
    concept = of(
        stated(0, 20), stated(1, 30), stated(2, 40),
        stated(3, 41, positive=False), stated(4, 22, positive=False), stated(5, 29, positive=False),
    )  # fmt: skip
    assert rows(concept) == {(0, 4), (1, 5), (2, 3)}
    assert pairing(concept, "test").left_out == {}
    pair = pairing(concept, "test").pairs[0]
    assert (pair.positive, pair.negative) == tuple(
        concept.items[at].statement for at in (pair.item, pair.partner)
    )
    assert pair.question == ""


def test_the_nearest_of_the_larger_side_are_taken_and_the_others_counted():
    concept = of(stated(0, 20), stated(1, 26), stated(2, 33), stated(3, 25, positive=False))
    assert rows(concept) == {(1, 3)}
    assert pairing(concept, "test").left_out == {UNMATCHED: 2}


def test_a_statement_much_longer_than_its_partner_is_left_out():
    concept = of(stated(0, 20), stated(1, 31, positive=False))
    assert rows(concept) == set()
    with pytest.raises(Refused, match="two of nearly the same length are needed"):
        pairs_of(concept, "test")
    assert rows(of(stated(0, 20), stated(1, 30, positive=False))) == {(0, 1)}


def test_a_group_with_both_kinds_is_matched_within_itself():
    concept = of(
        stated(0, 20, group="a"), stated(1, 28, group="a", positive=False),
        stated(2, 28, group="b"), stated(4, 21, group="b"),
        stated(3, 20, group="b", positive=False),
    )  # fmt: skip
    assert rows(concept) == {(0, 1), (4, 3)}
    assert {pair.group for pair in pairing(concept, "test").pairs} == {"a", "b"}


def test_a_group_goes_with_one_other_whatever_lengths_would_like():
    # One by one, 0 would go with 2 and 1 with 3; but 0 and 1 are one group.
    concept = of(
        stated(0, 20, group="a"), stated(1, 40, group="a"), stated(2, 20, positive=False),
        stated(3, 40, positive=False), stated(4, 22, group="b", positive=False),
        stated(5, 42, group="b", positive=False),
    )  # fmt: skip
    assert rows(concept) == {(0, 4), (1, 5)}
    assert {pair.group for pair in pairing(concept, "test").pairs} == {"a | b"}
    assert pairing(concept, "test").left_out == {UNMATCHED: 2}


def test_options_in_words_are_two_answers_to_one_question():
    concept = of(answered(7, ("Never.", "Gladly."), positive=1, group="g"))
    (pair,) = pairs_of(concept, "test")
    assert (pair.item, pair.partner, pair.group) == (7, NO_PARTNER, "g")
    assert (pair.positive, pair.negative, pair.question) == ("Gladly.", "Never.", "What now?")


def test_what_can_not_be_said_is_counted():
    concept = of(
        answered(0, ("No.", "Yes")), answered(1, ("a", "b (C) c")), answered(2, ("a", "")),
        answered(3, ("a", "b"), question=" "), answered(4, ("No", "Yes, that")),
    )  # fmt: skip
    found = pairing(concept, "test")
    assert found.left_out == {EMPTY: 1, ENTANGLED: 1, QUESTIONLESS: 1, WORDLESS: 1}
    assert {pair.item for pair in found.pairs} == {4}
    with pytest.raises(Refused, match=r"no pair of texts to reply in its train split \(no items\)"):
        pairs_of(concept, "train")
    with pytest.raises(Refused, match=r"\(1 without a statement and without answers in words\): s"):
        pairs_of(of(answered(0, ("No.", "Yes"))), "test")


def test_a_statement_of_a_group_that_has_answers_is_left_out():
    concept = of(
        answered(0, ("a", "b"), group="g"), stated(1, 20, group="g"), stated(2, 20, positive=False)
    )
    assert rows(concept) == {(0, NO_PARTNER)}
    assert pairing(concept, "test").left_out == {UNMATCHED: 2}


@pytest.mark.parametrize(("positive", "word"), [(True, "positive"), (False, "negative")])
def test_a_one_sided_set_has_no_pairs_and_one_sentence_says_so(positive, word):
    concept = of(*(stated(at, 20 + at, positive=positive, split=SPLITS[at % 3]) for at in range(9)))
    assert no_pairs(concept) == (
        "concept 'tiny' has no pair of texts to reply in its train split: "
        f"all of its statements are {word}, and some of both kinds are needed."
    ).replace("'tiny'", repr(concept.name))
    with pytest.raises(Refused, match=f"are {word}, and some of both kinds"):
        pairs_of(concept, "test")


def test_sizes_are_of_groups_and_of_each_and_more_come_behind():
    concept = load_concept("frugal")
    every = pairs_of(concept, "test")
    few = pairs_of(concept, "test", 10)
    assert few == every[: len(few)]
    assert len({pair.group for pair in few}) == 10
    grouped = of(
        *(stated(at, 20 + at, group="a") for at in range(3)),
        *(stated(at, 17 + at, group="b", positive=False) for at in range(3, 6)),
    )
    assert len(pairs_of(grouped, "test")) == 3
    assert pairs_of(grouped, "test", per_group=2) == pairs_of(grouped, "test")[:2]


@pytest.mark.parametrize("name", own_concepts())
def test_our_own_concepts_have_pairs_in_every_split(name):
    concept = load_concept(name)
    assert no_pairs(concept) == ""
    for split in SPLITS:
        require_sound(concept, split)


statements = st.lists(
    st.tuples(st.integers(3, 40), st.booleans(), st.integers(0, 9), st.sampled_from(SPLITS)),
    min_size=1,
    max_size=24,
)


@settings(max_examples=200, deadline=None)
@given(statements, st.randoms(use_true_random=False))
def test_pairs_of_any_statements_are_sound_and_go_by_no_order_of_rows(drawn, chance):
    items = [
        stated(at, length, positive=positive, group=f"{group}/{split}", split=split)
        for at, (length, positive, group, split) in enumerate(drawn)
    ]
    concept = of(*items)
    for split in SPLITS:
        require_sound(concept, split)
    turned = list(items)
    chance.shuffle(turned)
    assert [pairing(of(*turned), split) for split in SPLITS] == [
        pairing(concept, split) for split in SPLITS
    ]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(3, 20), max_size=5), st.lists(st.integers(3, 20), max_size=5))
def test_no_other_matching_has_more_pairs_or_nearer_lengths(positive, negative):
    concept = of(
        *(stated(at, length) for at, length in enumerate(positive)),
        *(stated(10 + at, length, positive=False) for at, length in enumerate(negative)),
    )
    found = pairing(concept, "test").pairs
    total = sum(abs(len(pair.positive) - len(pair.negative)) for pair in found)
    assert (-len(found), total) == min(every_matching(positive, negative))


def every_matching(one, other):
    """Less than nothing for each pair, and the difference, in every way to match two lists."""
    short, long = sorted((one, other), key=len)
    for order in permutations(long, len(short)):
        near = [
            abs(a - b)
            for a, b in zip(short, order, strict=True)
            if max(a, b) <= MOST_LONGER * min(a, b)
        ]
        yield -len(near), sum(near)


def require_sound(concept: Concept, split) -> None:
    """Each statement once, none across splits, groups in one pair group, and all are counted."""
    item = {one.item: one for one in concept.items}
    found = pairing(concept, split)
    used = Counter(at for pair in found.pairs for at in (pair.item, pair.partner))
    assert all(count == 1 for count in used.values())
    assert {item[at].split for at in used} <= {split}
    assert len(used) + found.left_out.get(UNMATCHED, 0) == len(concept.of_split(split))
    for pair in found.pairs:
        one, other = item[pair.item], item[pair.partner]
        assert one.positive_is_yes
        assert not other.positive_is_yes
        assert {*pair.group.split(" | ")} == {one.group, other.group}
        assert max(map(len, (pair.positive, pair.negative))) <= MOST_LONGER * min(
            map(len, (pair.positive, pair.negative))
        )
    of_group = {(item[at].group, p.group) for p in found.pairs for at in (p.item, p.partner)}
    assert len(of_group) == len({group for group, _ in of_group})
    # The group of the positive row alone tells pair groups apart.
    assert len({item[p.item].group for p in found.pairs}) == len({p.group for p in found.pairs})
