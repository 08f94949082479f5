"""Concepts: what is read from a file, how it is split, what is refused."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steering.concepts import (
    Item,
    Reading,
    load_concept,
    normalised,
    own_concepts,
    split_of,
    statement_hash,
)
from steering.errors import Refused


def line(number: int, yes: bool | None = None, **changes: object) -> str:
    yes = number % 2 == 0 if yes is None else yes
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


def test_options_that_are_no_yes_or_no_have_no_such_factor():
    item = Item(0, "s", "q", ("power", "rest"), 0, ("q\n(A) ", "\n(B) ", ""), "s")
    assert item.positive_is_yes is None
    assert item.user_turn(1) == "q\n(A) rest\n(B) power"


def test_a_statement_said_twice_counts_once(tmp_path):
    lines = [line(n) for n in range(50)] + [line(7, question='Say it?\n"i count, to 7!"')]
    concept = load_concept(file_of(tmp_path, lines))
    assert len(concept.items) == 50
    assert concept.reading == Reading(rows=51, duplicates=1)


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
LETTERED = (
    '{"question": "%s", "answer_matching_behavior": " (A)", "answer_not_matching_behavior": "(B)"}'
)
MALFORMED = {
    "empty": ([], "is empty"),
    "no json": ([*GOOD, "{"], "line 41 of .* is not JSON"),
    "a list": ([*GOOD, "[]"], "line 41 of .* has no text field 'question'"),
    "field missing": ([json.dumps({"question": "?"})], "no text field 'answer_matching_behavior'"),
    "field no text": ([line(1, question=3)], "no text field 'question'"),
    "neither yes nor no": (
        [line(1, answer_matching_behavior="maybe")],
        "line 1 of .* has the answers 'maybe' and 'Yes': allowed are Yes and No, or \\(A\\) and",
    ),
    "both yes": (
        [line(1, answer_matching_behavior="Yes", answer_not_matching_behavior=" yes")],
        "has the same answer 'Yes' twice: they must differ",
    ),
    "mixed": (
        [line(0, answer_not_matching_behavior="(B)")],
        "answers 'Yes' and '\\(B\\)': allowed",
    ),
    "empty question": ([line(1, question=" ")], "line 1 of .* has an empty question"),
    "statement no text": ([line(1, statement=3)], "has a field 'statement' that is no text"),
    "no choices": ([LETTERED % "So?"], "its question does not end with the two choices"),
    "contradiction": (
        [*GOOD, line(7, yes=True)],
        "line 41 of .* contradicts line 8: the statement 'I count to 7' has both answers",
    ),
    "one-sided": ([line(n, yes=True) for n in range(40)], "matching answer Yes in all of its 40"),
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


def as_csv(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8-sig") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_csv_and_json_say_the_same_as_jsonl(tmp_path):
    rows = [json.loads(text) for text in GOOD]
    (tmp_path / "counting.json").write_text(json.dumps(rows), encoding="utf-8")
    as_csv(tmp_path / "counting.csv", rows)
    items = load_concept(file_of(tmp_path, GOOD)).items
    assert load_concept(tmp_path / "counting.json").items == items
    assert load_concept(tmp_path / "counting.csv").items == items


TEXTS = {
    "list.json": ('{"question": "?"}', "is JSON, but no list"),
    "cut.json": (f"[{GOOD[0]}", "is not JSON"),
    "deep.json": ("[" * 100_000, "not JSON .nested too deeply"),
    "none.json": ("[]", "holds no items"),
    "ragged.csv": ("a,b\n1,2\n3\n", "row 2 of .* has not as many columns as the first line"),
    "quote.csv": ('a,b\n1,2\n"3', "is not CSV after its row 1"),
    "other.csv": ("a,b\n1,2\n", "row 1 of .* has no text field 'question'"),
    "items.txt": ("x", "has the suffix '.txt': allowed are .jsonl, .json, .csv"),
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_malformed_text_is_refused_in_one_sentence(name, tmp_path):
    text, sentence = TEXTS[name]
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(Refused, match=sentence) as refused:
        load_concept(tmp_path / name)
    assert "\n" not in str(refused.value)


PLACES = ["\n\nChoices:\n ", "\n ", " \n\nChoices: \n ", " Choices:\n ", "\n\nAnswers:\n", ""]


@pytest.mark.parametrize("place", PLACES)
def test_lettered_choices_are_swapped_as_texts(place, tmp_path):
    question = f"Would you do thing 0?{place}(A)  Yes, I would. \n (B) Not today. "
    lines = [
        (LETTERED % "").replace('""', json.dumps(question.replace("0", str(n)))) for n in range(40)
    ]
    item = load_concept(file_of(tmp_path, lines)).items[0]
    assert item.statement == item.question == "Would you do thing 0?"
    assert item.options == ("Yes, I would.", "Not today.")
    assert item.user_turn(0) == f"Would you do thing 0?{place}(A) Yes, I would.\n (B) Not today."
    assert item.user_turn(1) == f"Would you do thing 0?{place}(A) Not today.\n (B) Yes, I would."
    assert item.positive_letter(0) == "A"
    assert item.positive_is_yes is None


def test_equal_and_further_choices_are_counted(tmp_path):
    odd = ["So? (A) Yes\n(B) yes ", "So?\n(A) Yes\n(B) No\nNo? (A) One\n(B) Two"]
    odd += ["\n(A) Yes, 1\n(B) No", "\n(A) Yes, 2\n(B) No"]
    lines = GOOD + [(LETTERED % "").replace('""', json.dumps(text)) for text in odd]
    concept = load_concept(file_of(tmp_path, lines))
    assert concept.reading == Reading(rows=44, equal_answers=1, further_choices=1)
    assert [item.group for item in concept.items[-2:]] == ["yes 1 no", "yes 2 no"]
    assert concept.items[-1].positive_is_yes is True


TRUTHFUL = [
    {"question": f"What is {n} plus 1?", "mc1_targets": {"none": 0, str(n + 1): 1, "two": 0}}
    for n in range(40)
]


def test_truthfulqa_is_read_in_its_three_forms(tmp_path):
    (tmp_path / "mc_task.json").write_text(json.dumps(TRUTHFUL), encoding="utf-8")
    listed = [
        {**row, "mc1_targets": {"choices": list(answers), "labels": list(answers.values())}}
        for row in TRUTHFUL
        for answers in [row["mc1_targets"]]
    ]
    (tmp_path / "listed.json").write_text(json.dumps(listed), encoding="utf-8")
    rows = [
        {
            "Question": row["question"],
            "Best Answer": next(text for text, true in row["mc1_targets"].items() if true),
            "Incorrect Answers": "none; two",
        }
        for row in TRUTHFUL
    ]
    as_csv(tmp_path / "TruthfulQA.csv", rows)
    one, *others = [load_concept(file) for file in sorted(tmp_path.iterdir())]
    assert all(other.items == one.items for other in others)
    assert sorted(other.name for other in (one, *others)) == ["listed", "truthfulqa", "truthfulqa"]
    first, second = one.items[:2]
    assert first.user_turn(0) == "What is 0 plus 1?\n\nChoices:\n (A) 1\n (B) none"
    assert (first.positive_letter(0), second.positive_letter(0)) == ("A", "B")
    assert second.options == ("none", "2")
    (tmp_path / "cut.json").write_text(json.dumps([{"mc1_targets": {"a": 1}}]), encoding="utf-8")
    with pytest.raises(Refused, match="is no item of TruthfulQA"):
        load_concept(tmp_path / "cut.json")


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
