"""What is found in the items of a concept: sizes, balance, nearly equal statements, leaks."""

from __future__ import annotations

import json
from pathlib import Path

from steering.concepts import Item, load_concept, normalised
from steering.concepts.checks import NEAR, check, near_duplicates
from tests.support.written import file_of, habits


def test_a_check_finds_what_was_planted(tmp_path: Path) -> None:
    lines = [json.dumps(row) for row in habits()]
    found = check(load_concept(file_of(tmp_path, [*lines, lines[0]])))
    assert sum(found.items.values()) == sum(found.groups.values()) == 60
    assert found.words == {"Yes": 40, "No": 20}
    assert found.overlong == 1
    assert found.longest > 2000
    pairs = [pair for pair in found.near if "Sundays" in pair.one.statement]
    same = [
        pair
        for pair in pairs
        if pair.one.statement.split()[:-1] == pair.other.statement.split()[:-1]
    ]
    assert len(same) == 10
    leaks = [pair for pair in found.near if pair.one.split != pair.other.split]
    assert [pair.leaks for pair in found.near].count(True) == len(leaks) > 0
    text = " ".join(found.warnings)
    assert "positive answer is Yes in 40 of 60 items" in text
    assert "1 of 60 items have more than 2000 characters" in text
    assert "1 of 61 rows repeat another and are left out" in text
    assert f"{len(leaks)} pairs of nearly equal statements lie in different splits" in text


def test_a_group_closes_a_leak(tmp_path: Path) -> None:
    rows = habits()
    for row in rows:
        if "Sundays" in row["question"]:
            row["group"] = "Sundays"
    lines = [json.dumps(row) for row in rows]
    found = check(load_concept(file_of(tmp_path, lines)))
    assert [pair for pair in found.near if "Sundays" in pair.one.statement] == []
    assert sum(found.groups.values()) == 41


def test_a_sound_concept_has_nothing_to_put_right(clone: Path) -> None:
    concept = load_concept(clone / "book" / "example" / "early-riser.jsonl")
    assert check(concept).warnings == ()


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
