"""Items: their two orders, their groups and splits, and the hashes that those go by."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steering.clone import models_folder
from steering.concepts import (
    Item,
    load_concept,
    normalised,
    own_concepts,
    split_of,
    statement_hash,
    unseen,
)


def test_options_that_are_no_yes_or_no_have_no_such_factor() -> None:
    item = Item(0, "s", "q", ("power", "rest"), 0, ("q\n(A) ", "\n(B) ", ""), "s")
    assert item.positive_is_yes is None
    assert item.user_turn(1) == "q\n(A) rest\n(B) power"


@given(st.text())
def test_the_split_knows_nothing_but_the_group(group: str) -> None:
    assert split_of(group) == split_of(group)
    assert split_of(group) in {"train", "validation", "test"}


def test_splits_have_the_shares_of_the_paper() -> None:
    counts = Counter(split_of(f"statement {number}") for number in range(20_000))
    shares = {split: count / 20_000 for split, count in counts.items()}
    assert shares == pytest.approx({"train": 0.4, "validation": 0.1, "test": 0.5}, abs=0.015)


def test_a_group_lies_in_one_split_only() -> None:
    for name in own_concepts():
        concept = load_concept(name)
        splits = {split: concept.of_split(split) for split in ("train", "validation", "test")}
        groups = [{item.group for item in items} for items in splits.values()]
        assert sum(map(len, groups)) == len(set.union(*groups))
        assert sum(map(len, splits.values())) == len(concept.items)


def test_fewer_groups_are_a_part_of_more() -> None:
    concept = load_concept(own_concepts()[0])
    few, many = (set(concept.of_split("test", count)) for count in (5, 10))
    assert few < many < set(concept.of_split("test"))
    assert len({item.group for item in few}) == 5


def test_one_item_of_each_group_is_tested_unless_more_are_asked_for() -> None:
    concept = load_concept("frugal")
    one, every = concept.of_split("test", 20, 1), concept.of_split("test", 20)
    assert len(one) == len({item.group for item in one}) == 20
    assert {item.group for item in one} == {item.group for item in every}
    assert set(one) < set(every)


def test_the_hash_forgets_case_blanks_and_punctuation() -> None:
    assert normalised("  I'd  say: NO!") == "id say no"
    assert statement_hash("I'd say no") == statement_hash("id  say: no.")


DIFFERENT = [
    ("मैं रोज़ पीता हूँ।", "मैं रोज़ पाता हूँ।"),
    ("ฉันชอบป้า", "ฉันชอบป่า"),
    ("😀", "😁"),
    ("I ❤ you", "I ☠ you"),
    ("Thumbs up 👍🏻", "Thumbs up 👍🏿"),
    ("I write C++ for fun.", "I write C for fun."),
    ("I write C# for fun.", "I write C for fun."),
    ("I write C# for fun.", "I write C++ for fun."),
    ("The answer is -5.", "The answer is 5."),
    ("(−5)", "(5)"),
]


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_statements_stay_different(one: str, other: str) -> None:
    assert normalised(one) != normalised(other)


@pytest.mark.parametrize(
    ("statement", "plain"),
    [
        ("I (really) - truly - don’t!", "i really truly dont"),
        ("A+ or 100+, 5-6 of mid-2020, #1: $5 + 5 = 10 °C™", "a or 100 56 of mid2020 1 5 5 10 c"),
        ("well -known – 3, a -b", "well known 3 a b"),
        ("İstanbul", "istanbul"),
        ("I ❤️ it", "i ❤ it"),
        ("−5", "-5"),
    ],
)
def test_other_signs_are_punctuation(statement: str, plain: str) -> None:
    assert normalised(statement) == plain


def test_statements_of_ours_have_the_hashes_that_models_were_trained_by() -> None:
    """The list was made before marks, pictures and signs were kept."""
    withheld = json.loads((models_folder() / "wren" / "withheld.json").read_text())
    assert {*own_concepts()} <= {*withheld}
    for name in own_concepts():
        statements = {item.statement for item in load_concept(name).items}
        assert {statement_hash(one) for one in statements} >= {*withheld[name]}
        assert all(_as_before(one) == normalised(one) for one in statements)


def _as_before(statement: str) -> str:
    return " ".join(re.sub(r"[^\w\s]", "", statement.lower()).split())


def counting(group: str, statement: str = "", number: int = 0) -> Item:
    options = ("power", "rest")
    return Item(number, statement or group, "q", options, 0, ("q\n(A) ", "\n(B) ", ""), group)


def test_in_the_other_order_the_letters_are_swapped_and_the_answer_is_the_same() -> None:
    item = counting("one")
    for order, letter in ((0, "A"), (1, "B")):
        assert item.positive_letter(order) == letter
        assert f"({letter}) power" in item.user_turn(order)


def test_the_split_goes_by_the_group_and_not_by_the_statement() -> None:
    groups = [f"group {number}" for number in range(50)]
    for group in groups:
        splits = {counting(group, f"{group}, {number}").split for number in range(5)}
        assert splits == {split_of(group)}
    assert {split_of(group) for group in groups} == {"train", "validation", "test"}


def test_of_each_group_so_many_items_are_taken() -> None:
    concept = load_concept(own_concepts()[0])
    one, all_of_them = concept.of_split("test", 5, 1), concept.of_split("test", 5)
    assert set(one) < set(all_of_them)
    assert [item.group for item in one] == list(dict.fromkeys(item.group for item in one))
    assert len(one) == 5


def test_what_a_model_was_trained_on_is_left_out_of_what_has_a_name() -> None:
    concept = load_concept(own_concepts()[0])
    groups = {item.group for item in concept.items[:30]}
    kept = tuple(item for item in concept.items if item.group in groups)
    some = {statement_hash(item.statement) for item in kept}
    assert unseen(concept, some).items == kept
    assert unseen(concept, None) == concept
    # Where one of a group was trained on, the others are as good as known.
    rest = tuple(item for item in kept if item.group != kept[0].group)
    assert 0 < len(rest) < len(kept) - 1
    assert unseen(concept, some - {statement_hash(kept[0].statement)}).items == rest
    users = replace(concept, source="file")
    assert unseen(users, some) == users


@pytest.mark.parametrize(
    ("options", "yes"),
    [
        (("Yes, I would.", "No, never."), True),
        (("“No”, I say", "yes"), False),
        (("Yes", "Yes, but no"), None),
        (("Yesterday", "No"), None),
        (("…", "No"), None),
    ],
)
def test_an_answer_is_yes_by_its_first_word(options: tuple[str, str], yes: bool | None) -> None:
    assert replace(counting("one"), options=options).positive_is_yes is yes
