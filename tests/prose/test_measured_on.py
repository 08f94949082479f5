"""On what a report was measured: toys are called toys, and others are not."""

from __future__ import annotations

from typing import Any

import pandas as pd

from steering.prose.measured_on import measured_on, planted_models
from tests.support.synthetic import standard_curves

POOLED = pd.DataFrame(
    {
        "model": ["wren", "wren"],
        "direction": ["contrastive", "planted"],
        "correlation": [0.93, 0.99],
        "correlation_low": [0.92, 0.98],
        "correlation_high": [0.94, 1.0],
    }
)


def card(model: str, concept: str, source: str | None, size: int | None = 2_230_400) -> Any:
    return {
        "model": {"name": model, "parameters": size},
        "concept": {"name": concept, "source": source},
    }


def test_a_toy_and_another_model_are_told_apart() -> None:
    cards = [card("wren", "tidy", "own"), card("mine", "tidy", "own", 7_000_000_000)]
    text = measured_on([*cards, card("wren", "narcissism", "public")], POOLED, planted=["wren"])
    toy, other, questions = text.splitlines()
    assert toy.startswith("- **wren (2.2 million parameters)** is a toy")
    assert "0.930 in wren (0.920 to 0.940)" in toy
    assert "proves nothing by being steered" in toy
    assert other.startswith("- **mine (7000.0 million parameters)** is a model for which no true")
    assert "1 public data set, as others" in questions
    assert "no slope was planted" in questions
    assert "1 concept written for this report, whose effect is built into the toys" in questions


def test_models_of_one_size_share_it() -> None:
    cards = [card("wren", "tidy", "own"), card("linnet", "tidy", "own")]
    text = measured_on(cards, POOLED[:0], planted=["wren", "linnet"])
    assert text.startswith("- **wren and linnet (2.2 million parameters each)** are toys")


def test_of_the_readers_own_report_nothing_is_said_of_toys() -> None:
    text = measured_on([card("mine", "early", None, None)], POOLED[:0], planted=[])
    assert "toy" not in text
    assert "built" not in text
    assert text.splitlines()[0].startswith("- **mine** is a model")
    assert "1 concept that this report was asked for" in text


def test_planted_models_are_those_with_a_truth() -> None:
    curves = standard_curves()
    assert planted_models(curves) == ["wren"]
    assert planted_models(curves.assign(planted_steerability=float("nan"))) == []
