"""Concepts by their name, their file or their folder, and what is refused of each."""

from __future__ import annotations

import json

import pytest

from steering.concepts import load_concept, own_concepts
from steering.errors import Refused
from tests.support.written import GOOD, file_of, line


def test_a_file_in_the_public_schema_becomes_a_concept(tmp_path):
    concept = load_concept(file_of(tmp_path, [line(n) for n in range(100)]))
    assert concept.name == "counting"
    assert len(concept.items) == 100
    first, second = concept.items[:2]
    assert first.statement == "I count to 0"
    assert first.user_turn(0).endswith("\n\nChoices:\n(A): Yes\n(B): No")
    assert first.user_turn(1).endswith("\n\nChoices:\n(A): No\n(B): Yes")
    assert [first.positive_letter(order) for order in (0, 1)] == ["A", "B"]
    assert [second.positive_letter(order) for order in (0, 1)] == ["B", "A"]
    assert (first.positive_is_yes, second.positive_is_yes) == (True, False)


def test_public_sets_are_found_by_name_in_a_data_folder(tmp_path, monkeypatch):
    (tmp_path / "persona").mkdir()
    file_of(tmp_path / "persona", [line(n) for n in range(60)])
    assert load_concept("counting", tmp_path).source == "public"
    monkeypatch.setenv("STEERING_DATA", str(tmp_path))
    assert load_concept("counting").source == "public"


TOO_LITTLE = {
    "one-sided": ([line(n, yes=True) for n in range(40)], "matching answer Yes in all of its 40"),
    "too few": (GOOD[:9], "9 different statements: at least 10"),
}


@pytest.mark.parametrize("case", TOO_LITTLE)
def test_items_that_are_not_enough_are_refused_in_one_sentence(case, tmp_path):
    lines, sentence = TOO_LITTLE[case]
    with pytest.raises(Refused, match=sentence) as refused:
        load_concept(file_of(tmp_path, lines))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", ["nothing", "no/such.jsonl", "gone.csv"])
def test_an_unknown_concept_is_refused_with_what_there_is(name):
    with pytest.raises(Refused, match=r"allowed are .*frugal|does not exist"):
        load_concept(name)


def test_a_folder_without_items_is_refused(tmp_path):
    with pytest.raises(
        Refused, match=r"has no items file \(items\.jsonl, items\.json, items\.csv, "
    ):
        load_concept(tmp_path)
    for suffix in ("jsonl", "csv"):
        (tmp_path / f"items.{suffix}").touch()
    with pytest.raises(Refused, match=r"has more than one items file"):
        load_concept(tmp_path)


def test_a_concept_file_that_is_no_toml_is_refused(tmp_path):
    file_of(tmp_path, GOOD, "items.jsonl")
    (tmp_path / "concept.toml").write_text("title = ", encoding="utf-8")
    with pytest.raises(Refused, match="not valid TOML"):
        load_concept(tmp_path)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('positive_personna = "You are."', "has the key 'positive_personna': allowed are title"),
        ("title = 3", "has a 'title' that is no text"),
    ],
)
def test_a_concept_file_with_other_keys_is_refused(text, sentence, tmp_path):
    file_of(tmp_path, GOOD, "items.jsonl")
    (tmp_path / "concept.toml").write_text(text, encoding="utf-8")
    with pytest.raises(Refused, match=sentence):
        load_concept(tmp_path)


def test_a_concept_of_ours_is_ours_by_its_path_too(clone):
    one, other = load_concept("frugal"), load_concept(clone / "concepts" / "frugal")
    assert one == other
    assert one.source == "own"


@pytest.mark.parametrize("count", [10, 20, 40])
def test_a_small_file_has_items_in_every_split(count, tmp_path):
    for start in range(8):
        lines = [line(number) for number in range(start * count, (start + 1) * count)]
        concept = load_concept(file_of(tmp_path, lines))
        assert all(concept.of_split(split) for split in ("train", "validation", "test"))
        assert len(concept.items) == count


def test_of_twenty_statements_each_split_has_its_share(tmp_path):
    concept = load_concept(file_of(tmp_path, [line(number) for number in range(20)]))
    counts = [len(concept.of_split(split)) for split in ("train", "validation", "test")]
    assert counts == [8, 2, 10]


SAME = "On Sundays we all sit down together to eat {} at home"


def alike(count):
    """Lines of statements that differ in one word of eleven."""
    return [line(n, question=SAME.format(f"dish{n}")) for n in range(count)]


def test_nearly_equal_statements_are_one_group_unless_the_file_names_groups(tmp_path):
    lines = [*alike(20), *(line(number) for number in range(30))]
    concept = load_concept(file_of(tmp_path, lines))
    assert len({item.group for item in concept.items[:20]}) == 1
    assert len({item.split for item in concept.items[:20]}) == 1
    assert len({item.group for item in concept.items}) == 31
    assert concept.reading.near_duplicates == 20
    named = load_concept(file_of(tmp_path, [*lines, line(30, group="thirty")]))
    assert len({item.group for item in named.items}) == 51
    assert named.reading.near_duplicates == 0


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (
            alike(40),
            "has 1 groups of statements, as those that say nearly the same are one: at least 10 "
            "are needed for .*; those that you mean to be different need a 'group' each",
        ),
        (
            [line(n, group=f"group {n % 3}") for n in range(40)],
            "has 3 groups of statements: at least 10 are needed for training, validation and test",
        ),
    ],
)
def test_too_few_groups_are_refused_with_the_least_number(lines, sentence, tmp_path):
    with pytest.raises(Refused, match=sentence) as refused:
        load_concept(file_of(tmp_path, lines))
    assert "\n" not in str(refused.value)
    assert str(refused.value).count(". ") == 0


def test_groups_of_ours_are_stems_and_stay_so():
    for name in own_concepts():
        concept = load_concept(name)
        assert concept.reading.near_duplicates == 0
        assert all(item.group.count("/") == 1 and item.placed is None for item in concept.items)


def test_a_file_of_caa_is_called_as_its_folder(tmp_path):
    for name in ("hallucination", "sycophancy"):
        (tmp_path / name).mkdir()
        rows = json.dumps([json.loads(text) for text in GOOD])
        (tmp_path / name / "generate_dataset.json").write_text(rows)
        assert load_concept(tmp_path / name / "generate_dataset.json").name == name
