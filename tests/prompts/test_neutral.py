"""Neutral texts: each stands whole behind its request, and says nothing of the concepts."""

from __future__ import annotations

import pytest

from steering.errors import Refused
from steering.prompts.neutral import NEUTRAL, Neutral, render_neutral
from steering.prompts.rendering import opening
from tests.support import tiny


@pytest.mark.parametrize("joined", [False, True])
def test_a_neutral_text_stands_behind_its_request(joined):
    tokenizer = tiny.tokenizer(joined)
    for one in NEUTRAL:
        text = render_neutral(one, tokenizer)
        prompt = opening(one.request, tokenizer).token_ids
        assert text.token_ids[: text.steered_from] == prompt[: text.steered_from]
        assert abs(text.steered_from - (len(prompt) - 1)) <= 1
        assert one.text in tokenizer.decode(list(text.token_ids))
        assert text.tokens == len(text.token_ids) - text.steered_from - 1 >= 2


def test_texts_are_of_one_kind():
    assert len({one.name for one in NEUTRAL}) == len(NEUTRAL) >= 12
    for one in NEUTRAL:
        assert 35 <= len(one.text.split()) <= 60
        # Nobody speaks of themselves, which is what the sets ask for.
        assert not {"i", "my", "me", "should", "you"} & {*one.text.lower().split()}


def test_a_text_without_tokens_is_refused():
    with pytest.raises(Refused, match="neutral text 'empty'"):
        render_neutral(Neutral("empty", "Say nothing.", ""), tiny.tokenizer(False))
