"""Whose a concept is: what its run's card says of its source."""

from __future__ import annotations

import pandas as pd
import pytest

from steering.concepts import load_concept, own_concepts
from steering.records.kinds import OURS, PUBLIC, YOURS, by_kind, kind_of_source, kinds_of
from tests.support.many import MIXED


@pytest.mark.parametrize(
    ("source", "kind"),
    [("own", OURS), ("public", PUBLIC), ("file", YOURS), ("folder", YOURS), (None, YOURS)],
)
def test_the_kind_of_a_concept_is_that_of_its_source(source: str | None, kind: str) -> None:
    assert kind_of_source(source) == kind


def test_concepts_of_ours_are_ours() -> None:
    assert kind_of_source(load_concept(own_concepts()[0]).source) == OURS


def test_ours_come_first_and_keep_their_order() -> None:
    assert list(by_kind(MIXED)) == [OURS, PUBLIC, YOURS]
    assert by_kind({"b": YOURS, "a": YOURS}) == {YOURS: ["b", "a"]}


def test_a_table_says_the_kind_of_each_of_its_concepts_once() -> None:
    table = pd.DataFrame({"concept": ["b", "a", "b"], "kind": [YOURS, OURS, YOURS]})
    assert list(kinds_of(table).items()) == [("b", YOURS), ("a", OURS)]
