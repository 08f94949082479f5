"""How far seeds differ is told with the runs that it comes from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from steering.figures.caption import Captioned
from steering.prose import seeds
from steering.prose.stand_ins import measured_by_us
from steering.records.seeds import COLUMNS, read_seeds


@pytest.fixture
def displayed(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    shown: list[Any] = []
    monkeypatch.setattr(seeds, "display", lambda *each: shown.extend(each))
    return shown


def test_the_spread_over_seeds_is_told_with_its_origin(
    displayed: list[Any], tmp_path: Path
) -> None:
    rows = [
        (shape, seed, concept, "strong", planted, planted, planted * factor, cosine, 0.97)
        for concept, planted in (("weak", 0.5), ("strong", 2.0))
        for shape, seed, factor, cosine in (("llama", 0, 1.0, 0.9), ("gpt2", 1, 0.8, 0.95))
    ]
    pd.DataFrame(rows, columns=list(COLUMNS)).to_csv(tmp_path / "seeds.csv", index=False)
    about = {
        "concepts": 2,
        "parameters": [500_000, 600_000],
        "steps": [70, 75],
        "tokens": [1_500_000] * 2,
    }
    mark = {"date": "2026-01-02", "machine": "P", "versions": {"torch": "2"}, "about": about}
    (tmp_path / "seeds.json").write_text(json.dumps(mark))
    found, told_of = read_seeds(tmp_path)
    assert "\n\nMeasured on 2026-01-02, on P" in measured_by_us(told_of, "make seeds", "models")
    seeds.show_seeds(found, told_of["about"])
    said, figure = displayed
    assert said.data.startswith(
        "2 smaller models (0.50 to 0.60 million parameters, 2 concepts, 70 to 75 steps, 1.50 "
        "million tokens) of shapes Llama and GPT-2 differ in shape and seed alone."
    )
    assert "the highest from the lowest? 0.10 and 0.40. The cosine" in said.data
    assert "strong" not in said.data
    assert isinstance(figure, Captioned)
    assert figure.n == "2 models, 2 concepts"


def test_runs_of_one_shape_and_their_wrong_answers_are_told() -> None:
    rows = [("gpt2", seed, "tidy", "weak", 0.5, 0.5, 0.5, 0.9, 0.95) for seed in (0, 1)]
    about = {"concepts": 1, "parameters": [500_000], "steps": [70], "tokens": [1_500_000]}
    said = seeds.seeds_sentences(pd.DataFrame(rows, columns=list(COLUMNS)), about)
    assert "of GPT-2 shape differ in seed alone." in said
    assert "1 concept, 70 steps" in said
    assert "at least 95\u202f% of the held-out prompts" in said
    right = pd.DataFrame(rows, columns=list(COLUMNS)).assign(accuracy=1.0)
    assert "And all of the held-out prompts" in seeds.seeds_sentences(right, about)
