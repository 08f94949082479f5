"""What did not reproduce: said with its numbers, and not at all where nothing was shared."""

from __future__ import annotations

from typing import Any

import pandas as pd

from steering.analysis import published
from steering.analysis.findings import LEFT, published_findings
from steering.prose.not_reproduced import (
    NONE,
    not_computed,
    order,
    overlap,
    prompts_and_letters,
    reversed_inputs,
    scope,
)
from steering.records.kinds import OURS
from tests.support.found import row, table

PAPER = [published.LLAMA, published.QWEN]
AGREEMENT = pd.DataFrame(
    {
        "model_x": [published.LLAMA, published.LLAMA],
        "model_y": ["wren", published.QWEN],
        "shift": "BASE→BASE",
        "rho": [0.1, 0.8],
        "low": [-0.5, 0.6],
        "high": [0.6, 0.9],
        "concepts": [12, 38],
    }
)
CARDS: list[Any] = [
    {"model": {"name": "wren", "parameters": 2_230_400}, "concept": {"source": "public"}},
    {"model": {"name": "other", "parameters": None}, "concept": {"source": "own"}},
]


def test_small_models_are_not_said_to_refute_large_ones() -> None:
    text = scope(["narcissism"], CARDS)
    assert text.startswith("1 data set of the paper was measured here")
    assert "wren (2.2 million parameters)" in text
    assert "other" not in text.split("The paper's")[0]
    assert "no fault of anybody" in text


def test_the_order_of_data_sets_is_told_with_its_interval() -> None:
    text = order(AGREEMENT, PAPER, [])
    assert "0 of 1 pair" in text
    assert "do not foretell" in text
    assert "(−0.50 to 0.60)" in text.replace("\u00a0", " ")
    assert "wren does not answer most questions" in order(AGREEMENT, PAPER, ["wren"])


def test_where_nothing_is_shared_nothing_is_held_against_the_paper() -> None:
    assert scope([], CARDS) == NONE
    assert order(AGREEMENT[1:], PAPER, []) == NONE
    assert reversed_inputs(pd.DataFrame()) == NONE
    ours = table(row(LEFT, count=0, of=4, value=0.9, low=0.8, high=1.0, kind=OURS))
    assert prompts_and_letters(ours, published_findings()) == NONE


def test_other_numbers_stand_beside_the_published_ones() -> None:
    own = table(row(LEFT, count=0, of=48, value=1.12, low=0.97, high=1.22))
    text = prompts_and_letters(own, published_findings())
    assert "here 112\u202f% (97 to 122\u202f%) in wren; published 92\u202f%" in text
    assert text.count("\n- ") == 1, "of letter and word nothing was found here"


def test_what_was_read_in_the_code_is_quoted_and_hedged() -> None:
    text = overlap(published.items())
    assert '`test_split: str = "50:100%"`' in text
    assert "05cd4e302b16ddf0192fd25c1df45d508f9cfb7d" in text
    assert "an earlier `make_dataset.py`" in text
    for hedge in ("have not run", "may know more", "is not said", "may be small", "would stand"):
        assert hedge in text


def test_what_cannot_be_computed_is_counted() -> None:
    readings = published.readings(published.steerability())
    text = not_computed(readings, published.not_computed())
    assert f"{len(readings)} readings" in text
    assert f"{len(published.not_computed())} further ρ of" in text
