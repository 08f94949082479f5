"""Replies in free text, steered in one sweep, against plain hooks: each reply alone, by its tokens.

Replies of one sweep differ in length, so that shorter ones are padded.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch

from steering.concepts import load_concept
from steering.concepts.pairs import pairs_of
from steering.forward import routes, sweep
from steering.forward.copies import Intervention
from steering.forward.reference import reference_logits
from steering.forward.scores import FLUENCY, SAID, SAID_PER_TOKEN
from steering.forward.sweep import sweep_table, swept, unsteered
from steering.models.loading import load_model
from steering.models.model import Model
from steering.prompts.requests import asked
from steering.prompts.said import render_said
from steering.records.tables import NO_PARTNER, SWEEP_KEY
from tests.support import cases, tiny

LAMBDAS = (-1.5, 0.0, 0.5)
SCORED = (SAID, SAID_PER_TOKEN, FLUENCY)


def said_of(concept, tokenizer, count, *, setting="BASE"):
    """Prompts of pairs whose replies are of many lengths, one of them much longer than others."""
    one, *others = pairs_of(concept, "test")[:count]
    pairs = [replace(one, positive=" ".join([one.positive] * 3)), *others]
    prompts = [render_said(concept, each, setting, tokenizer) for each in asked(pairs)]
    assert len({len(reply) for one in prompts for reply in one.answer_ids}) > 2
    return prompts


def pushes(model, *, layers=(1, 2)):
    chance = torch.Generator().manual_seed(1)
    return [
        Intervention("BASE", "random", layer, 2 * torch.randn(model.width, generator=chance), at)
        for at, layer in enumerate(layers)
    ]


def by_hooks(model: Model, prompts, interventions, multipliers=LAMBDAS):
    """The scores from one hooked forward a reply, whose log-probabilities are added token by token.

    The vector is added at the prompt's last token and at all tokens of the reply.
    """
    result = np.empty((3, len(prompts), len(interventions), len(multipliers)))
    for place in np.ndindex(*result.shape[1:]):
        prompt, one, scale = prompts[place[0]], interventions[place[1]], multipliers[place[2]]
        start = len(prompt.token_ids)
        sums, means = [], []
        for reply in prompt.answer_ids:
            ids = [*prompt.token_ids, *reply]
            logits = reference_logits(
                model, ids, one.layer, one.vector, start - 1, multiplier=scale
            )
            words = logits.double().log_softmax(-1)
            each = [float(words[at - 1, ids[at]]) for at in range(start, len(ids))]
            sums.append(sum(each))
            means.append(sum(each) / len(each))
        result[(slice(None), *place)] = sums[0] - sums[1], means[0] - means[1], sum(means) / 2
    return result


@cache
def wren() -> Model:
    return load_model("wren")


@pytest.mark.parametrize("setting", ["BASE", "USER_NEG"])
def test_our_own_model_gives_what_plain_hooks_give(setting):
    model = wren()
    prompts = said_of(load_concept("frugal"), model.tokenizer, 6, setting=setting)
    interventions = pushes(model, layers=(1, 4))
    found = swept(model, prompts, interventions, LAMBDAS, scores=SCORED)
    expected = by_hooks(model, prompts, interventions)
    np.testing.assert_allclose(found, expected, atol=1e-4, rtol=0)
    assert np.ptp(found[0], axis=-1).min() > 0.01


@pytest.mark.parametrize("name", [routes.GROWING, routes.PACKED, routes.ROWS])
def test_every_route_gives_what_plain_hooks_give(name, monkeypatch):
    monkeypatch.setattr(sweep, "route_of", lambda *_: routes.Route(name, 0.0))
    model = cases.case("Llama").model
    prompts = said_of(tiny.concept(), tiny.tokenizer(), 6)
    found = swept(model, prompts, pushes(model), LAMBDAS, scores=SCORED)
    np.testing.assert_allclose(found, by_hooks(model, prompts, pushes(model)), atol=1e-4, rtol=0)


@pytest.mark.parametrize("family", ["Gemma3", "Bloom"])
def test_other_families_give_what_plain_hooks_give(family):
    model = cases.case(family).model
    prompts = said_of(tiny.concept(), tiny.tokenizer(), 3)
    found = swept(model, prompts, pushes(model), LAMBDAS, scores=SCORED)
    np.testing.assert_allclose(found, by_hooks(model, prompts, pushes(model)), atol=1e-4, rtol=0)


def test_padding_changes_nothing():
    """A reply's score is the same beside longer ones and alone."""
    model = cases.case("Llama").model
    prompts = said_of(tiny.concept(), tiny.tokenizer(), 6)
    together = swept(model, prompts, pushes(model), LAMBDAS, scores=SCORED)
    alone = [swept(model, [one], pushes(model), LAMBDAS, scores=SCORED) for one in prompts]
    np.testing.assert_allclose(together, np.concatenate(alone, axis=1), atol=1e-5, rtol=0)


def test_nothing_added_is_the_model_itself():
    model = cases.case("Llama").model
    prompts = said_of(tiny.concept(), tiny.tokenizer(), 4)
    found = swept(model, prompts, pushes(model), LAMBDAS, scores=SCORED)[..., 1]
    own = unsteered(model, prompts, scores=SCORED)
    np.testing.assert_allclose(found, np.repeat(own[..., None], 2, -1), atol=1e-6, rtol=0)


def test_the_table_says_which_pair_and_which_request():
    model = cases.case("Llama").model
    prompts = said_of(tiny.concept(), tiny.tokenizer(), 4)
    found = swept(model, prompts, pushes(model), LAMBDAS, scores=SCORED)
    table = sweep_table(found, "tiny", prompts, pushes(model), LAMBDAS, scores=SCORED)
    assert not table.duplicated(list(SWEEP_KEY)).any()
    assert {*table["form"]} == {"said"}
    assert table["request"].nunique() == 4
    assert NO_PARTNER not in {*table["partner"]}
    np.testing.assert_array_equal(table[SAID], found[0].reshape(-1))
