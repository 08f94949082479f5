"""Side effects are told with what random vectors do, and claimed beyond that alone."""

from __future__ import annotations

import pandas as pd

from steering.analysis import side_effects
from steering.prose.side_effects import (
    over_layers_observed,
    over_layers_sentence,
    side_effect_finding,
    side_effect_sentence,
    side_effects_observed,
)


def test_side_effects_are_claimed_beyond_chance_alone():
    effects = pd.DataFrame(
        {
            "model": "m", "concept": ["one", "other"], "others": [14, 14], "own": [2.0, -1.0],
            "spread": [0.1, 0.5], "farthest": ["third", "one"], "farthest_change": [0.3, -0.9],
            "random": [0.2, 0.15], "outcome": [side_effects.CHANCE, side_effects.BEYOND],
        }
    )  # fmt: skip
    text = side_effect_sentence(effects)
    assert "up to 14 other concepts by 0.10 and 0.50" in text
    assert "random vectors change the same concepts by 0.15 and 0.20" in text
    assert "Of 2 vectors, 1 changes them by more than chance explains: other." in text
    assert "other concepts by 0.50, where random vectors change them by 0.15" in text
    assert "It changes one most (−0.90)." in text
    nothing = side_effect_sentence(effects.assign(outcome=side_effects.CHANCE))
    assert nothing.endswith("None of 2 vectors does more to them than random vectors do.")
    unknown = side_effect_sentence(effects.assign(outcome=side_effects.UNKNOWN))
    assert unknown.endswith("is not known without ten random vectors.")
    assert "was not measured" in side_effect_sentence(effects[:0])


def test_vectors_with_side_effects_beyond_chance_are_counted() -> None:
    effects = pd.DataFrame(
        {"outcome": [side_effects.BEYOND, side_effects.UNKNOWN, "no more than chance"]}
    )
    assert side_effect_finding(effects).startswith("1 of 2 vectors do more to other concepts")


def test_what_it_rests_on_is_told() -> None:
    effects = pd.DataFrame({"others": [14, 14], "vectors": [40, 40]})
    assert side_effects_observed(effects) == (
        "2 vectors, each tried on 14 other concepts, 40 random ones"
    )


LAYERED = pd.DataFrame(
    {
        "layer": [2, 2, 4, 4], "dose": [0.35, 1.0, 0.35, 1.0], "own": [0.9, 1.1, 1.5, 3.0],
        "spread": [0.87, 0.98, 0.1, 0.4], "random": [0.05, 0.2, 0.14, 0.4],
        "random_low": [0.04, 0.1, 0.09, 0.2], "random_high": [0.07, 0.3, 0.2, 0.6],
        "vectors": 15, "others": 14, "numbers": 20,
    }
)  # fmt: skip


def test_layers_of_the_largest_and_the_smallest_side_effect_are_named_at_a_middle_dose() -> None:
    text = over_layers_sentence(LAYERED)
    assert "At a dose of 0.35 it is largest at layer 2: 0.87 logits" in text
    assert "smallest at layer 4: 0.10 logits, where random vectors do 0.14 (95 %: 0.09" in text
    assert "the vectors change their own concepts by 1.50" in text
    assert text.endswith("At layer 2 it is 0.87 at dose 0.35 and 0.98 at dose 1.00.")
    assert over_layers_sentence(LAYERED[:0]) == ""


def test_what_side_effects_over_layers_rest_on_is_told() -> None:
    assert over_layers_observed(LAYERED) == (
        "15 vectors, each tried on up to 14 other concepts, 20 random ones"
    )
