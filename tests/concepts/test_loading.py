"""Concepts by their name, their file or their folder, and what is refused of each."""

from __future__ import annotations

import pytest

from steering.concepts import load_concept
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
    with pytest.raises(Refused, match=r"has no items\.jsonl, items\.json or items\.csv"):
        load_concept(tmp_path)
    for suffix in ("jsonl", "csv"):
        (tmp_path / f"items.{suffix}").touch()
    with pytest.raises(Refused, match=r"has more than one items\.jsonl"):
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
