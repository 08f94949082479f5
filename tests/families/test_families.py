"""Every family, every way of asking: equal to plain hooks at batch size 1. `make test-families`."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch

from steering.forward import routes
from steering.forward.extraction import contrast
from steering.forward.sweep import answer_propensities, propensities, swept
from steering.vectors.operators import OPERATORS
from tests.support import cases, oracle, replied, tiny, toys

pytestmark = pytest.mark.families

KINDS = pytest.mark.parametrize("joined", [False, True], ids=["( alone", "(A joined"])
FAMILIES = pytest.mark.parametrize("family", tiny.FAMILIES)
ATTENTION = [family for family in tiny.FAMILIES if family not in {"Mamba", "MPT", "Bloom"}]


@pytest.fixture(params=["alone", "batched", "left-padded", "right-padded"])
def way(request, monkeypatch):
    """How the prompts come: one call each, all at once, or with idle columns among them."""
    if request.param.endswith("padded"):
        left, right = (7, 0) if request.param == "left-padded" else (0, 9)
        plain = routes.Route.input

        def padded(self, *args, **options):
            # A row of its own has no mask that could hide what stands before it.
            before = 0 if self.name == routes.ROWS else left
            return cases.padded(plain(self, *args, **options), before, right)

        monkeypatch.setattr(routes.Route, "input", padded)
    return request.param


def measured(family, joined, way, choice):
    case = cases.case(family, joined)
    chosen = [case.interventions[at] for at in cases.CHOICES[choice]]
    asked = [[one] for one in case.prompts] if way == "alone" else [case.prompts]
    return np.concatenate([propensities(case.model, some, chosen, cases.LAMBDAS) for some in asked])


@KINDS
@FAMILIES
@pytest.mark.parametrize("choice", cases.CHOICES)
def test_sweep(family, joined, choice, way):
    found = measured(family, joined, way, choice)
    expected = cases.expected(family, joined)[:, cases.CHOICES[choice]]
    np.testing.assert_allclose(found, expected, atol=1e-4, rtol=0)
    assert expected.std() > 0.05
    assert np.abs(expected[..., 2] - expected[..., 1]).max() > 0.02  # steering shows


@KINDS
@FAMILIES
def test_nothing_added_is_the_model_itself(family, joined, way):
    found = measured(family, joined, way, "all layers")[:, :, 1]
    unsteered = cases.unsteered(family, joined)[:, None]
    np.testing.assert_allclose(found, np.repeat(unsteered, 3, 1), atol=1e-5, rtol=0)


@KINDS
@FAMILIES
def test_extraction(family, joined, way):
    case = cases.case(family, joined)
    asked = [[one] for one in case.prompts] if way == "alone" else [case.prompts]
    found = [contrast(case.model, some, keep=[0, 2]) for some in asked]
    pairs = cases.expected_pairs(family, joined)
    vectors = torch.stack([one.mean for one in found]).mean(0)
    torch.testing.assert_close(vectors, pairs.mean(0), atol=1e-4, rtol=0)
    for layer in (0, 2):
        kept = torch.cat([one.differences[layer] for one in found])
        torch.testing.assert_close(kept, pairs[:, layer], atol=1e-4, rtol=0)


@KINDS
@FAMILIES
def test_whole_answers(family, joined, way):
    case = cases.case(family, joined)
    asked = [[one] for one in case.prompts] if way == "alone" else [case.prompts]
    found = np.concatenate(
        [
            answer_propensities(case.model, some, case.interventions[:2], cases.LAMBDAS)
            for some in asked
        ],
        axis=1,
    )
    np.testing.assert_allclose(found[0], cases.expected(family, joined)[:, :2], atol=1e-4, rtol=0)
    np.testing.assert_allclose(found[1], cases.expected_answers(family, joined), atol=1e-4, rtol=0)


@pytest.mark.parametrize("family", ATTENTION)
def test_eager_attention(family):
    case = cases.case(family, attention="eager")
    found = propensities(case.model, case.prompts, case.interventions, cases.LAMBDAS)
    np.testing.assert_allclose(found, cases.expected(family), atol=1e-4, rtol=0)


@KINDS
@FAMILIES
def test_other_positions(family, joined, way):
    case = cases.case(family, joined)
    prompts = cases.moved(case.prompts, earlier=2, behind=1)
    asked = [[one] for one in prompts] if way == "alone" else [prompts]
    found = [propensities(case.model, some, case.interventions, cases.LAMBDAS) for some in asked]
    expected = cases.each(family, joined, back=3)
    np.testing.assert_allclose(np.concatenate(found), expected, atol=1e-4, rtol=0)
    vectors = torch.stack([contrast(case.model, some).mean for some in asked]).mean(0)
    pairs = cases.expected_pairs(family, joined, behind=1)
    torch.testing.assert_close(vectors, pairs.mean(0), atol=1e-4, rtol=0)


@KINDS
@FAMILIES
def test_another_operator(family, joined, way, monkeypatch):
    monkeypatch.setitem(OPERATORS, "replacing", toys.REPLACING)
    case = cases.case(family, joined)
    chosen = [replace(one, operator="replacing") for one in case.interventions]
    asked = [[one] for one in case.prompts] if way == "alone" else [case.prompts]
    found = [propensities(case.model, some, chosen, cases.LAMBDAS) for some in asked]
    expected = cases.each(family, joined, apply=toys.replacing)
    np.testing.assert_allclose(np.concatenate(found), expected, atol=1e-4, rtol=0)


@FAMILIES
@pytest.mark.parametrize("operator", OPERATORS)
def test_every_operator(family, operator):
    case = cases.case(family)
    found = propensities(case.model, case.prompts, cases.under(case, operator), cases.LAMBDAS)
    expected = cases.each(family, apply=oracle.OPERATORS[operator])
    np.testing.assert_allclose(found, expected, atol=1e-4, rtol=0)


@FAMILIES
def test_the_mean_of_the_negative_answers(family):
    case = cases.case(family)
    found = contrast(case.model, case.prompts, negative=True)
    expected = cases.expected_negatives(family).mean(0)
    torch.testing.assert_close(found.negative, expected, atol=1e-4, rtol=0)
    torch.testing.assert_close(found.mean, contrast(case.model, case.prompts).mean)


@FAMILIES
def test_replies(family, way):
    """What is said of pairs whose replies differ in length, and the vector read over replies."""
    model = cases.case(family).model
    prompts = replied.said_of(tiny.concept(), tiny.tokenizer(), 3)
    pushes = replied.pushes(model)
    asked = [[one] for one in prompts] if way == "alone" else [prompts]
    each = [swept(model, one, pushes, replied.LAMBDAS, scores=replied.SCORED) for one in asked]
    found, expected = np.concatenate(each, axis=1), said_by_hooks(family)
    np.testing.assert_allclose(found, expected, atol=1e-4, rtol=0)
    assert np.abs(found[0, ..., 2] - found[0, ..., 1]).max() > 0.02  # steering shows
    vectors = torch.stack([contrast(model, some).mean for some in asked]).mean(0)
    pairs = replied.pairs_by_hooks(model, prompts)
    torch.testing.assert_close(vectors, pairs.mean(0), atol=1e-4, rtol=0)


@cache
def said_by_hooks(family):
    """It is worked out once for all ways: do not change what it returns."""
    model = cases.case(family).model
    prompts = replied.said_of(tiny.concept(), tiny.tokenizer(), 3)
    return replied.by_hooks(model, prompts, replied.pushes(model))


@FAMILIES
def test_route(family):
    case = cases.case(family)
    route = routes.route_of(case.model, [one.token_ids for one in case.prompts])
    assert (route.name == routes.ROWS) == (family in tiny.ROW_BY_ROW)
    assert route.difference < 1e-4
