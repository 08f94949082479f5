"""How the published data sets write their items, and what is odd about some of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from steering.concepts.axbench import PAIR, of_axbench, paired
from steering.concepts.files import Row, named
from steering.concepts.items import Item, Reading, hashed, normalised
from steering.errors import Refused

FIELDS = ("question", "answer_matching_behavior", "answer_not_matching_behavior")
# The same fields by the names that some of CAA's test sets have for them.
_OF_CAA = ("prompt", "correct", "incorrect")
_QUOTED = re.compile(r'"(.+)"\s*$', re.DOTALL)
# Risk and sycophancy sets print the choices at the end of the question, in many ways. The question
# is the shortest text before them.
_LETTERED = re.compile(
    r"(?P<question>.*?)"
    r"(?P<before>\s*(?i:(?:choice )?(?:choices|answers?|options|responses)\s*:?)?\s*\(A\))"
    r"(?P<first>.*?)(?P<between>\n\s*\(B\))(?P<second>.*)",
    re.DOTALL,
)
CHOICE = re.compile(r"\([A-E]\)")
_LETTERS = {"(a)": 0, "(b)": 1}


def items_of(rows: Iterable[Row]) -> tuple[tuple[Item, ...], Reading]:
    """Return the items of a file's rows, and how many rows were left out or odd.

    A row that repeats statement and answers of an earlier one adds weight, not evidence; one whose
    two answers are the same text shows nothing: both are left out. Raises Refused for a row that
    is in none of the schemas, or that contradicts an earlier one.
    """
    items: list[Item] = []
    seen: dict[tuple[str, frozenset[str]], tuple[str, str]] = {}
    rows, duplicates, equal, further = list(rows), 0, 0, 0
    pairs, count = paired(rows) if of_axbench(rows) else (rows, len(rows))
    for number, where, fields in pairs:
        item = item_of(number, fields, where)
        texts = [_plain(option) for option in item.options]
        if texts[0] == texts[1]:
            equal += 1
            continue
        key = (normalised(item.statement), frozenset(texts))
        positive = texts[item.positive]
        if key in seen:
            earlier, answer = seen[key]
            if answer != positive:
                raise Refused(
                    f"{where} contradicts {earlier.split(' of ')[0]}: the statement "
                    f"{_short(item.statement)!r} has both answers as the matching one."
                )
            duplicates += 1
            continue
        seen[key] = (where, positive)
        further += any(CHOICE.search(option) for option in item.options)
        items.append(item)
    return tuple(items), Reading(count, duplicates, equal, further)


def item_of(number: int, fields: Any, where: str) -> Item:
    """Return the item that a row's fields describe. Raises Refused where they do not."""
    names = {*fields} if isinstance(fields, dict) else set()
    read = next((read for known, read in _SCHEMAS if names.issuperset(known)), _evaluation)
    return read(number, fields, where)


def _evaluation(number: int, fields: Any, where: str) -> Item:
    if isinstance(fields, dict) and {*_OF_CAA} <= {*fields}:
        fields = {**fields, **dict(zip(FIELDS, map(fields.get, _OF_CAA), strict=True))}
    for field in FIELDS:
        if not isinstance(fields, dict) or not isinstance(fields.get(field), str):
            raise Refused(
                f"{where} has no text field {field!r}{_found(fields)}: needed are "
                f"{', '.join(FIELDS)}."
            )
    for field in ("statement", "group", "feature"):
        if not isinstance(fields.get(field) or "", str):
            raise Refused(f"{where} has a field {field!r} that is no text.")
    if not fields["question"].strip():
        raise Refused(f"{where} has an empty question: a text is needed.")
    matching, other = (fields[field].strip() for field in FIELDS[1:])
    answers = [matching.lower(), other.lower()]
    if answers[0] == answers[1]:
        raise Refused(f"{where} has the same answer {matching!r} twice: they must differ.")
    if sorted(answers) == ["no", "yes"]:
        return _yes_no(number, fields, positive=answers.index("yes"))
    if sorted(answers) == ["(a)", "(b)"]:
        return _lettered(number, fields, _LETTERS[answers[0]], where)
    raise Refused(
        f"{where} has the answers {matching!r} and {other!r}: "
        "allowed are Yes and No, or (A) and (B)."
    )


def _yes_no(number: int, fields: dict[str, Any], positive: int) -> Item:
    question = fields["question"].rstrip()
    quoted = _QUOTED.search(question)
    statement = fields.get("statement") or (quoted.group(1) if quoted else question)
    return _item(
        number,
        fields,
        statement=statement,
        question=question,
        options=("Yes", "No"),
        positive=positive,
        layout=(f"{question}\n\nChoices:\n(A): ", "\n(B): ", ""),
    )


