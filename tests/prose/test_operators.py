"""Sentences about ways at equal cost: only what the rule claims is said to do more or less."""

from __future__ import annotations

from steering.analysis.operators import beside_adding
from steering.prose.operators import NOT_MEASURED, NOTHING_MOVES, beside_sentences, beside_table
from tests.analysis.test_operators import points


def test_what_does_more_and_less_is_named_with_its_size():
    ways = points((2.0, 0.0, -2.0), noise=0.01)
    text = beside_sentences(beside_adding(ways), ways)
    assert "over 15 concepts that adding moves" in text
    assert "clamp, mean (2.00 logits) does more than adding" in text
    assert "add, logistic (−2.00 logits) does less than adding" in text
    assert "1 way cannot be told apart from it" in text


def test_what_was_not_measured_is_said():
    none = points((0.0, 0.0, 0.0))[:0]
    assert beside_sentences(beside_adding(none), none) == NOT_MEASURED


def test_where_adding_moves_nothing_it_is_said_that_there_is_nothing_to_compare_with():
    still = points((2.0, 0.0, -2.0)).assign(low=-1.0, high=1.0)
    assert beside_sentences(beside_adding(still), still) == NOTHING_MOVES


def test_the_table_has_a_row_for_each_way():
    table = beside_table(beside_adding(points((2.0, 0.0, -2.0)))).data
    assert table.count("concepts of ours") == 3
    assert "| does more |" in table
