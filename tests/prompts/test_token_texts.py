"""The text of each token: the model's own ones where they are known, and words otherwise."""

from __future__ import annotations

import json
from pathlib import Path

from tokenizers import Tokenizer

from steering.models.tokenizer_file import tokenizer_file
from steering.prompts.token_texts import ANSWER, token_texts

TEXT = '<|user|>Is it so?\n"I tidy up."\n\nChoices:\n(A): No\n(B): Yes<|end|><|assistant|>'


def ids_of(text: str) -> list[int]:
    """The tokens of a text and of what precedes the letter behind it."""
    read = Tokenizer.from_file(str(tokenizer_file("wren"))).encode(text + ANSWER)
    return read.ids[: read.tokens.index("A", len(read.tokens) - 3)]


def test_tokens_are_the_models_own_and_join_to_the_prompt() -> None:
    (pieces,), own = token_texts([TEXT], [ids_of(TEXT)], tokenizer_file("wren"))
    assert own
    assert "".join(pieces) == TEXT + "(", "the bracket before the letter belongs to the prompt"
    assert len(pieces) == len(ids_of(TEXT))
    assert pieces[0] == "<|user|>"


def test_words_stand_in_where_the_tokenizer_is_missing_or_another(tmp_path: Path) -> None:
    for file in (None, tmp_path / "none.json", tokenizer_file("wren")):
        (words,), own = token_texts([TEXT], [[1, 2, 3]], file)
        assert not own
        assert "".join(words) == TEXT
        assert json.dumps(words[1]) == '" it"'
