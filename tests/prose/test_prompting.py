"""Sentences about personas in the prompt follow their verdicts, those of each kind apart."""

from __future__ import annotations

import pandas as pd
import pytest

from steering.analysis.controls import VECTOR, prompting
from steering.analysis.verdict.outcomes import (
    CHANCE,
    PROMPT_FIRST,
    PROMPTING,
    STEERING,
    VECTOR_FIRST,
)
from steering.prose.prompting import prompting_sentences, prompting_table
from steering.prose.words import number
from steering.records.kinds import OURS, PUBLIC
from tests.support.synthetic import standard, standard_curves, standard_verdicts


@pytest.fixture(scope="module")
def personas() -> pd.DataFrame:
    return prompting(standard_curves(), standard())


def kinds(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(kind=table["concept"].map({"strong": OURS}).fillna(PUBLIC))


def test_the_counts_are_of_verdicts_and_kinds_stand_apart(personas: pd.DataFrame) -> None:
    """One sentence pooled planted concepts, whose vectors win, with public sets, which lose."""
    claims = standard_verdicts()
    of = claims["claim"] == PROMPTING
    strong = claims["concept"] == "strong"
    claims = claims.assign(
        outcome=claims["outcome"].mask(of & strong, VECTOR_FIRST).mask(of & ~strong, PROMPT_FIRST)
    )
    text = prompting_sentences(kinds(claims), kinds(personas))
    assert f"**{OURS.capitalize()}:** the vector does more in 4 of 4 cases." in text
    first = f"**{PUBLIC.capitalize()}:** a persona in the prompt does more than the vector in 20 of"
    assert f"{first} 20 cases." in text
    assert "of 24" not in text


def test_prompts_that_do_nothing_are_behind(personas: pd.DataFrame) -> None:
    claims = standard_verdicts().query("concept == 'strong'")
    one = personas[personas["concept"] == "strong"]
    text = prompting_sentences(claims, one)
    assert text.startswith("The vector does more in 4 of 4 cases.")
    table = prompting_table(one, claims).data.splitlines()
    assert len(table) == 2 + 6
    assert table[2].startswith(f"| SYS_POS, no vector | {VECTOR_FIRST} | {number(0)} (")
    assert table[4].startswith("| the vector, λ = 1 | – | 2.")
    assert table[4].endswith("| – |")


def test_the_multiplier_that_equals_a_persona_is_told_only_where_the_vector_moves_the_answer(
    personas: pd.DataFrame,
) -> None:
    equal = personas["equal_multiplier"].mask(personas["means"] != VECTOR, 3 * personas["towards"])
    rows = personas.assign(equal_multiplier=equal).query("concept == 'strong'")
    claims = standard_verdicts().query("concept == 'strong'")
    assert "as much as the persona at this λ: 3.00." in prompting_sentences(claims, rows)
    assert "| 3.00 |" in prompting_table(rows, claims).data
    still = claims["claim"] == STEERING
    unmoved = claims.assign(outcome=claims["outcome"].mask(still, CHANCE))
    assert "at this λ" not in prompting_sentences(unmoved, rows)
    assert "3.00" not in prompting_table(rows, unmoved).data


def test_what_was_not_measured_is_said(personas: pd.DataFrame) -> None:
    claims = standard_verdicts()
    alone = personas[personas["means"] == VECTOR]
    assert "BASE was measured" in prompting_sentences(claims, alone)
    of = claims["claim"] == PROMPTING
    untold = claims.assign(estimate=claims["estimate"].mask(of))
    assert "was not measured at" in prompting_sentences(untold, personas)
