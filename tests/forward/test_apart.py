"""Sweeps apart: one for each length of the replies, and every value at its own prompt."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from tqdm import tqdm

from steering.errors import Pending
from steering.forward import apart
from steering.forward.apart import swept_apart
from steering.forward.copies import Curves
from steering.forward.lengths import alike
from steering.forward.scores import LETTER_MASS, PROPENSITY, SAID
from steering.forward.sweep import swept_together
from tests.support import cases, tiny
from tests.support.replied import LAMBDAS, SCORED, by_hooks, pushes, said_of

CASE = cases.case("Llama")


def spoken():
    """Pairs whose replies are of several lengths, the longest ones first and among the others."""
    prompts = said_of(tiny.concept(), tiny.tokenizer(), 6)
    longer = replace(
        prompts[3], answer_ids=(prompts[3].answer_ids[0] * 4, prompts[3].answer_ids[1])
    )
    prompts = [*prompts[:3], longer, *prompts[4:]]
    assert len(alike(prompts)) > 1
    assert [place for group in alike(prompts) for place in group] != [*range(len(prompts))]
    return prompts


def test_every_value_is_that_of_plain_hooks_in_the_order_of_the_prompts():
    prompts = spoken()
    (found,), probability = swept_apart(
        CASE.model, prompts, [Curves(pushes(CASE.model), LAMBDAS, SCORED)]
    )
    np.testing.assert_allclose(
        found, by_hooks(CASE.model, prompts, pushes(CASE.model)), atol=1e-4, rtol=0
    )
    assert found.flags.c_contiguous
    assert np.isnan(probability).all()


def test_several_curves_are_what_one_sweep_gives():
    """Of other vectors, at fewer λ and with fewer scores."""
    prompts, (one, other) = spoken(), pushes(CASE.model)
    curves = [Curves([one], LAMBDAS, SCORED), Curves([other, one], (0.0, 1.0), (SAID,))]
    found, _ = swept_apart(CASE.model, prompts, curves)
    whole, _ = swept_together(CASE.model, prompts, curves)
    assert [each.shape for each in found] == [(3, 6, 1, 3), (1, 6, 2, 2)]
    for each, expected in zip(found, whole, strict=True):
        np.testing.assert_allclose(each, expected, atol=1e-5, rtol=0)


def test_lettered_prompts_are_one_sweep(monkeypatch):
    asked = []

    def counted(model, prompts, *rest, **options):
        asked.append(len(prompts))
        return swept_together(model, prompts, *rest, **options)

    monkeypatch.setattr(apart, "swept_together", counted)
    curves = [Curves(CASE.interventions[:2], LAMBDAS, (PROPENSITY, LETTER_MASS))]
    found, probability = swept_apart(CASE.model, CASE.prompts, curves, following=True)
    assert asked == [len(CASE.prompts)]
    expected, follows = swept_together(CASE.model, CASE.prompts, curves, following=True)
    np.testing.assert_array_equal(found[0], expected[0])
    np.testing.assert_array_equal(probability, follows)
    swept_apart(CASE.model, spoken(), [Curves(pushes(CASE.model), LAMBDAS, (SAID,))])
    assert asked[1:] == [len(group) for group in alike(spoken())]


def test_the_probabilities_of_what_follows_stand_at_their_prompts():
    """Steered from two tokens further on, so that there is one that follows another."""
    prompts = [
        replace(one, positions=replace(one.positions, steered_from=one.steered_from - 1))
        for one in spoken()
    ]
    curves = [Curves(pushes(CASE.model), LAMBDAS, (SAID,))]
    _, found = swept_apart(CASE.model, prompts, curves, following=True)
    each = [swept_apart(CASE.model, [one], curves, following=True)[1][0] for one in prompts]
    np.testing.assert_allclose(found, each, atol=1e-6, rtol=0)
    assert len({*np.round(found, 9)}) > 1


def test_a_bar_is_told_of_every_prompt():
    prompts = spoken()
    with tqdm(total=len(prompts), file=io.StringIO()) as bar:
        swept_apart(CASE.model, prompts, [Curves(pushes(CASE.model), LAMBDAS, (SAID,))], bar)
        assert bar.n == len(prompts)


def test_a_group_that_waits_for_a_service_keeps_no_other_from_being_sent(monkeypatch):
    sent = []

    def waiting(_model, prompts, *_rest, **_options):
        sent.append(len(prompts))
        raise Pending("it waits")

    monkeypatch.setattr(apart, "swept_together", waiting)
    with pytest.raises(Pending):
        swept_apart(CASE.model, spoken(), [Curves(pushes(CASE.model), LAMBDAS, (SAID,))])
    assert sent == [len(group) for group in alike(spoken())]
