"""Every token that a model's prompts hold needs an embedding."""

from __future__ import annotations

import copy

import pytest

from steering.errors import Refused
from steering.models.vocabulary import require_same_vocabulary
from tests.support import tiny


def test_a_tokenizer_fits_its_own_model():
    require_same_vocabulary("mine", tiny.tokenizer(), tiny.model("Llama"))


def test_a_tokenizer_with_more_words_than_embeddings_is_refused():
    with pytest.raises(
        Refused, match=r"embeddings for 300 tokens, but its tokenizer has \d+: brin"
    ):
        require_same_vocabulary("mine", tiny.tokenizer(), tiny.model("Llama", vocab_size=300))


def test_an_added_token_counts_only_where_it_is_asked_for():
    added = copy.deepcopy(tiny.tokenizer())
    added.add_tokens([f"<|filled{number}|>" for number in range(300)], special_tokens=True)
    require_same_vocabulary("mine", added, tiny.model("Llama"))
    added.chat_template = "{% for message in messages %}<|filled299|>{% endfor %}"
    with pytest.raises(
        Refused, match=r"its prompts hold the token '<\|filled299\|>', whose number"
    ):
        require_same_vocabulary("mine", added, tiny.model("Llama"))
