"""The closed set of outcomes, and the family that tests are adjusted in."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from scipy import stats

from steering.analysis.verdict import outcomes
from steering.records.verdicts import COLUMNS
from tests.support.synthetic import standard_verdicts


def test_p_is_adjusted_within_a_family_and_says_how_large_it_was() -> None:
    tests = pd.DataFrame({"model": ["a"] * 4 + ["b"], "p": [0.01, 0.02, 0.03, math.nan, 0.04]})
    table = outcomes.adjusted(tests, ["model"])
    expected = stats.false_discovery_control([0.01, 0.02, 0.03])
    assert table["q"].to_list()[:3] == pytest.approx(expected)
    assert math.isnan(table["q"][3])
    assert table["q"][4] == 0.04, "a family of one is not adjusted"
    assert table["family"].to_list() == [3, 3, 3, 3, 1], "what has no p was not tested"


def test_a_discovery_has_a_rate_of_at_most_five_per_cent() -> None:
    tests = pd.DataFrame({"q": [0.05, 0.0501, math.nan]})
    assert outcomes.is_discovery(tests).to_list() == [True, False, False]


def test_no_claim_has_an_outcome_of_its_own_making() -> None:
    owner = {"model": "m", "concept": "c", "kind": "k", "form": "chosen", "direction": "d"}
    numbers = dict.fromkeys(["estimate", "low", "high", "p", "q"], 0.1) | {"family": 1}
    row = pd.DataFrame([owner | numbers | {"outcome": "is brittle"}])
    with pytest.raises(ValueError, match="'letter' cannot have the outcomes"):
        outcomes.verdict_table(row, outcomes.LETTER)


def test_every_verdict_of_a_report_has_an_outcome_of_its_claim_and_all_its_numbers() -> None:
    table = standard_verdicts()
    assert list(table.columns) == COLUMNS
    # No crossed vector and no operating point is among the standard ones, no reply was sampled, and
    # nothing was asked in other words.
    apart = {outcomes.CROSSED, outcomes.OPERATING, outcomes.REPLIES, outcomes.WORDING}
    assert set(table["claim"]) == set(outcomes.OUTCOMES) - apart
    for claim, part in table.groupby("claim"):
        assert set(part["outcome"]) <= set(outcomes.OUTCOMES[claim]), claim
    decided = table[table["p"].notna()]
    assert (decided["q"] >= decided["p"] - 1e-12).all()
    assert (decided["family"] >= 1).all()


def test_counts_are_of_all_outcomes_in_their_order() -> None:
    counted = outcomes.counts(standard_verdicts(), outcomes.LETTER)
    assert counted == {
        outcomes.TOO_LITTLE: 0,
        outcomes.CHANCE: 5,
        outcomes.TOWARDS_A: 1,
        outcomes.TOWARDS_B: 0,
    }
