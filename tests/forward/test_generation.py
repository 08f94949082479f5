"""Steered replies: every token from the prompt's own position on, cached or not."""

from __future__ import annotations

import pytest
import torch

from steering.forward.generation import replies, room_for_reply, sampled_replies
from steering.forward.reference import reference_logits
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


def by_hand(model, prompts, apply=None, origin=None):
    def steering(scale):
        if apply is None:
            return oracle.adding(scale * VECTOR)
        return lambda hidden: apply(hidden, VECTOR, torch.tensor(scale), origin)

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


@pytest.mark.parametrize("operator", OPERATORS)
def test_every_operator_is_applied_to_replies(operator):
    model, prompts = asked(False)
    origin = torch.randn(32, generator=torch.Generator().manual_seed(3))
    cached, plain = both(model, prompts, operator=operator, origin=origin)
    assert cached == plain == by_hand(model, prompts, oracle.OPERATORS[operator], origin)
    assert len({text for row in cached for text in row}) > 2


def test_draws_have_an_origin_too():
    model, prompts = asked(False)
    origin = 3 * torch.randn(32, generator=torch.Generator().manual_seed(3))
    affine = drawn(model, prompts, PUSHES, operator="affine", origin=origin)
    assert affine != drawn(model, prompts, PUSHES, operator="affine")
    assert drawn(model, prompts, PUSHES, operator="affine") == drawn(
        model, prompts, PUSHES, operator="ablate_add", origin=origin
    )


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


HOSTILE = [
    {"num_beams": 4, "early_stopping": True, "length_penalty": -9.0},
    {"do_sample": True, "num_return_sequences": 2, "temperature": 9.0, "top_p": 0.9},
    {"return_dict_in_generate": True, "output_scores": True, "output_logits": True},
    {"repetition_penalty": 1.8, "no_repeat_ngram_size": 1, "encoder_repetition_penalty": 2.0},
    {"cache_implementation": "static"},
    {"max_length": 20, "min_new_tokens": 6, "max_time": 1e-9},
    {"suppress_tokens": [*range(100, 300)], "begin_suppress_tokens": [*range(300, 480)]},
    {"forced_bos_token_id": 5, "forced_eos_token_id": 6, "bad_words_ids": [[7], [8]]},
    {"exponential_decay_length_penalty": [1, 9.0], "guidance_scale": 3.0, "token_healing": True},
    {"sequence_bias": [[[9], 100.0]], "renormalize_logits": True, "prompt_lookup_num_tokens": 2},
]


@pytest.mark.parametrize("settings", HOSTILE, ids=lambda settings: next(iter(settings)))
def test_settings_that_a_model_brings_for_generating_reach_no_reply(settings):
    model, prompts = asked(False)
    plain = both(model, prompts)
    for name, value in settings.items():
        setattr(model.module.generation_config, name, value)
    assert both(model, prompts) == plain


def test_tokens_that_end_a_reply_are_the_models_own():
    model, prompts = asked(False)
    model.module.generation_config.eos_token_id = [*range(512)]
    cached, plain = both(model, prompts)
    assert cached == plain
    assert all(len(text) < 12 for row in cached for text in row)


def test_a_reply_ends_where_the_context_does():
    model, prompts = asked(False, "GPT-2")
    longest = max(len(prompt.token_ids) for prompt in prompts)
    whole, _ = both(model, prompts)
    short = wrap(tiny.model("GPT-2", n_positions=longest + 2), model.tokenizer, name="short")
    short.module.transformer.wpe.weight.copy_(model.module.transformer.wpe.weight[: longest + 2])
    rest = {n: w for n, w in model.module.state_dict().items() if "wpe" not in n}
    short.module.load_state_dict(rest, strict=False)
    assert room_for_reply(short, longest) == 3
    cached, plain = both(short, prompts)
    assert cached == plain
    for row, full in zip(cached, whole, strict=True):
        assert all(text and one.startswith(text) for text, one in zip(row, full, strict=True))


def drawn(model, prompts, pushes, seed=7, **options):
    return sampled_replies(model, prompts, 1, pushes, seed=seed, tokens=6, **options)


