"""Sentences about the push towards a letter follow its verdict."""

from __future__ import annotations

import pandas as pd
import pytest

from steering.analysis.curves import curve_table
from steering.analysis.letters import position_bias
from steering.analysis.verdict.outcomes import CHANCE, LETTER, TOO_LITTLE, TOWARDS_B, of_claim
from steering.analysis.verdict.table import verdicts
from steering.prose.letters import bias_table, letter_sentences, letters_sentences, push_finding
from tests.support.synthetic import Design, results, standard_curves, standard_verdicts


def of(concept: str) -> pd.DataFrame:
    return standard_verdicts().query("concept == @concept")


def test_a_planted_push_is_told_with_its_size_and_an_absent_one_with_what_would_show() -> None:
    found = letter_sentences(of("letter"))
    assert found.startswith(
        "**The vector also pushes towards the letter A, whatever A says**, by 2.5"
    )
    none = letter_sentences(of("strong"))
    assert none.startswith("**A push towards a letter cannot be told apart")
    assert "would have been seen" in none
    row = of_claim(of("letter"), LETTER).assign(outcome=TOWARDS_B, estimate=-2.5, low=-2.6, high=-2)
    assert "letter B, whatever B says**, by 2.50 (2.00 to 2.60;" in letter_sentences(row)
    few = of_claim(of("letter"), LETTER).assign(outcome=TOO_LITTLE, reason="4 random vectors")
    assert "too little data** to say whether it does (4 random vectors)" in letter_sentences(few)


def test_a_push_that_random_vectors_have_too_is_not_claimed() -> None:
    """An interval without zero sufficed: claimed on 16 and 24 of 27 concepts, where one has it."""
    bias = position_bias(standard_curves()).set_index("concept")
    clear = bias[(bias["low"] > 0) | (bias["high"] < 0)]
    text = letters_sentences(standard_verdicts())
    assert "on 1 of 6 (letter)" in text
    assert "letter: 2.5" in text
    for concept in set(clear.index) - {"letter"}:
        assert f"{concept}:" not in text
    # A push of 0.02 on every question: random vectors give as much.
    small = results({"small": Design(1.5, letter=0.02, noise=0.002)}, random_sd=0.3)
    claims = verdicts(small)
    row = position_bias(curve_table(small)).iloc[0]
    assert row["low"] > 0 or row["high"] < 0, "the old rule claims it"
    assert "cannot be told apart" in letter_sentences(claims)


def test_it_is_said_once_and_for_each_kind() -> None:
    text = letters_sentences(standard_verdicts())
    assert text.count("pushes towards A") == 1
    none = letters_sentences(standard_verdicts().query("concept != 'letter'"))
    assert "The push is" not in none
    assert "both orders" in letters_sentences(standard_verdicts().iloc[:0])


@pytest.mark.parametrize("outcome", [CHANCE, TOWARDS_B])
def test_the_table_has_the_verdict(outcome: str) -> None:
    claims = standard_verdicts()
    claims = claims.assign(outcome=claims["outcome"].mask(claims["claim"] == LETTER, outcome))
    text = bias_table(position_bias(standard_curves()), claims).data
    assert text.count(f"| {outcome} |") == 6


def test_the_push_of_one_concept_is_found_in_one_sentence() -> None:
    bias = position_bias(standard_curves())
    row = bias[bias["concept"] == "letter"].iloc[0]
    assert push_finding(bias, "letter").startswith(
        f"On letter the push towards {'A' if row['mean'] > 0 else 'B'} is {abs(row['mean']):.2f} "
    )
