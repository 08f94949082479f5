"""The public sets as they were published: every item is read, and personas are the right way."""

from __future__ import annotations

import json
import math
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from steering.concepts import Concept, load_concept, normalised
from steering.concepts.public import public_sets
from tests.support import published as sets
from tests.support.published import DATA, real

# What the 39 files hold, counted once from the published files.
PUBLISHED = {
    "rows": 37_602,
    "duplicates": 952,
    "equal_answers": 39,
    "further_choices": 55,
    "near_duplicates": 2_914,
}


@pytest.fixture(scope="module")
def published() -> dict[str, Concept]:
    return {name: sets.published(name) for name in sets.NAMES}


@real
def test_every_published_item_is_read(published):
    assert [name for name, concept in published.items() if not concept.as_published] == []
    counted = Counter()
    for concept in published.values():
        counted.update(vars(concept.reading))
        left_out = concept.reading.duplicates + concept.reading.equal_answers
        assert len(concept.items) == concept.reading.rows - left_out
    assert counted == PUBLISHED


@real
def test_order_zero_is_what_was_published(published):
    for name, concept in published.items():
        one = public_sets()[name]
        text = (Path(DATA) / one.place).read_text(encoding="utf-8")
        rows = json.loads(text) if one.place.endswith(".json") else None
        rows = rows or [json.loads(line) for line in text.split("\n") if line]
        for item in concept.items[::7]:
            row = rows[item.item]
            said = row["question"]
            if one.kind == "persona":
                said += "Choices:(A):Yes(B):No"
            ours = item.user_turn(0)
            assert "".join(ours.split()) == "".join(said.split())
            swapped = item.user_turn(1)
            assert Counter(swapped.split()) == Counter(item.user_turn(0).split())
            matching = row["answer_matching_behavior"].strip()
            if one.kind == "persona":
                assert item.options[item.positive] == matching
            else:
                assert f"({item.positive_letter(0)})" == matching


def leaning(concept: Concept, sentence: str) -> float:
    """How much likelier a sentence is among matching statements than among others, by words."""
    counts: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    for item in concept.items:
        counts[item.positive].update(set(_stems(item.statement)))
    totals = [sum(count.values()) for count in counts]
    return sum(
        math.log((counts[0][word] + 1) / totals[0]) - math.log((counts[1][word] + 1) / totals[1])
        for word in set(_stems(sentence))
    )


def _stems(text: str) -> list[str]:
    return [word[:7] for word in normalised(text.replace("’", "'")).split()]


def backwards(concept: Concept) -> bool:
    """Whether the negative persona sentence speaks more like the matching statements."""
    positive = leaning(concept, concept.positive_persona)
    return positive < leaning(concept, concept.negative_persona)


@real
def test_every_pair_of_persona_sentences_is_the_right_way_round(published):
    statements = [one.name for one in public_sets().values() if one.kind == "persona"]
    concepts = [published[name] for name in statements]
    assert [concept.name for concept in concepts if backwards(concept)] == []
    for concept in concepts:
        swapped = replace(
            concept,
            positive_persona=concept.negative_persona,
            negative_persona=concept.positive_persona,
        )
        assert backwards(swapped), "a swapped pair would not be found"


@real
def test_a_public_file_given_by_its_path_is_still_that_set():
    place = Path(DATA) / public_sets()["sycophancy_test"].place
    assert load_concept(place) == sets.published("sycophancy_test")
