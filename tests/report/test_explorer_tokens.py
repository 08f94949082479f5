"""Tokens of prompts: the model's own, their texts put together, and what prompts share."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from transformers import AutoTokenizer

from steering.clone import models_folder
from steering.concepts import load_concept
from steering.prompts.rendering import prompts_table, render
from steering.report.explorer_tokens import ends_of, shared_tokens

FILE = models_folder() / "wren" / "tokenizer.json"
SETTINGS = ("BASE", "USER_NEG")


@pytest.fixture(scope="module")
def prompts() -> pd.DataFrame:
    concept = load_concept("tidy")
    tokenizer = AutoTokenizer.from_pretrained(models_folder() / "wren")
    rendered = [
        render(concept, item, setting, order, tokenizer)
        for item in concept.items[:3]
        for setting in SETTINGS
        for order in (0, 1)
    ]
    return prompts_table(rendered, "wren")


def put_together(held: dict[str, Any], setting: str, item: int, order: int) -> list[str]:
    """The tokens of a prompt, as the page puts them together."""
    ends, key = held["settings"][setting], f"{item}/{order}"
    middle = held["others"].get(f"{setting}/{key}", held["middles"][key])
    return [held["texts"][at] for at in (*ends["head"], *middle, *ends["tail"])]


def test_every_prompt_can_be_put_together_again(prompts: pd.DataFrame) -> None:
    held = shared_tokens(prompts, FILE)
    assert held is not None
    assert held["own"]
    for row in prompts.itertuples():
        tokens = put_together(held, str(row.prompt_setting), int(row.item), int(row.order))
        assert "".join(tokens) == f"{row.text}("
        steered = held["settings"][row.prompt_setting]["steered"]
        assert len(tokens) - steered == row.steered_from
        assert tokens[-steered:] == ["("]
    assert len(held["middles"]) == 6
    assert held["others"] == {}


def test_a_middle_that_differs_between_settings_is_kept(prompts: pd.DataFrame) -> None:
    odd = prompts.copy()
    last = odd.index[(odd["prompt_setting"] == "USER_NEG") & (odd["order"] == 1)][-1]
    odd.at[last, "text"] = odd.at[last, "text"].replace("Choices", "Choose")
    held = shared_tokens(odd, None)
    assert held is not None
    row = odd.loc[last]
    tokens = put_together(held, "USER_NEG", row["item"], 1)
    assert "".join(tokens) == row["text"]
    assert len(held["others"]) >= 1


def test_where_there_are_words_instead_of_tokens_none_is_steered_by_count(
    prompts: pd.DataFrame,
) -> None:
    held = shared_tokens(prompts, None)
    assert held is not None
    assert not held["own"]
    row = prompts.iloc[0]
    tokens = put_together(held, str(row["prompt_setting"]), int(row["item"]), int(row["order"]))
    assert "".join(tokens) == row["text"]


def test_a_run_without_words_has_no_tokens(prompts: pd.DataFrame) -> None:
    silent = prompts.assign(text="", token_ids=[[] for _ in range(len(prompts))])
    assert shared_tokens(silent, FILE) is None


def test_ends_do_not_overlap() -> None:
    assert ends_of([[1, 2, 3, 9], [1, 2, 4, 9]]) == ([1, 2], [9])
    assert ends_of([[1, 1], [1, 1, 1]]) == ([1, 1], [])
    assert ends_of([[5]]) == ([5], [])
