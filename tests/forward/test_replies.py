"""Replies in free text, steered in one sweep, against plain hooks: each reply alone, by its tokens.

Replies of one sweep differ in length, so that shorter ones are padded.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import torch

from steering.concepts import load_concept
from steering.forward import routes, sweep
from steering.forward.extraction import contrast
from steering.forward.scores import SAID
from steering.forward.sweep import sweep_table, swept, unsteered
from steering.models.loading import load_model
from steering.models.model import Model
from steering.records.tables import NO_PARTNER, SWEEP_KEY
from tests.support import cases, tiny
from tests.support.replied import LAMBDAS, SCORED, by_hooks, pairs_by_hooks, pushes, said_of


@pytest.mark.parametrize("family", ["Llama", "Gemma3", "Bloom"])
def test_a_vector_is_read_over_the_replies_as_plain_hooks_do(family):
    model = cases.case(family).model
    prompts = said_of(tiny.concept(), tiny.tokenizer(), 6)
    weights = torch.randn(2, len(prompts), generator=torch.Generator().manual_seed(0))
    found = contrast(model, prompts, keep=[1], weights=weights)
    pairs = pairs_by_hooks(model, prompts)
    torch.testing.assert_close(found.mean, pairs.mean(0), atol=1e-4, rtol=0)
    torch.testing.assert_close(found.differences[1], pairs[:, 1], atol=1e-4, rtol=0)
    expected = torch.einsum("vp,plw->vlw", weights, pairs)
    torch.testing.assert_close(found.weighted, expected, atol=1e-4, rtol=0)


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
