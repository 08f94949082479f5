"""Blocks that travel: extraction and sweep on a server that lacks our package equal local ones."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from nnsight import TransformersModel
from nnsight.modeling import huggingface
from safetensors.torch import load_file

from steering.forward.disturbance import Push, disturbance
from steering.forward.extraction import contrast
from steering.forward.generation import replies, sampled_replies
from steering.forward.lengths import alike
from steering.forward.routes import GROWING, route_of
from steering.forward.sweep import answer_propensities, propensities, swept
from steering.models.loading import wrap
from steering.models.model import BLOCKS, Model
from steering.prompts.neutral import NEUTRAL, render_neutral
from steering.remote.ledger import Ledger
from steering.remote.request import Remote
from steering.remote.service import Service
from steering.remote.terms import Terms
from steering.vectors.controls import resampling_weights
from steering.vectors.operators import OPERATORS, Operator
from tests.support import cases, replied, serving, tiny

# Gemma3's blocks differ in their window: its masks are set inside the trace.
SERVED = [("Gemma3", "float32"), ("Llama", "bfloat16")]
BOUNDS = {"float32": 1e-5, "bfloat16": 5e-2}


@pytest.fixture(scope="module", params=SERVED, ids="-".join)
def served(request, tmp_path_factory):
    """A served model, and the same one here."""
    family, dtype = request.param
    with ExitStack() as stack:
        if dtype == "bfloat16":
            folder, double = map(request.getfixturevalue, ("folder", "half"))
        else:
            folder = tiny.save(tmp_path_factory.mktemp("served") / family, family)
            double = stack.enter_context(serving.double(folder))
        # The model's name on the service is its folder: no Hub is asked.
        huggingface._ID_CACHE[str(folder)] = str(folder)
        traced = TransformersModel(str(folder), task="text-generation", rename=BLOCKS)
        remote = Remote(Service(Terms(host=double.url)))
        there = Model("served", traced, tiny.tokenizer(), "served", remote=remote)
        module = tiny.model(family).to(getattr(torch, dtype))
        here = wrap(module, tiny.tokenizer(), name="local")
        yield SimpleNamespace(
            there=there, here=here, case=cases.case(family), bound=BOUNDS[dtype], double=double
        )


def test_the_sweep_is_one_request_and_equal(served):
    case, there, double = served.case, served.there, served.double
    assert route_of(there, [one.token_ids for one in case.prompts]).name == GROWING
    before = len(double.requests())
    found = propensities(there, case.prompts, case.interventions, cases.LAMBDAS)
    assert len(double.requests()) == before + 1
    assert double.requests()[-1]["bytes"] < 1e6
    local = propensities(served.here, case.prompts, case.interventions, cases.LAMBDAS)
    np.testing.assert_allclose(found, local, atol=served.bound, rtol=0)


def test_whole_answers_and_vectors_are_equal(served):
    case, there, here, double = served.case, served.there, served.here, served.double
    asked = case.prompts, case.interventions[:2], cases.LAMBDAS
    found, local = answer_propensities(there, *asked), answer_propensities(here, *asked)
    np.testing.assert_allclose(found, local, atol=served.bound, rtol=0)
    before = len(double.requests())
    vectors, own = contrast(there, case.prompts, keep=[1]), contrast(here, case.prompts, keep=[1])
    assert len(double.requests()) == before + 1
    torch.testing.assert_close(vectors.mean, own.mean, atol=served.bound, rtol=0)
    torch.testing.assert_close(
        vectors.differences[1], own.differences[1], atol=served.bound, rtol=0
    )


@pytest.mark.parametrize("cache", [True, False], ids=["cached", "uncached"])
def test_replies_are_equal(served, cache):
    asked = served.case.prompts[:2], 1, served.case.interventions[0].vector, (-1.0, 0.0, 1.0)
    found = replies(served.there, *asked, tokens=6, cache=cache)
    assert found == replies(served.here, *asked, tokens=6, cache=cache)


def test_what_is_said_is_one_request_and_equal(served):
    """Replies of several lengths; whole logits of every copy; sums over the tokens of a reply."""
    there, here, double = served.there, served.here, served.double
    prompts = replied.said_of(tiny.concept(), tiny.tokenizer(), 4)
    asked = prompts, replied.pushes(here), replied.LAMBDAS
    route_of(there, [one.token_ids for one in prompts])
    before = len(double.requests())
    found = swept(there, *asked, scores=replied.SCORED)
    assert len(double.requests()) == before + 1
    local = swept(here, *asked, scores=replied.SCORED)
    # Each is a sum over some tens of words.
    np.testing.assert_allclose(found, local, atol=10 * served.bound, rtol=0)
    assert np.ptp(local[0], axis=-1).max() > 20 * served.bound
    before = len(double.requests())
    vectors, own = contrast(there, prompts, keep=[1]), contrast(here, prompts, keep=[1])
    assert len(double.requests()) == before + len(alike(prompts)) == before + 2
    torch.testing.assert_close(vectors.mean, own.mean, atol=served.bound, rtol=0)
    torch.testing.assert_close(
        vectors.differences[1], own.differences[1], atol=served.bound, rtol=0
    )


def test_what_pushes_do_to_neutral_text_is_equal(served):
    there, here, double = served.there, served.here, served.double
    texts = [render_neutral(one, tiny.tokenizer()) for one in NEUTRAL[:3]]
    pushes = [
        Push(one.layer, one.vector, by, "add")
        for one in served.case.interventions[:2]
        for by in (-1.0, 1.0)
    ]
    before = len(double.requests())
    found, local = (disturbance(model, texts, pushes) for model in (there, here))
    assert len(double.requests()) == before + 1
    for name in ("first", "divergence", "log_likelihood"):
        both = getattr(found, name), getattr(local, name)
        np.testing.assert_allclose(*both, atol=served.bound, rtol=0)
    assert local.divergence[:, 1:].min() > 0


def test_draws_with_a_seed_are_equal(served):
    vector = served.case.interventions[0].vector
    asked = served.case.prompts[:2], 1, [(vector, -1.0), (vector, 0.0), (vector, 1.0)] * 2
    found, local = (
        sampled_replies(model, *asked, seed=5, tokens=6) for model in (served.there, served.here)
    )
    assert found == local
    assert found != sampled_replies(served.there, *asked, seed=6, tokens=6)


def test_other_positions_are_obeyed_there_too(served):
    case, there, here = served.case, served.there, served.here
    prompts = cases.moved(case.prompts, earlier=2, behind=1)
    asked = prompts, case.interventions[:2], cases.LAMBDAS
    found, local = answer_propensities(there, *asked), answer_propensities(here, *asked)
    np.testing.assert_allclose(found, local, atol=served.bound, rtol=0)
    vectors, own = contrast(there, prompts), contrast(here, prompts)
    torch.testing.assert_close(vectors.mean, own.mean, atol=served.bound, rtol=0)


def test_an_operator_travels_with_the_sweep_and_the_replies(served, monkeypatch):
    # Not by its name: the server has no module of ours.
    def doubling(hidden, vector, multiplier, origin):
        return 2 * hidden + multiplier * vector

    monkeypatch.setitem(OPERATORS, "doubling", Operator(doubling, identity_at_zero=False))
    case, there, here = served.case, served.there, served.here
    chosen = [replace(one, operator="doubling") for one in case.interventions[:2]]
    found, local = (
        propensities(model, case.prompts, chosen, cases.LAMBDAS) for model in (there, here)
    )
    np.testing.assert_allclose(found, local, atol=served.bound, rtol=0)
    added = propensities(here, case.prompts, case.interventions[:2], cases.LAMBDAS)
    assert np.abs(local - added).max() > 2 * served.bound
    asked = case.prompts[:2], 1, case.interventions[0].vector, (-1.0, 0.0)
    texts = [replies(one, *asked, tokens=6, operator="doubling") for one in (there, here)]
    assert texts[0] == texts[1]


@pytest.mark.parametrize("operator", ["affine", "clamp"])
def test_an_origin_travels_with_the_sweep_and_the_replies(served, operator):
    case, there, here = served.case, served.there, served.here
    chosen = cases.under(case, operator)
    route_of(there, [one.token_ids for one in case.prompts])
    before = len(served.double.requests())
    found = propensities(there, case.prompts, chosen, cases.LAMBDAS)
    assert len(served.double.requests()) == before + 1
    local = propensities(here, case.prompts, chosen, cases.LAMBDAS)
    np.testing.assert_allclose(found, local, atol=served.bound, rtol=0)
    without = propensities(
        here, case.prompts, [replace(one, origin=None) for one in chosen], cases.LAMBDAS
    )
    assert np.abs(local - without).max() > 0.01
    asked = case.prompts[:2], 1, chosen[0].vector, (-1.0, 0.0)
    texts = [
        replies(one, *asked, tokens=6, operator=operator, origin=chosen[0].origin)
        for one in (there, here)
    ]
    assert texts[0] == texts[1]


def test_the_mean_of_the_negative_answers_is_equal(served):
    vectors, own = (
        contrast(model, served.case.prompts, negative=True) for model in (served.there, served.here)
    )
    torch.testing.assert_close(vectors.negative, own.negative, atol=served.bound, rtol=0)
    torch.testing.assert_close(vectors.mean, own.mean, atol=served.bound, rtol=0)


WEIGHTED = {"of groups": (8, 2), "of pairs": (3, 1)}


@pytest.mark.parametrize("kind", WEIGHTED)
def test_sums_travel_instead_of_pairs_and_give_the_same_vectors(served, kind, tmp_path):
    """Counted in what the ledger keeps: the answers of the service as they came."""
    count, size = WEIGHTED[kind]
    case, here = served.case, served.here
    groups = [at // size for at in range(len(case.prompts))]
    weights = resampling_weights(groups, count, 0)
    own = contrast(here, case.prompts, weights=weights, negative=True)
    received = {}
    for name, keep in {"sums": (), "pairs": (1,)}.items():
        there = replace(
            served.there, remote=replace(served.there.remote, ledger=Ledger(tmp_path / name))
        )
        # Asked for first: how the service holds the model, and which route is exact.
        assert there.dtype == here.dtype
        route_of(there, [one.token_ids for one in case.prompts])
        before, proof = len(served.double.requests()), {*(tmp_path / name).iterdir()}
        found = contrast(there, case.prompts, keep=keep, weights=weights, negative=True)
        assert len(served.double.requests()) == before + 1
        for field in ("mean", "residual_norm", "weighted", "negative"):
            both = getattr(found, field), getattr(own, field)
            torch.testing.assert_close(*both, atol=served.bound, rtol=0)
        (answer,) = {*(tmp_path / name).iterdir()} - proof
        received[name] = sum(one.nbytes for one in load_file(answer).values())
    block = 4 * here.depth * here.width
    ways = min(len(set(groups)), count + 1) + 1
    assert received["sums"] == ways * block + 4 * here.depth
    assert received["pairs"] == len(case.prompts) * (2 * block + 4 * here.depth)


def test_the_service_says_its_precision(served):
    assert served.there.dtype == served.here.dtype
    assert served.there.device.type == "meta"
