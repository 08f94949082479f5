"""The tokenizer's file is found for a model that has one, and missed quietly elsewhere."""

from __future__ import annotations

from steering.clone import models_folder
from steering.models.tokenizer_file import tokenizer_file


def test_an_embedded_model_has_one_under_any_label() -> None:
    assert tokenizer_file("wren") == models_folder() / "wren" / "tokenizer.json"
    assert tokenizer_file("bird=linnet") == models_folder() / "linnet" / "tokenizer.json"


def test_where_there_is_none_nothing_is_raised() -> None:
    assert tokenizer_file("no-such-model") is None
    assert tokenizer_file("nobody/has-loaded-this") is None
