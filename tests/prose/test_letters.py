"""Sentences about the push towards a letter name the letter and how far."""

from __future__ import annotations

import pandas as pd

from steering.analysis.letters import position_bias
from steering.prose.letters import answer_sentences, bias_sentences, letters_sentences
from tests.support.synthetic import standard_curves


def test_a_push_towards_a_letter() -> None:
    bias = {"mean": -0.4, "low": -0.6, "high": -0.2}
    assert "also pushes towards the letter B" in answer_sentences(bias, 1.5)
    none = answer_sentences(bias | {"high": 0.1}, 1.5)
    assert "does not push towards either letter" in none
    assert "The mean slope is 1.50." in none


def test_the_push_towards_a_letter_is_counted_and_the_largest_named() -> None:
    bias = pd.DataFrame(
        [("plain", 0.01, -0.02, 0.03), ("tidy", -0.8, -0.9, -0.7), ("brave", 0.1, 0.05, 0.2)],
        columns=["concept", "mean", "low", "high"],
    )
    said = bias_sentences(bias)
    assert said.startswith("On 2 of 3 concepts")
    assert "largest on tidy: 0.80 logits per unit of λ towards B (0.70 to 0.90)." in said
    none = bias_sentences(bias.head(1))
    assert none.startswith("On 0 of 1 concept ")
    assert "largest" not in none


def test_the_planted_push_is_the_largest() -> None:
    assert "most on letter: 2.5" in letters_sentences(position_bias(standard_curves()))
