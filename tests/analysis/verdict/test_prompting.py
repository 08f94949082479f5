"""Whether a persona in the prompt does more than the vector."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from steering.analysis.controls import prompting
from steering.analysis.verdict import outcomes
from steering.analysis.verdict.movement import steering_verdicts
from steering.analysis.verdict.prompting import prompting_verdicts
from tests.support.synthetic import standard, standard_answers, standard_curves


@pytest.fixture(scope="module")
def steering() -> pd.DataFrame:
    return steering_verdicts(standard_curves(), standard_answers())


def test_personas_that_do_nothing_are_behind_a_vector_that_does(steering: pd.DataFrame) -> None:
    personas = prompting(standard_curves(), standard())
    table = prompting_verdicts(personas, steering)
    found = table.groupby("concept")["outcome"].unique().map(list)
    assert found["strong"] == [outcomes.VECTOR_FIRST]
    assert found["inert"] == [outcomes.ALIKE]
    assert set(table["subject"]) == {"SYS_POS", "SYS_NEG", "USER_POS", "USER_NEG"}
    assert set(table["family"]) == {len(table)}


def test_a_persona_ahead_of_the_vector_does_more(steering: pd.DataFrame) -> None:
    personas = prompting(standard_curves(), standard())
    numbers = {"ahead": 2.0, "ahead_low": 1.5, "ahead_high": 2.5, "p": 1e-6}
    table = prompting_verdicts(personas.assign(**numbers), steering)
    assert set(table["outcome"]) == {outcomes.PROMPT_FIRST}


def test_a_difference_that_is_sure_but_small_is_no_finding(steering: pd.DataFrame) -> None:
    """Of 108 verdicts on one of our models, 34 were about differences of less than 0.1 logits."""
    personas = prompting(standard_curves(), standard())
    small = {"ahead": 0.09, "ahead_low": 0.08, "ahead_high": 0.1, "p": 1e-6}
    table = prompting_verdicts(personas.assign(**small), steering)
    assert set(table["outcome"]) == {outcomes.ALIKE}
    large = {"ahead": -0.11, "ahead_low": -0.12, "ahead_high": -0.1, "p": 1e-6}
    table = prompting_verdicts(personas.assign(**large), steering)
    assert set(table["outcome"]) == {outcomes.VECTOR_FIRST}


def test_the_multiplier_that_equals_a_persona_is_its_change_over_the_slope() -> None:
    personas = prompting(standard_curves(), standard())
    row = personas[(personas["concept"] == "strong") & (personas["means"] == "SYS_POS")].iloc[0]
    slope = standard_curves().query(
        "concept == 'strong' and direction == 'contrastive'"
        " and vector_setting == 'BASE' and prompt_setting == 'BASE'"
    )["steerability"]
    assert row["equal_multiplier"] == pytest.approx(row["mean"] / slope.mean())
    vector = personas[personas["means"] == "vector"]
    assert vector["equal_multiplier"].isna().all()
    assert math.isnan(vector["p"].iloc[0])