# Each is named three times, and so has three replies.
PUSHES = [(VECTOR, -1.5), (VECTOR, 0.0), (VECTOR.flip(0), 1.5)] * 3


def test_the_same_seed_draws_the_same_and_another_one_others():
    model, prompts = asked(False)
    found = drawn(model, prompts, PUSHES)
    assert [len(found), len(found[0])] == [2, 9]
    torch.manual_seed(99)
    before = torch.random.get_rng_state()
    assert drawn(model, prompts, PUSHES) == found
    assert torch.equal(torch.random.get_rng_state(), before), "no other draw is changed by it"
    assert drawn(model, prompts, PUSHES, seed=8) != found
    every = [reply for of_prompt in found for reply in of_prompt]
    assert len({*every}) > len(every) / 2
    assert all(len(reply) <= 6 for reply in every)


def test_without_strength_the_vector_is_of_no_account():
    """Row by row the draws are those of the model without a vector."""
    model, prompts = asked(False)
    still = [(VECTOR, 0.0), (VECTOR.flip(0), 0.0)] * 3
    found = drawn(model, prompts, still)
    assert found == drawn(model, prompts, [(torch.zeros(32), 1.5)] * 6)
    assert found == sampled_by_hand(model, prompts, still)


@pytest.mark.parametrize("family", ["Llama", "Gemma3"])
def test_steered_draws_are_those_of_plain_hooks_with_the_same_seed(family):
    model, prompts = asked(False, family)
    found = drawn(model, prompts, PUSHES)
    assert found == sampled_by_hand(model, prompts, PUSHES)
    assert found != drawn(model, prompts, [(VECTOR, 0.0)] * 9)


def sampled_by_hand(model, prompts, pushes, *, seed=7, tokens=6):
    """Each reply from forwards of its own under a plain hook; the draws of all rows together."""
    rows = [(one, push) for one in prompts for push in pushes]
    written = [[] for _ in rows]
    ended = [False] * len(rows)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        for _ in range(tokens):
            each = []
            for (prompt, (vector, by)), reply in zip(rows, written, strict=True):
                ids = [*prompt.token_ids, *reply]
                logits = reference_logits(model, ids, 1, vector, prompt.steered_from, multiplier=by)
                each.append(logits[-1].softmax(-1))
            words = torch.multinomial(torch.stack(each), 1)[:, 0].tolist()
            for at, word in enumerate(words):
                ended[at] |= word == model.tokenizer.eos_token_id
                if not ended[at]:
                    written[at].append(word)
            if all(ended):
                break
    replies_of = [tuple(reply) for reply in written]
    size = len(pushes)
    return [replies_of[first : first + size] for first in range(0, len(rows), size)]


def test_the_token_that_ends_a_reply_is_no_part_of_it():
    model, prompts = asked(False)
    found = drawn(model, prompts, PUSHES)
    ends = found[0][0][2]
    model.module.generation_config.eos_token_id = [ends]
    short = drawn(model, prompts, PUSHES)
    assert short[0][0] == found[0][0][:2]
    assert all(ends not in reply for of_prompt in short for reply in of_prompt)
    model.module.generation_config.eos_token_id = [*range(512)]
    assert drawn(model, prompts, PUSHES) == [[()] * 9] * 2


@pytest.mark.parametrize(
    "settings", [{"temperature": 9.0}, {"top_k": 1}, {"top_p": 0.01}, {"min_p": 0.9},
                 {"typical_p": 0.1}, {"epsilon_cutoff": 0.9}, {"eta_cutoff": 0.9}],
    ids=lambda one: next(iter(one)),
)  # fmt: skip
def test_a_draw_is_from_all_words_whatever_the_model_brings(settings):
    model, prompts = asked(False)
    plain = drawn(model, prompts, PUSHES)
    model.module.generation_config.do_sample = True
    for name, value in settings.items():
        setattr(model.module.generation_config, name, value)
    assert drawn(model, prompts, PUSHES) == plain


def test_prompts_steered_over_different_lengths_do_not_go_together():
    model, prompts = asked(False)
    with pytest.raises(AssertionError, match="steered over as many tokens"):
        replies(model, [prompts[0], *cases.moved(prompts[1:], earlier=1)], 1, VECTOR, SCALES)
