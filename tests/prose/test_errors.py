"""What is said of the report's own errors, on a table that the test wrote."""

from __future__ import annotations

from steering.prose.errors import (
    claims_sentences,
    claims_table,
    false_claims,
    few_groups_sentence,
    interval_sentences,
    power_finding,
    power_table,
)
from tests.support.calibrated import some_claims, some_intervals


def test_a_rate_counts_as_too_high_where_its_interval_says_so() -> None:
    assert not false_claims(some_claims())["above"].any()
    said = claims_sentences(some_claims())
    assert said.startswith("A single test may be wrong in 5.0\u202f% of cases.")
    assert "Of 4 cases in which a claim is false, each drawn 1,000 times or more" in said
    assert "nowhere above" in said
    assert "“moves” (a random vector; 50 groups of 1 question): 5.2\u202f%" in said
    too_high = claims_sentences(some_claims((0.09, 0.07, 0.11)))
    assert "in 1: moves (a random vector, 50 groups of 1 question)." in too_high


def test_the_table_gives_the_highest_rate_of_the_settings() -> None:
    text = claims_table(some_claims()).data
    rows = [line for line in text.splitlines() if line.startswith("| moves")]
    assert len(rows) == 2
    assert "| 2 | 1,000 | claims | 5.0\u202f% | 5.2\u202f% (4.0 to 6.7\u202f%) |" in rows[0]
    assert "false ones among the claims on 27 together" in rows[1]


def test_power_names_the_smallest_size_that_is_found() -> None:
    text = power_table(some_claims()).data
    moves, loses = (line for line in text.splitlines() if line.startswith(("| moves", "| loses")))
    assert "| 3.00 | 85" in moves
    assert "| none tried (0.5) | 30" in loses


def test_intervals_that_fall_short_are_named() -> None:
    mean, median = interval_sentences(some_intervals()).splitlines()
    assert "less than 93.0\u202f% in 1 of 2 settings, least with 5 groups" in mean
    assert median.endswith("least with 50 groups, a shift, 5 resampled vectors")
    said = few_groups_sentence(some_intervals())
    assert "those of the mean slope in 88" in said
    assert "median" not in said


def test_true_effects_that_are_seldom_found_are_named() -> None:
    claims = some_claims()
    true = claims[claims["true"]]
    cases = true.drop_duplicates(["claim", "case"])
    always = power_finding(claims.assign(made=1.0))
    assert always == (
        f"{len(cases)} of {len(cases)} kinds of true effect are claimed in 80.0\u202f% of cases or "
        "more at some size that was tried."
    )
    never = power_finding(claims.assign(made=0.25))
    assert never.startswith(f"0 of {len(cases)} kinds")
    assert never.count(": 25.0\u202f% at most") == len(cases)
