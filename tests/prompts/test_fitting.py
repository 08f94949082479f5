"""Fitting: a question that is too long anywhere is left out everywhere, counted and named."""

from __future__ import annotations

import pytest

from steering.concepts.pairs import pairs_of
from steering.prompts.fitting import fitted
from steering.prompts.rendering import render
from steering.prompts.requests import asked
from steering.prompts.said import render_said
from tests.support import tiny

CONCEPT, TOKENIZER = tiny.concept(), tiny.tokenizer()
ASKED = asked(pairs_of(CONCEPT, "test"))
SAID = {
    name: [render_said(CONCEPT, one, name, TOKENIZER) for one in ASKED]
    for name in ("BASE", "USER_NEG")
}
LENGTHS = [one.last_position + 1 for one in SAID["USER_NEG"]]


def test_all_fit_a_large_context():
    found = fitted(SAID, max(LENGTHS))
    assert found.prompts == SAID
    assert (found.too_long, found.left_out) == ((), "")


def test_the_longest_reply_decides_and_is_left_out_in_all_settings():
    context = max(LENGTHS) - 1
    found = fitted(SAID, context)
    long = [one for one, length in zip(ASKED, LENGTHS, strict=True) if length > context]
    assert found.too_long == tuple(sorted((one.pair.item, one.pair.partner) for one in long))
    assert 0 < len(long) < len(ASKED)
    for name, prompts in found.prompts.items():
        assert prompts == [
            one for one in SAID[name] if (one.item, one.partner) not in found.too_long
        ]
    item, partner = found.too_long[0]
    assert found.left_out.startswith(
        f"{len(long)} of the questions do not fit the context of {context} tokens and are left "
        f"out: those of the rows {item} with {partner}"
    )


def test_many_are_not_all_named():
    found = fitted(SAID, 10)
    assert len(found.too_long) == len(ASKED)
    if len(ASKED) > 8:
        assert found.left_out.endswith(f" and {len(ASKED) - 8} more.")


@pytest.mark.parametrize("short", [0, 1])
def test_of_lettered_questions_the_letter_has_to_fit(short):
    prompts = [render(CONCEPT, item, "BASE", 0, TOKENIZER) for item in CONCEPT.items[:3]]
    longest = max(len(one.token_ids) for one in prompts)
    found = fitted({"BASE": prompts}, longest + 1 - short)
    assert len(found.too_long) >= short
    assert all(len(one.token_ids) < longest + 1 - short for one in found.prompts["BASE"])
