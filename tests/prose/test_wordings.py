"""Sentences about other words: every number is one of the table, and nothing is said of nothing."""

from __future__ import annotations

import re

from steering.analysis.verdict.outcomes import CHANCE, KEPT, NOT_STEERED
from steering.analysis.wordings import by_wording, variances
from steering.prose.wordings import (
    claims_table,
    left_out_sentences,
    matrix_finding,
    missing_sentence,
    show_matrix,
    show_spreads,
    spread_finding,
    wording_sentences,
    wordings_table,
)
from tests.analysis.verdict.test_wording import SHARES
from tests.support.worded import judged_in_words, slopes_in_words

CLAIMS = judged_in_words(SHARES)


def test_outcomes_are_counted() -> None:
    text = wording_sentences(CLAIMS)
    assert "In m, of 8 pairs of a concept and a family of wordings" in text
    kept = int((CLAIMS["outcome"] == KEPT).sum())
    assert f"the effect is kept in {kept}, weaker in 2 and reversed in 2" in text
    assert f"of {8 - kept - 4}, it cannot be told" in text


def test_vectors_that_are_not_judged_do_not_count() -> None:
    none = judged_in_words(SHARES, CHANCE)
    assert set(none["outcome"]) == {NOT_STEERED}
    assert "of 0 pairs" in wording_sentences(none)
    assert matrix_finding(none) == ""


def test_the_families_kept_most_and_least_often_are_named() -> None:
    assert matrix_finding(CLAIMS).startswith(
        "The effect is kept most often in the family “labels” (100"
    )
    assert "and least often in “context” (0" in matrix_finding(CLAIMS)


def test_both_spreads_stand_beside_each_other() -> None:
    spreads = variances(slopes_in_words(of_wordings=0.9, seed=3))
    assert "of 1 vector, wordings differ more in 1 and questions in 0" in spread_finding(spreads)
    alike = variances(slopes_in_words(of_wordings=0.0))
    assert "wordings differ more in 0" in spread_finding(alike)


def test_figures_say_what_they_show() -> None:
    assert "2 concepts in 4 families of wordings" in repr(show_matrix(CLAIMS))
    assert "8 wordings of the questions of 20 groups" in repr(
        show_spreads(variances(slopes_in_words()))
    )


def test_of_nothing_there_is_no_figure() -> None:
    assert show_matrix(CLAIMS[:0]).data == ""
    assert show_spreads(variances(slopes_in_words()[:0])).data == ""
    assert wording_sentences(CLAIMS[:0]) == ""


def test_tables_have_a_row_for_each() -> None:
    assert claims_table(CLAIMS).data.count("| m | c |") == 4
    table = wordings_table(by_wording(slopes_in_words({"typos": 0.5}))).data
    assert len(re.findall(r"\| typos: typos in the question \| w\d \|", table)) == 4


def test_what_was_not_measured_says_how_it_is() -> None:
    assert missing_sentence(()) == ""
    one = missing_sentence(("mine",))
    assert one.startswith("mine was not measured in other words: `steering measure MODEL CONCEPT")
    assert "mine and yours were not" in missing_sentence(("mine", "yours"))


def test_what_was_left_out_is_told_once_for_each_reason() -> None:
    text = left_out_sentences({"m.labels.digits": "no token.", "m.labels.late": "no token."})
    assert text == "Left out: `m.labels.digits` and `m.labels.late`: no token&#46;"
    assert left_out_sentences({}) == ""
