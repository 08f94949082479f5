"""Concepts: what is read from a file, how it is split, what is refused."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steering.concepts import (
    Item,
    load_concept,
    normalised,
    own_concepts,
    split_of,
    statement_hash,
)
from steering.errors import Refused


def line(number: int, yes: bool = True, **changes: object) -> str:
    fields = {
        "question": f'Is the following statement something you would say?\n"I count to {number}"',
        "answer_matching_behavior": " Yes" if yes else " No",
        "answer_not_matching_behavior": " No" if yes else " Yes",
    }
    return json.dumps({**fields, **changes})


def file_of(folder: Path, lines: list[str], name: str = "counting.jsonl") -> Path:
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_file_in_the_public_schema_becomes_a_concept(tmp_path):
    concept = load_concept(file_of(tmp_path, [line(n, yes=n % 2 == 0) for n in range(100)]))
    assert concept.name == "counting"
    assert len(concept.items) == 100
    first, second = concept.items[:2]
    assert first.statement == "I count to 0"
    assert first.user_turn(0).endswith("\n\nChoices:\n(A): Yes\n(B): No")
    assert first.user_turn(1).endswith("\n\nChoices:\n(A): No\n(B): Yes")
    assert [first.positive_letter(order) for order in (0, 1)] == ["A", "B"]
    assert [second.positive_letter(order) for order in (0, 1)] == ["B", "A"]
    assert (first.positive_is_yes, second.positive_is_yes) == (True, False)


def test_options_that_are_no_yes_or_no_have_no_such_factor():
    item = Item(0, "s", "q", ("power", "rest"), 0, ("q\n(A) ", "\n(B) ", ""), "s")
    assert item.positive_is_yes is None
    assert item.user_turn(1) == "q\n(A) rest\n(B) power"


def test_a_statement_said_twice_counts_once(tmp_path):
    lines = [line(n) for n in range(50)] + [line(7, question='Say it?\n"i count, to 7!"')]
    assert len(load_concept(file_of(tmp_path, lines)).items) == 50


@given(st.text())
def test_the_split_knows_nothing_but_the_group(group):
    assert split_of(group) == split_of(group)
    assert split_of(group) in {"train", "validation", "test"}


def test_splits_have_the_shares_of_the_paper():
    counts = Counter(split_of(f"statement {number}") for number in range(20_000))
    shares = {split: count / 20_000 for split, count in counts.items()}
    assert shares == pytest.approx({"train": 0.4, "validation": 0.1, "test": 0.5}, abs=0.015)


def test_a_group_lies_in_one_split_only():
    for name in own_concepts():
        concept = load_concept(name)
        splits = {split: concept.of_split(split) for split in ("train", "validation", "test")}
        groups = [{item.group for item in items} for items in splits.values()]
        assert sum(map(len, groups)) == len(set.union(*groups))
        assert sum(map(len, splits.values())) == len(concept.items)


def test_fewer_groups_are_a_part_of_more():
    concept = load_concept(own_concepts()[0])
    few, many = (set(concept.of_split("test", count)) for count in (5, 10))
    assert few < many < set(concept.of_split("test"))
    assert len({item.group for item in few}) == 5


def test_the_hash_forgets_case_blanks_and_punctuation():
    assert normalised("  I'd  say: NO!") == "id say no"
    assert statement_hash("I'd say no") == statement_hash("id  say: no.")


def test_public_sets_are_found_by_name_in_a_data_folder(tmp_path, monkeypatch):
    (tmp_path / "persona").mkdir()
    file_of(tmp_path / "persona", [line(n) for n in range(60)])
    assert load_concept("counting", tmp_path).source == "public"
    monkeypatch.setenv("STEERING_DATA", str(tmp_path))
    assert load_concept("counting").source == "public"


GOOD = [line(number) for number in range(40)]
MALFORMED = {
    "empty": ([], "is empty"),
    "no json": ([*GOOD, "{"], "line 41 of .* is not JSON"),
    "a list": ([*GOOD, "[]"], "line 41 of .* has no text field 'question'"),
    "field missing": ([json.dumps({"question": "?"})], "no text field 'answer_matching_behavior'"),
    "field no text": ([line(1, question=3)], "no text field 'question'"),
    "neither yes nor no": (
        [line(1, answer_matching_behavior="maybe")],
        "answers 'maybe' and 'no': one must be Yes, one No",
    ),
    "both yes": ([line(1, answer_not_matching_behavior=" Yes")], "one must be Yes, one No"),
    "too few": (GOOD[:9], "9 different statements: at least 10"),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_a_malformed_file_is_refused_in_one_sentence(case, tmp_path):
    lines, sentence = MALFORMED[case]
    path = tmp_path / "counting.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(Refused, match=sentence) as refused:
        load_concept(path)
    assert "\n" not in str(refused.value)


def test_a_file_in_another_encoding_is_refused(tmp_path):
    path = tmp_path / "counting.jsonl"
    path.write_bytes(line(1).encode("utf-16"))
    with pytest.raises(Refused, match="not UTF-8 text"):
        load_concept(path)


@pytest.mark.parametrize("name", ["nothing", "no/such.jsonl", "gone.csv"])
def test_an_unknown_concept_is_refused_with_what_there_is(name):
    with pytest.raises(Refused, match=r"allowed are .*frugal|does not exist"):
        load_concept(name)


def test_a_folder_without_items_is_refused(tmp_path):
    with pytest.raises(Refused, match=r"no items\.jsonl"):
        load_concept(tmp_path)


def test_a_concept_file_that_is_no_toml_is_refused(tmp_path):
    file_of(tmp_path, GOOD, "items.jsonl")
    (tmp_path / "concept.toml").write_text("title = ", encoding="utf-8")
    with pytest.raises(Refused, match="not valid TOML"):
        load_concept(tmp_path)
