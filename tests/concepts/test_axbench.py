"""AxBench's rows become pairs of replies to one input, or are refused in one sentence."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from steering.concepts import load_concept
from steering.concepts.axbench import of_axbench, paired
from steering.concepts.checks import check
from steering.concepts.schemas import items_of
from steering.errors import Refused
from tests.support.written import file_of


def said(number: int) -> str:
    """Words that no other number has: statements that share most of theirs are one group."""
    return " ".join(f"{letter}{number}" for letter in "klmnopqr")


def row(number: int, *, positive: bool, **changes: Any) -> dict[str, Any]:
    """A row with the columns of `pyvene/axbench-concept500`."""
    return {
        "input": f"Tell me about {said(number)}.",
        "output": f"{said(number)} is {'spicy' if positive else 'plain'}.\n(A) Indeed.",
        "output_concept": "words about food" if positive else "EEEEE",
        "concept_genre": "text",
        "category": "positive" if positive else "negative",
        "dataset_category": "instruction",
        "concept_id": 7 if positive else -1,
        **changes,
    }


def both(count: int) -> list[dict[str, Any]]:
    """Replies with and without a concept, one after the other."""
    return [row(n, positive=positive) for n in range(count) for positive in (True, False)]


def numbered(rows: list[dict[str, Any]]) -> list[tuple[int, str, dict[str, Any]]]:
    return [(n, f"row {n + 1} of 'food.parquet'", fields) for n, fields in enumerate(rows)]


@pytest.mark.parametrize("kind", ["parquet", "jsonl"])
def test_two_replies_to_one_input_are_an_item(kind: str, tmp_path: Path) -> None:
    rows = [*both(40), row(99, positive=True)]
    file = tmp_path / f"food.{kind}"
    if kind == "parquet":
        pd.DataFrame(rows).to_parquet(file)
    else:
        file_of(tmp_path, [json.dumps(one) for one in rows], file.name)
    concept = load_concept(file)
    assert [item.item for item in concept.items] == list(range(0, 80, 2))
    for place, item in enumerate(concept.items):
        with_concept = item.options[item.positive]
        assert with_concept == f"{said(place)} is spicy.\n(A) Indeed."
        assert item.options[1 - item.positive] == f"{said(place)} is plain.\n(A) Indeed."
        assert item.user_turn(0).startswith(f"Tell me about {said(place)}.\n\nChoices:\n (A) ")
    first = Counter(item.positive for item in concept.items)
    assert min(first[0], first[1]) >= 10
    assert "1 of 41 replies with the concept are left out" in " ".join(check(concept).warnings)


def test_replies_are_paired_within_their_genre() -> None:
    rows = [
        row(1, positive=False, concept_genre="code", output="in code"),
        row(1, positive=False, output="in text"),
        row(1, positive=True),
    ]
    (pair,), count = paired(numbered(rows))
    assert pair[2]["output_negative"] == "in text"
    assert (pair[0], count) == (2, 1)


def test_pairs_as_axbench_has_them_for_preferences_are_taken_as_they_are() -> None:
    rows = numbered([{**row(n, positive=True), "output_negative": f"{n}"} for n in range(3)])
    assert not of_axbench(rows)
    items, reading = items_of(rows)
    assert [item.options[1 - item.positive] for item in items] == ["0", "1", "2"]
    assert reading.rows == 3


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (
            [*both(3), row(1, positive=True, output_concept="words about rain")],
            "'food.parquet' has replies with 2 concepts of AxBench: a file for each concept",
        ),
        ([row(1, positive=False)], "has replies with 0 concepts of AxBench"),
        (
            [row(1, positive=True), row(2, positive=False)],
            "'food.parquet' has 1 positive and 1 negative rows of AxBench, but no input",
        ),
        ([row(1, positive=True, output=None)], "row 1 of 'food.parquet' is no row of AxBench"),
        ([row(1, positive=True, category="hard")], "has the category 'hard': allowed are positive"),
    ],
)
def test_what_makes_no_pair_is_refused(rows: list[dict[str, Any]], sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        items_of(numbered(rows))
