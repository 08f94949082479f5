"""Groups: nearly equal statements are one, and every split gets its share of them."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator
from itertools import combinations

import pytest

from steering.concepts import Item, normalised, split_of, statement_hash, unseen
from steering.concepts.grouping import NEAR, SMALL, joined, near_duplicates, placed
from steering.concepts.public import public_sets
from steering.models.catalogue import model_folder, own_models, withheld
from tests.support.published import NAMES, published, real


def said(number: int, statement: str, options: tuple[str, str] = ("Yes", "No")) -> Item:
    """An item of a group of its own."""
    return Item(number, statement, "?", options, 0, ("", "", ""), normalised(statement))


def words(count: int) -> str:
    return " ".join(f"word{number}" for number in range(count))


def test_statements_are_nearly_equal_from_a_share_of_words_on() -> None:
    one = said(0, words(8))
    assert near_duplicates((one, said(1, words(10)))) != ()
    assert NEAR == 8 / 10
    assert near_duplicates((one, said(1, words(11)))) == ()


def test_few_words_say_too_little_to_be_nearly_equal() -> None:
    assert near_duplicates((said(0, "I do"), said(1, "Do I?"))) == ()
    assert len(near_duplicates((said(0, "I do it now"), said(1, "Now do I it?")))) == 1


def test_other_choices_make_another_question() -> None:
    asked = "What would you rather do today"
    one, other = ("walk along rivers", "read"), ("sell the farm", "buy some boats")
    assert near_duplicates((said(0, asked, one), said(1, f"{asked} now", other))) == ()
    assert len(near_duplicates((said(0, asked, one), said(1, f"{asked} now", one)))) == 1


def drawn(count: int, length: int = 8, vocabulary: int = 9) -> tuple[Item, ...]:
    """Statements of few words, so that many have most of theirs in common."""
    draw = random.Random(0)
    known = words(vocabulary).split()
    texts = dict.fromkeys(
        " ".join(draw.choices(known, k=draw.randint(1, length))) for _ in range(count)
    )
    return tuple(said(number, text) for number, text in enumerate(texts))


def test_the_pairs_are_those_that_comparing_each_with_each_finds() -> None:
    items = drawn(700)
    sets = [set(item.statement.split()) for item in items]
    near = {
        (one, other)
        for one, other in combinations(range(len(items)), 2)
        if min(len(sets[one]), len(sets[other])) >= 4
        and 5 * len(sets[one] & sets[other]) >= 4 * len(sets[one] | sets[other])
    }
    found = [(pair.one.item, pair.other.item) for pair in near_duplicates(items)]
    assert len(near) > 1000
    assert len(found) == len(set(found))
    assert set(found) == near


def linked(items: tuple[Item, ...]) -> dict[str, set[str]]:
    """The names that a joined group had before, by that of the joined one."""
    parts: dict[str, set[str]] = {}
    for item, one in zip(items, joined(items), strict=True):
        parts.setdefault(one.group, set()).add(item.group)
    return parts


def test_statements_that_are_linked_by_way_of_others_are_one_group() -> None:
    chain = [" ".join(words(30).split()[start : start + 10]) for start in range(4)]
    items = (*(said(number, text) for number, text in enumerate(chain)), said(4, "Something else"))
    assert near_duplicates((items[0], items[3])) == ()
    assert sorted(map(len, linked(items).values())) == [1, 4]


def test_no_near_duplicates_are_left_between_joined_groups() -> None:
    items = drawn(300)
    assert near_duplicates(items) != ()
    together = joined(items)
    assert near_duplicates(together) == ()
    assert {item.group for item in together} < {item.group for item in items}


def test_a_joined_group_knows_nothing_of_the_order_of_rows() -> None:
    items = drawn(120)
    by_statement = {item.statement: item.group for item in joined(items)}
    for seed in range(5):
        mixed = list(items)
        random.Random(seed).shuffle(mixed)
        assert {item.statement: item.group for item in joined(mixed)} == by_statement


def test_a_joined_group_stays_where_most_of_its_items_were() -> None:
    items = drawn(120)
    parts = linked(items)
    assert max(map(len, parts.values())) > 2
    for name, before in parts.items():
        counts = Counter(split_of(group) for group in before)
        assert counts[split_of(name)] == max(counts.values())


def test_groups_that_stand_alone_stay_as_they_were() -> None:
    items = tuple(said(number, f"I count to {number}") for number in range(60))
    assert joined(items) == items


def numbered(count: int, times: int = 1) -> tuple[Item, ...]:
    return tuple(said(number, f"I count to {number // times}") for number in range(count * times))


def groups_by_split(items: tuple[Item, ...]) -> dict[str, int]:
    return dict(Counter(split for _, split in {(item.group, item.split) for item in items}))


@pytest.mark.parametrize(
    ("count", "shares"),
    [
        (10, {"train": 4, "validation": 1, "test": 5}),
        (11, {"train": 4, "validation": 1, "test": 6}),
        (20, {"train": 8, "validation": 2, "test": 10}),
    ],
)
def test_few_groups_are_split_by_the_rank_of_their_hash(count: int, shares: dict[str, int]) -> None:
    items = numbered(count, times=2)
    there = placed(items)
    assert groups_by_split(there) == shares
    # Whatever their order; and a group is whole.
    assert {*placed(items[::-1])} == {*there}
    assert len({(item.group, item.split) for item in there}) == count


def test_by_rank_the_order_is_still_that_of_the_hashes() -> None:
    there = sorted(placed(numbered(20)), key=lambda item: statement_hash(item.statement))
    order = ["train"] * 8 + ["validation"] * 2 + ["test"] * 10
    assert [item.split for item in there] == order


def without_validation(count: int) -> tuple[Item, ...]:
    """So many statements of which none falls to validation by its hash."""
    kept: Iterator[str] = (
        text for text in map("I count to {}".format, range(10 * count))
        if split_of(normalised(text)) != "validation"
    )  # fmt: skip
    return tuple(said(number, next(kept)) for number in range(count))


def test_a_split_that_would_get_nothing_gets_its_share() -> None:
    items = without_validation(40)
    assert "validation" not in groups_by_split(items)
    assert groups_by_split(placed(items)) == {"train": 16, "validation": 4, "test": 20}


SHARE_OF_SMALL = {"train": 0.4 * SMALL, "validation": 0.1 * SMALL, "test": 0.5 * SMALL}


def test_the_hash_decides_where_every_split_has_its_share() -> None:
    enough = 0
    for start in range(0, 4000, 40):
        items = numbered(start + 40)[start:]
        counts, there = groups_by_split(items), placed(items)
        short = any(counts.get(split, 0) < least for split, least in SHARE_OF_SMALL.items())
        assert (there == items) is not short
        enough += not short
    assert 70 < enough < 100


@real
@pytest.mark.parametrize("name", NAMES)
def test_published_sets_keep_the_splits_of_before_but_for_joined_groups(name: str) -> None:
    concept = published(name)
    before = {item.item: normalised(item.statement) for item in concept.items}
    parts: dict[str, list[str]] = {}
    for item in concept.items:
        parts.setdefault(item.group, []).append(before[item.item])
    joint = sum(len(members) for members in parts.values() if len({*members}) > 1)
    assert concept.reading is not None
    assert concept.reading.near_duplicates == joint
    for item in concept.items:
        counts = Counter(split_of(group) for group in parts[item.group])
        assert item.placed is None
        assert counts[item.split] == max(counts.values())
        assert len({*parts[item.group]}) > 1 or item.group == before[item.item]
    assert near_duplicates(concept.items) == ()


@real
@pytest.mark.parametrize("model", own_models())
def test_nothing_that_is_asked_is_nearly_equal_to_what_a_model_was_trained_on(model: str) -> None:
    for name, hashes in withheld(model_folder(model)).items():
        concept = published(name)
        asked = unseen(concept, hashes).items
        trained = [one for one in concept.items if statement_hash(one.statement) not in hashes]
        assert {item.group for item in asked}.isdisjoint(item.group for item in trained)
        assert len(asked) > 250
        # Of our own concepts nothing was trained on, so nothing goes.
        assert len(asked) == len(concept.items) - len(trained) or name in public_sets()


@pytest.mark.parametrize("alike", [False, True])
def test_joining_takes_a_moment(alike: bool) -> None:
    items = drawn(1000, length=30, vocabulary=2000)
    if alike:
        text = "On Sundays we all sit down together to eat dish{} at home"
        items = tuple(said(number, text.format(number)) for number in range(1000))
    started = time.process_time()
    assert (len({item.group for item in joined(items)}) == 1) is alike
    assert time.process_time() - started < 0.5