def _lettered(number: int, fields: dict[str, Any], positive: int, where: str) -> Item:
    match = _LETTERED.fullmatch(fields["question"])
    if match is None:
        raise Refused(
            f"{where} has the answers (A) and (B), but its question does not end with the two "
            "choices: needed are a line that begins with (A) and one that begins with (B)."
        )
    question = match["question"].strip()
    options = (match["first"].strip(), match["second"].strip())
    # Some questions are lost: then the choices are all there is to tell items apart.
    statement = question if normalised(question) else " ".join([question, *options]).strip()
    return _item(
        number,
        fields,
        statement=fields.get("statement") or statement,
        question=question,
        options=options,
        positive=positive,
        layout=(f"{match['question']}{match['before']} ", f"{match['between']} ", ""),
    )


def _truthful_task(number: int, fields: dict[str, Any], where: str) -> Item:
    targets = fields["mc1_targets"]
    if isinstance(targets, dict) and {"choices", "labels"} <= {*targets}:
        targets = dict(zip(targets["choices"], targets["labels"], strict=False))
    true = [text for text, label in targets.items() if label] if isinstance(targets, dict) else []
    false = [text for text in targets if text not in true]
    if not true or not false or not isinstance(fields.get("question"), str):
        raise Refused(
            f"{where} is no item of TruthfulQA: a question is needed, and 'mc1_targets' with one "
            "answer marked 1 and others marked 0."
        )
    return _truthful(number, fields, fields["question"], true[0], false[0])


def _truthful_table(number: int, fields: dict[str, Any], where: str) -> Item:
    false = fields.get("Best Incorrect Answer") or fields["Incorrect Answers"].split(";")[0]
    if not all(text.strip() for text in (fields["Question"], fields["Best Answer"], false)):
        raise Refused(f"{where} lacks a question, its best answer or an incorrect one.")
    return _truthful(number, fields, fields["Question"], fields["Best Answer"], false)


def _truthful_answers(number: int, fields: dict[str, Any], where: str) -> Item:
    false = fields["incorrect_answers"]
    texts = [fields["question"], fields["best_answer"], *(false if isinstance(false, list) else ())]
    if len(texts) < 3 or not all(isinstance(text, str) and text.strip() for text in texts[:3]):
        raise Refused(f"{where} lacks a question, its best answer or a list of incorrect ones.")
    return _truthful(number, fields, *texts[:3])


def _two_replies(number: int, fields: dict[str, Any], where: str) -> Item:
    texts = [fields[name] for name in PAIR]
    if not all(isinstance(text, str) and text.strip() for text in texts):
        raise Refused(f"{where} has no text in one of {', '.join(PAIR)}.")
    # Rows may alternate, so that their numbers cannot say which reply comes first.
    return _ordered(number, fields, *texts, positive=int(hashed(texts[0])[:8], 16) % 2)


def _truthful(number: int, fields: dict[str, Any], question: str, true: str, false: str) -> Item:
    return _ordered(number, fields, question, true, false, positive=number % 2)


def _ordered(
    number: int, fields: dict[str, Any], question: str, true: str, false: str, *, positive: int
) -> Item:
    # No order is published: the matching answer is (A) in about every other item.
    question, true, false = question.strip(), true.strip(), false.strip()
    return _item(
        number,
        fields,
        statement=question,
        question=question,
        options=(false, true) if positive else (true, false),
        positive=positive,
        layout=(f"{question}\n\nChoices:\n (A) ", "\n (B) ", ""),
    )


def _item(
    number: int,
    fields: dict[str, Any],
    *,
    statement: str,
    question: str,
    options: tuple[str, str],
    positive: int,
    layout: tuple[str, str, str],
) -> Item:
    return Item(
        item=number,
        statement=statement,
        question=question,
        options=options,
        positive=positive,
        layout=layout,
        group=fields.get("group") or normalised(statement),
        feature=fields.get("feature") or None,
    )


def _found(fields: Any) -> str:
    if not isinstance(fields, dict) or not fields:
        return ""
    return f", but {named(fields)}"


def _plain(option: str) -> str:
    return " ".join(option.lower().split())


def _short(text: str) -> str:
    return text if len(text) < 60 else f"{text[:57]}…"


# What tells a schema by the names of its fields; without any of them, it is the evaluations'.
_SCHEMAS: tuple[tuple[tuple[str, ...], Callable[[int, Any, str], Item]], ...] = (
    (("mc1_targets",), _truthful_task),
    (("Question", "Best Answer", "Incorrect Answers"), _truthful_table),
    (("question", "best_answer", "incorrect_answers"), _truthful_answers),
    (PAIR, _two_replies),
)
