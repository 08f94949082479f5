"""Lengths of replies: what goes into one sweep together differs little, and nothing is lost."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from steering.concepts.pairs import pairs_of
from steering.forward.lengths import SPREAD, alike, read_tokens
from steering.forward.scores import FLUENCY, SAID, SAID_PER_TOKEN
from steering.forward.sweep import swept
from steering.prompts.requests import asked
from steering.prompts.said import render_said
from tests.support import cases, tiny

CASE = cases.case("Llama")
PROMPTS = [
    render_said(tiny.concept(), one, "BASE", tiny.tokenizer())
    for one in asked(pairs_of(tiny.concept(), "test"))
]
LENGTHS = st.lists(st.tuples(st.integers(1, 60), st.integers(1, 60)), max_size=30)


def of_lengths(both):
    return [replace(PROMPTS[0], answer_ids=((1,) * one, (2,) * other)) for one, other in both]


@given(LENGTHS, st.one_of(st.none(), st.integers(1, 9)))
def test_every_prompt_is_in_one_group_of_prompts_like_it(both, most):
    groups = alike(of_lengths(both), most)
    assert sorted(place for group in groups for place in group) == [*range(len(both))]
    longer = [[max(both[place]) for place in group] for group in groups]
    assert all(max(group) <= SPREAD * min(group) for group in longer)
    assert [one for group in longer for one in group] == sorted(max(one) for one in both)
    assert most is None or all(len(group) <= most for group in groups)
    assert alike(of_lengths(both), most) == groups


@given(LENGTHS.filter(bool))
def test_what_is_read_of_replies_is_as_long_as_the_longest(both):
    prompts = of_lengths(both)
    longest = max(max(one) for one in both)
    assert read_tokens(prompts) == longest


def test_of_letters_up_to_the_letter_is_read():
    lettered = CASE.prompts
    assert read_tokens(lettered) == 1
    moved = cases.moved(lettered, earlier=2, behind=1)
    assert read_tokens(moved) == 2


def test_sweeps_of_groups_give_what_one_sweep_gives():
    asked_for = CASE.interventions[:2], cases.LAMBDAS
    scores = (SAID, SAID_PER_TOKEN, FLUENCY)
    long = [replace(one, answer_ids=(one.answer_ids[0] * 2, one.answer_ids[1])) for one in PROMPTS]
    prompts = [*PROMPTS[:4], *long[:3]]
    whole = swept(CASE.model, prompts, *asked_for, scores=scores)
    groups = alike(prompts)
    assert len(groups) > 1
    found = np.empty_like(whole)
    for group in groups:
        few = [prompts[place] for place in group]
        found[:, group] = swept(CASE.model, few, *asked_for, scores=scores)
    np.testing.assert_allclose(found, whole, atol=1e-5, rtol=0)
