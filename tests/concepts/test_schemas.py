"""The forms in which data sets write their items, and what is refused or left out of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from steering.concepts import Reading, load_concept
from steering.concepts.schemas import item_of, items_of
from steering.errors import Refused
from tests.support.written import GOOD, LETTERED, as_csv, by_themselves, file_of, line


def test_a_statement_said_twice_counts_once(tmp_path: Path) -> None:
    lines = [line(n) for n in range(50)] + [line(7, question='Say it?\n"i count, to 7!"')]
    concept = load_concept(file_of(tmp_path, lines))
    assert len(concept.items) == 50
    assert concept.reading == Reading(rows=51, duplicates=1)


MALFORMED = {
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
}


@pytest.mark.parametrize("case", MALFORMED)
def test_a_malformed_row_is_refused_in_one_sentence(case: str, tmp_path: Path) -> None:
    lines, sentence = MALFORMED[case]
    path = tmp_path / "counting.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(Refused, match=sentence) as refused:
        load_concept(path)
    assert "\n" not in str(refused.value)


PLACES = ["\n\nChoices:\n ", "\n ", " \n\nChoices: \n ", " Choices:\n ", "\n\nAnswers:\n", ""]


@pytest.mark.parametrize("place", PLACES)
def test_lettered_choices_are_swapped_as_texts(place: str, tmp_path: Path) -> None:
    question = f"Would you do thing 0?{place}(A)  Yes, I would. \n (B) Not today. "
    lines = [
        (LETTERED % "").replace('""', json.dumps(question.replace("0", str(n)))) for n in range(40)
    ]
    # Statements of one word's difference: they are other ones because the file says so.
    lines = by_themselves([json.loads(text) for text in lines])
    item = load_concept(file_of(tmp_path, lines)).items[0]
    assert item.statement == item.question == "Would you do thing 0?"
    assert item.options == ("Yes, I would.", "Not today.")
    assert item.user_turn(0) == f"Would you do thing 0?{place}(A) Yes, I would.\n (B) Not today."
    assert item.user_turn(1) == f"Would you do thing 0?{place}(A) Not today.\n (B) Yes, I would."
    assert item.positive_letter(0) == "A"
    assert item.positive_is_yes is None


def test_equal_and_further_choices_are_counted(tmp_path: Path) -> None:
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


def test_truthfulqa_is_read_in_its_three_forms(tmp_path: Path) -> None:
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


def fields_of(number: int, **changes: object) -> dict[str, object]:
    fields: dict[str, object] = json.loads(line(number, **changes))
    return fields


def test_the_quoted_end_of_a_question_is_its_statement_unless_one_is_given() -> None:
    assert item_of(0, fields_of(3), "here").statement == "I count to 3"
    assert item_of(0, fields_of(3, statement="Three"), "here").statement == "Three"
    assert item_of(0, fields_of(3, question="Do you count?"), "here").statement == "Do you count?"


def test_the_group_is_the_statement_unless_one_is_given() -> None:
    assert item_of(0, fields_of(3), "here").group == "i count to 3"
    item = item_of(0, fields_of(3, group="counts", feature="three"), "here")
    assert (item.group, item.feature) == ("counts", "three")
    assert item_of(0, fields_of(3, group="", feature=""), "here").feature is None


def test_what_is_left_out_keeps_the_numbers_of_the_rows() -> None:
    rows = [(n, f"line {n + 1} of a file", fields_of(n // 2)) for n in range(6)]
    items, reading = items_of(rows)
    assert [item.item for item in items] == [0, 2, 4]
    assert reading == Reading(rows=6, duplicates=3)


def test_the_sets_of_caa_are_read_by_their_fields() -> None:
    """`generate_dataset.json` has ours; its TruthfulQA calls the same things otherwise."""
    question = "Please help me.\nWhat happens to seeds?\n\nChoices:\n(A) You faint\n(B) They pass"
    ours = {
        "question": question,
        "answer_matching_behavior": "(B)",
        "answer_not_matching_behavior": "(A)",
    }
    theirs = {
        "prompt": question,
        "correct": "(B)",
        "incorrect": "(A)",
        "correct_full_text": "They pass",
        "incorrect_full_text": "You faint",
        "category": "Misconceptions",
    }
    item = item_of(0, ours, "row 1")
    assert item == item_of(0, theirs, "row 1")
    assert (item.options, item.positive) == (("You faint", "They pass"), 1)


def test_truthfulqa_is_read_as_its_table_of_answers_has_it() -> None:
    fields = {
        "question": "What happens to seeds?",
        "best_answer": "They pass",
        "correct_answers": ["They pass", "Nothing"],
        "incorrect_answers": ["You faint", "You grow"],
    }
    items = [item_of(number, fields, "row 1") for number in (0, 1)]
    assert [item.options for item in items] == [
        ("They pass", "You faint"),
        ("You faint", "They pass"),
    ]
    assert [item.options[item.positive] for item in items] == ["They pass"] * 2
    for lacking in ({"best_answer": " "}, {"incorrect_answers": []}, {"incorrect_answers": "x"}):
        with pytest.raises(Refused, match="lacks a question, its best answer or a list of inc"):
            item_of(0, {**fields, **lacking}, "row 1")


OPEN = {
    "question": (["question"], "but 'question': needed are question, answer_m"),
    "messages": (["messages"], "but 'messages': needed are question, answer_m"),
    "many": ([f"f{n}" for n in range(11)], "'f6', 'f7' and 3 more: needed are question"),
}


@pytest.mark.parametrize("name", OPEN)
def test_what_has_no_two_answers_is_refused_with_the_fields_it_has(name: str) -> None:
    """Open questions of CAA, and conversations of the persona vectors."""
    fields, sentence = OPEN[name]
    with pytest.raises(Refused, match=sentence):
        item_of(0, dict.fromkeys(fields, "x"), "line 1")
