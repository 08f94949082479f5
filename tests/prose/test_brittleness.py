"""Sentences and the table about what is left out of distribution."""

from __future__ import annotations

import pandas as pd

from steering.analysis import brittleness
from steering.analysis.variability import by_concept, spread_by_concept
from steering.prose import words
from steering.prose.brittleness import (
    agreement_sentences,
    brittle_sentences,
    shift_table,
    variance_sentences,
)
from tests.support.synthetic import standard_curves


def test_what_is_left_is_told_with_the_concept_that_loses_most() -> None:
    shifted = brittleness.in_and_out(standard_curves())
    found = by_concept(standard_curves())
    assert "lower in" in brittle_sentences(shifted, found)
    assert "least for strong under" in brittle_sentences(shifted, found)
    assert "6 concepts)" in agreement_sentences(brittleness.rank_agreement(shifted))


def test_without_shifts_the_page_says_so() -> None:
    curves = standard_curves()
    base = curves[curves["prompt_setting"] == "BASE"]
    found = by_concept(base)
    assert brittle_sentences(brittleness.in_and_out(base), found).startswith("No shift")


def test_nothing_is_left_of_a_slope_that_may_be_chance() -> None:
    """The interval of a slope can leave out zero where random vectors do as much."""
    shifted = brittleness.in_and_out(standard_curves())
    found = by_concept(standard_curves())
    assert (shifted["in_low"] > 0).any()
    none = found.assign(beyond_chance=pd.array([False] * len(found), dtype="boolean"))
    said = brittle_sentences(shifted, none)
    assert said.endswith("In distribution no vector steers beyond chance here.")
    weak = found.assign(beyond_chance=found["concept"] == "weak")
    assert "least for weak under" in brittle_sentences(shifted, weak)


def test_shifts_are_columns_of_one_row_a_concept() -> None:
    shifted = brittleness.in_and_out(standard_curves())
    header, _, *lines = shift_table(shifted).data.splitlines()
    assert len(lines) == shifted["concept"].nunique()
    assert "| SYS_POS→ USER_NEG, difference (95\u202f%) |" in header
    row = shifted[(shifted["concept"] == "strong") & (shifted["shift"] == "BASE→USER_NEG")].iloc[0]
    cells = next(line for line in lines if line.startswith("| strong ")).split(" | ")
    assert cells[2].startswith(words.number(row["difference"]))
    assert cells[1].startswith(words.number(row["in_distribution"]))


def test_variances_of_few_concepts_have_no_order() -> None:
    curves = standard_curves()
    three = curves[curves["concept"].isin(["strong", "weak", "yes"])]
    spreads = spread_by_concept(three)
    agreement = brittleness.rank_agreement(brittleness.variance_in_and_out(spreads))
    assert "fewer than four concepts" in variance_sentences(agreement)
    assert "fewer than four concepts" in agreement_sentences(agreement)
    spreads = spread_by_concept(curves)
    agreement = brittleness.rank_agreement(brittleness.variance_in_and_out(spreads))
    assert variance_sentences(agreement).count(";") == 3
