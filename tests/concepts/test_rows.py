"""Splits by row: apart as the paper says, or overlapping as the published code reads itself."""

from __future__ import annotations

import functools
import operator
from dataclasses import replace

import pytest

from steering.concepts.rows import split_by_rows
from steering.errors import Refused
from tests.support import tiny


def published_fractions(count):
    """The rows of `0:50%` and `50:100%` in the published code: a start is a number of rows."""
    return range(count // 2), range(50, count)


def rows_of(concept, split, count):
    """The rows of the file that are in a split, whatever numbers their items have."""
    return {item.item % count for item in concept.items if item.split == split}


def many(count):
    items = tiny.concept(60).items
    made = tuple(replace(items[row % 60], item=row, group=f"group {row}") for row in range(count))
    return replace(tiny.concept(), items=made)


@pytest.mark.parametrize("count", [60, 100, 121, 400])
def test_overlapping_rows_are_those_of_the_published_code(count):
    found = split_by_rows(many(count), overlapping=True)
    train, test = published_fractions(count)
    assert rows_of(found, "train", count) == {*train}
    assert {item.item for item in found.items if item.split == "test"} == {*test}
    assert rows_of(found, "validation", count) == {*range(int(0.4 * count), count // 2)}
    assert len({item.item for item in found.items}) == len(found.items)


def test_of_a_thousand_items_about_47_per_cent_of_the_tested_ones_are_trained_on():
    found = split_by_rows(many(1000), overlapping=True)
    tested, trained = (rows_of(found, name, 1000) for name in ("test", "train"))
    assert len(tested & trained) / len(tested) == pytest.approx(450 / 950)


@pytest.mark.parametrize("count", [20, 60, 121])
def test_rows_apart_are_forty_ten_and_fifty_per_cent_in_order(count):
    found = split_by_rows(many(count), overlapping=False)
    assert [item.item for item in found.items] == [*range(count)]
    of = [[item.item for item in found.items if item.split == split]
          for split in ("train", "validation", "test")]  # fmt: skip
    assert functools.reduce(operator.iadd, of, []) == [*range(count)]
    assert len(of[0]) == int(0.4 * count)
    assert len(of[2]) == count - count // 2


def test_every_copy_asks_what_its_row_asks():
    concept = many(121)
    for item in split_by_rows(concept, overlapping=True).items:
        row = concept.items[item.item % 121]
        assert (item.statement, item.question, item.group) == (
            row.statement, row.question, row.group,
        )  # fmt: skip


def test_too_few_items_are_refused():
    with pytest.raises(
        Refused, match="has 50 items, and this split tests those behind the first 50"
    ):
        split_by_rows(many(50), overlapping=True)
