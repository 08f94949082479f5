"""What is found in the items of a concept: sizes, balance, nearly equal statements, leaks."""

from __future__ import annotations

import json
from pathlib import Path

from steering.concepts import load_concept
from steering.concepts.checks import check
from tests.support.written import by_themselves, file_of, habits


def test_a_check_finds_what_was_planted(tmp_path: Path) -> None:
    lines = [json.dumps(row) for row in habits()]
    found = check(load_concept(file_of(tmp_path, [*lines, lines[0]])))
    assert sum(found.items.values()) == 60
    # Nearly equal statements are one group, so that no pair of them leaks.
    assert sum(found.groups.values()) == 41
    assert (found.joined, found.near) == (20, ())
    assert found.words == {"Yes": 40, "No": 20}
    assert found.overlong == 1
    assert found.longest > 2000
    text = " ".join(found.warnings)
    assert "positive answer is Yes in 40 of 60 items" in text
    assert "1 of 60 items have more than 2000 characters" in text
    assert "1 of 61 rows repeat another and are left out" in text
    assert "nearly equal" not in text


def test_groups_that_a_file_names_are_kept_and_their_leaks_are_told(tmp_path: Path) -> None:
    found = check(load_concept(file_of(tmp_path, by_themselves(habits()))))
    assert sum(found.groups.values()) == 60
    assert found.joined == 0
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
