"""Sentences about protocols: only what the rule claims is said to change a number."""

from __future__ import annotations

import pytest

from steering.analysis.protocols import claimed
from steering.prose.protocols import (
    NONE,
    counts_of,
    effects_finding,
    effects_sentences,
    effects_table,
    protocols_table,
    ranks_sentence,
)
from steering.records.protocols import OPTIONS, PROTOCOLS
from tests.support.effects import PLANTED, table


def test_every_option_is_a_row_with_both_values_and_a_source():
    text = protocols_table().data
    for name, option in OPTIONS.items():
        (line,) = [one for one in text.split("\n") if f"(`--{name}`)" in one]
        assert all(f"`{one.options[name]}`" in line for one in PROTOCOLS.values())
        assert option.source in line


def test_what_is_claimed_is_said_with_both_numbers_and_nothing_else_is():
    effects = table()
    assert claimed(effects).sum() == len(PLANTED)
    text = effects_sentences(effects, "clean")
    assert "Beginning at `clean`, 2 of 56 changes are beyond" in text
    assert "the 54 changes left cannot be told apart from none" in text
    assert "In linnet none is." in text
    assert "`score`: the mean slope from 0.40 to −0.10" in text
    assert "all of them: the share of slopes below zero from 40 % to 65 %" in text.replace(
        "\u202f", " "
    )
    assert "`steered`" not in text


def test_a_protocol_from_which_nothing_changes_says_so():
    text = effects_sentences(table(), "tan2024")
    assert "0 of 56 changes" in text
    assert "In wren and linnet none is." in text


def test_the_order_of_questions_is_told_of_the_difference_that_changes_it_most():
    text = ranks_sentence(table())
    assert text.count("ρ") == 2
    assert "wren" in text
    assert "linnet" in text


@pytest.mark.parametrize("of", [lambda t: effects_sentences(t, "clean"), ranks_sentence])
def test_without_measurements_it_is_said(of):
    assert of(table()[:0]) == NONE


def test_the_table_has_a_row_for_each_change_and_n_is_told_by_model():
    effects = table()
    assert effects_table(effects[:5]).data.count("| wren |") == 5
    assert (
        counts_of(effects) == "wren: 90 questions of 3 concepts; linnet: 90 questions of 3 concepts"
    )


def test_the_finding_of_a_figure_is_the_count_as_plain_text():
    assert effects_finding(table(), "clean").startswith("Beginning at clean, 2 of 56 changes are")
    assert effects_finding(table()[:0], "clean") == NONE
