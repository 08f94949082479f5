"""Whether the vector pushes towards a letter."""

from __future__ import annotations

import pandas as pd

from steering.analysis.letters import position_bias
from steering.analysis.verdict import outcomes
from steering.analysis.verdict.letter import letter_verdicts
from tests.support.spoken import spoken_curves
from tests.support.synthetic import standard_curves


def test_only_the_concept_with_a_planted_push_is_said_to_push() -> None:
    table = letter_verdicts(standard_curves()).set_index("concept")
    assert table["outcome"].to_dict() == {
        "strong": outcomes.CHANCE,
        "weak": outcomes.CHANCE,
        "inert": outcomes.CHANCE,
        "reversed": outcomes.CHANCE,
        "letter": outcomes.TOWARDS_A,
        "yes": outcomes.CHANCE,
    }
    assert set(table["family"]) == {6}


def test_a_push_that_random_vectors_have_too_is_not_claimed() -> None:
    """An interval without zero claimed a push on 24 of 27 concepts, where it was planted in one."""
    curves = standard_curves()
    weak = curves[curves["concept"] == "weak"]
    own = weak["direction"].isin(["contrastive", "resampled"])
    side = weak["positive_letter"].astype("str").map({"A": 1.0, "B": -1.0})
    # Every vector pushes a little: the random ones to either side, ours to A.
    sign = (-1.0) ** weak["number"]
    push = 0.05 * side * sign.mask(own, 1.0)
    pushed = weak.assign(steerability=weak["steerability"] + push)
    old = position_bias(pushed).iloc[0]
    assert old["low"] > 0, "the interval alone would claim it"
    assert letter_verdicts(pushed)["outcome"].to_list() == [outcomes.CHANCE]


def test_questions_without_letters_have_no_such_verdict() -> None:
    assert letter_verdicts(spoken_curves()).empty
    both = pd.concat([standard_curves(), spoken_curves()], ignore_index=True)
    assert set(letter_verdicts(both)["form"]) == {"chosen"}
