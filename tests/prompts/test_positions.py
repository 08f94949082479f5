"""Positions: the vector is read one token past the prompt, and added at its last token."""

from __future__ import annotations

import pytest

from steering.concepts import load_concept
from steering.prompts.positions import at_the_letter, over_the_reply
from steering.prompts.rendering import Prompt, render
from tests.support import tiny


def test_the_letter_comes_after_the_prompt_and_its_last_token_is_steered() -> None:
    positions = at_the_letter(12)
    assert positions.read == 12
    assert positions.steered_from == 11
    assert not positions.to_the_end


def test_a_reply_is_read_to_its_end_and_steered_from_the_token_before_it() -> None:
    positions = over_the_reply(12)
    assert (positions.read, positions.steered_from, positions.to_the_end) == (12, 11, True)


@pytest.mark.parametrize("joined", [False, True], ids=["( apart", "(A joined"])
def test_a_prompt_is_divided_where_its_positions_say(joined: bool) -> None:
    concept = load_concept("tidy")
    prompt: Prompt = render(concept, concept.items[0], "BASE", 0, tiny.tokenizer(joined))
    assert prompt.unsteered_ids + prompt.steered_ids == prompt.token_ids
    assert len(prompt.unsteered_ids) == prompt.steered_from
    assert prompt.read_position == len(prompt.token_ids)
    # What is read there is the letter: the next token, and different for the two answers.
    assert prompt.answer_ids[0][0] != prompt.answer_ids[1][0]
