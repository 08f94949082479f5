"""Steered replies: every token from the prompt's own position on, cached or not."""

from __future__ import annotations

import pytest
import torch

from steering.forward.generation import replies
from steering.models.loading import wrap
from steering.prompts.rendering import opening, render
from steering.vectors.operators import OPERATORS
from tests.support import cases, oracle, tiny, toys

SCALES = (-1.5, 0.0, 1.5)
VECTOR = 2 * torch.randn(32, generator=torch.Generator().manual_seed(0))


def asked(joined: bool, family: str = "Llama"):
    tokenizer = tiny.tokenizer(joined)
    concept = tiny.concept()
    prompts = [render(concept, item, "BASE", 0, tokenizer) for item in concept.items[1:3]]
    assert len({len(prompt.token_ids) for prompt in prompts}) == 2
    return wrap(tiny.model(family), tokenizer, name="tiny"), prompts


def by_hand(model, prompts, apply=None):
    def steering(scale):
        if apply is None:
            return oracle.adding(scale * VECTOR)
        return lambda hidden: apply(hidden, VECTOR, torch.tensor(scale))

    return [
        [
            prompt.begun
            + oracle.reply(
                model.module, model.tokenizer, list(prompt.token_ids), layer=1,
                steer=steering(scale), start=prompt.steered_from, tokens=6,
            )
            for scale in SCALES
        ]
        for prompt in prompts
    ]  # fmt: skip


def both(model, prompts, **options):
    """The replies with a key-value cache and without one."""
    given = model, prompts, 1, VECTOR, SCALES
    return [replies(*given, tokens=6, cache=cache, **options) for cache in (True, False)]


@pytest.mark.parametrize("joined", [False, True])
def test_every_token_is_steered_with_and_without_a_cache(joined):
    model, prompts = asked(joined)
    cached, plain = both(model, prompts)
    assert cached == plain == by_hand(model, prompts)
    assert len({text for row in cached for text in row}) > 2


@pytest.mark.parametrize("family", ["Llama", "Gemma3"])
def test_replies_are_steered_from_where_the_prompts_say(family):
    model, prompts = asked(False, family)
    prompts = cases.moved(prompts, earlier=6)
    cached, plain = both(model, prompts)
    assert cached == plain == by_hand(model, prompts)
    # The tokens before the last one do make a difference to what is said.
    assert cached != by_hand(model, cases.moved(prompts, earlier=-6))


def test_an_operator_is_applied_to_replies_too(monkeypatch):
    monkeypatch.setitem(OPERATORS, "replacing", toys.REPLACING)
    model, prompts = asked(False)
    cached, plain = both(model, prompts, operator="replacing")
    assert cached == plain == by_hand(model, prompts, toys.replacing)
    assert cached != by_hand(model, prompts)


def test_a_free_prompt_is_replied_to_alike():
    model, _ = asked(False)
    starts = [opening(text, model.tokenizer) for text in ("Hello?", "Do you save every coin?")]
    cached, plain = both(model, starts)
    assert cached == plain
    expected = oracle.reply(
        model.module, model.tokenizer, list(starts[1].token_ids), layer=1,
        steer=oracle.adding(1.5 * VECTOR), start=len(starts[1].token_ids) - 1, tokens=6,
    )  # fmt: skip
    assert cached[1][2] == expected


def test_prompts_steered_over_different_lengths_do_not_go_together():
    model, prompts = asked(False)
    with pytest.raises(AssertionError, match="steered over as many tokens"):
        replies(model, [prompts[0], *cases.moved(prompts[1:], earlier=1)], 1, VECTOR, SCALES)
