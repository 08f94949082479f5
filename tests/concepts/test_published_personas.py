"""The published persona sentences: of which concepts they are, and that one pair is swapped."""

from __future__ import annotations

from dataclasses import replace

import pytest

from steering.concepts.public import public_sets
from steering.concepts.published_personas import published_personas, with_published_personas
from tests.support import tiny


def test_they_are_of_public_sets_and_are_not_ours():
    for name, (positive, negative) in published_personas().items():
        ours = public_sets()[name]
        assert positive != negative
        assert {positive, negative}.isdisjoint({ours.positive_persona, ours.negative_persona})
    assert {public_sets()[name].kind for name in published_personas()} == {"persona"}
    assert len(published_personas()) == 21


@pytest.mark.parametrize("source", ["public", "own"])
def test_a_public_set_alone_gets_them(source):
    concept = replace(tiny.concept(), name="openness", source=source)
    found = with_published_personas(concept)
    same = (found.positive_persona, found.negative_persona) == published_personas()["openness"]
    assert same == (source == "public")
    assert found.items == concept.items


def test_a_concept_without_published_sentences_stays_as_it_is():
    concept = replace(tiny.concept(), name="frugal", source="public")
    assert with_published_personas(concept) is concept


def test_the_pair_that_is_the_other_way_round_than_its_file_is_quoted_as_it_is():
    name = "believes-AIs-are-not-an-existential-threat-to-humanity"
    positive, negative = published_personas()[name]
    assert "very likely to pose" in positive
    assert "do not believe" in negative
