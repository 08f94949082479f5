"""Whether a vector does more than the vectors of other concepts."""

from __future__ import annotations

import pandas as pd
import pytest

from steering.analysis.verdict import outcomes
from steering.analysis.verdict.movement import steering_verdicts
from steering.analysis.verdict.specific import specific_verdicts
from tests.support.synthetic import standard_answers, standard_curves


@pytest.fixture(scope="module")
def steering() -> pd.DataFrame:
    return steering_verdicts(standard_curves(), standard_answers())


def measured(concept: str, **values: object) -> pd.DataFrame:
    row = {
        **{"model": "wren", "concept": concept, "kind": "concepts of yours"},
        **{"own": 2.2, "own_low": 2.0, "own_high": 2.4, "others": 12, "rank": 1, "spread": 0.2},
        **{"strongest": "brave", "strongest_mean": 0.5},
        **{"ahead": 1.7, "ahead_low": 1.5, "ahead_high": 1.9, "p_ahead": 0.001},
    }
    return pd.DataFrame([row | values])


def outcome(table: pd.DataFrame, concept: str) -> str:
    return str(table.set_index("concept").loc[concept, "outcome"])


def test_a_vector_far_beyond_the_others_is_specific(steering: pd.DataFrame) -> None:
    table = specific_verdicts(measured("strong"), steering)
    assert outcome(table, "strong") == outcomes.OWN_FIRST
    assert outcome(table, "weak") == outcomes.NOT_TESTED, "of it nothing was measured"


def test_a_vector_that_another_exceeds_is_not_its_own(steering: pd.DataFrame) -> None:
    """The page showed one other vector, the alphabetically first, which did little."""
    worse = measured("strong", rank=2, ahead=-0.3, ahead_low=-0.5, ahead_high=-0.1)
    row = specific_verdicts(worse, steering).set_index("concept").loc["strong"]
    assert row["outcome"] == outcomes.OTHER_FIRST
    assert row["reason"] == "brave"


def test_another_is_not_said_to_do_more_because_it_was_chosen_among_many(
    steering: pd.DataFrame,
) -> None:
    """The strongest of many others is ahead by chance: its interval alone would claim it."""
    chosen = measured("strong", rank=2, ahead=-0.3, ahead_low=-0.5, ahead_high=-0.1, p_ahead=0.2)
    assert outcome(specific_verdicts(chosen, steering), "strong") == outcomes.CHANCE


def test_a_vector_within_the_spread_of_the_others_is_not_told_apart(steering: pd.DataFrame) -> None:
    alike = measured("strong", spread=1.6, ahead=0.2, ahead_low=-0.1, ahead_high=0.5)
    assert outcome(specific_verdicts(alike, steering), "strong") == outcomes.CHANCE


def test_one_that_moves_nothing_is_not_judged(steering: pd.DataFrame) -> None:
    assert outcome(specific_verdicts(measured("inert"), steering), "inert") == outcomes.NOT_STEERED


def test_a_run_alone_is_not_tested(steering: pd.DataFrame) -> None:
    table = specific_verdicts(measured("strong", others=4), steering)
    assert set(table["outcome"]) == {outcomes.NOT_TESTED}
    assert table["p"].isna().all()
