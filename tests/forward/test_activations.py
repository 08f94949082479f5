"""Activations of both sides equal those of plain hooks, and their difference is extraction's."""

from __future__ import annotations

import pytest
import torch

from steering.concepts import ORDERS
from steering.concepts.pairs import pairs_of
from steering.forward import activations
from steering.forward.activations import (
    before_answers,
    sides,
    work_before_answers,
    work_of_sides,
)
from steering.forward.extraction import contrast
from steering.forward.reference import reference_residuals
from steering.models.loading import load_model
from steering.prompts.forms import FORMS
from steering.prompts.rendering import render
from steering.prompts.requests import asked
from tests.support import tiny

LAYERS = (0, 2)


@pytest.fixture(scope="module", params=["Llama", "Bloom"])
def model(request, tmp_path_factory):
    return load_model(str(tiny.save(tmp_path_factory.mktemp("model") / "tiny", request.param)))


def prompts_of(model, form):
    concept = tiny.concept()
    if form == "chosen":
        some = [(item, order) for item in concept.items[:5] for order in ORDERS]
        return [render(concept, item, "BASE", order, model.tokenizer) for item, order in some]
    questions = asked(pairs_of(concept, "train"))[:6]
    return [
        one for q in questions for one in FORMS[form].prompts(concept, q, "BASE", model.tokenizer)
    ]


@pytest.mark.parametrize("form", ["chosen", "said"])
def test_each_side_is_that_of_plain_hooks_and_their_difference_is_the_vector(model, form):
    prompts = prompts_of(model, form)
    found = sides(model, prompts, LAYERS)
    for row, prompt in enumerate(prompts):
        both = prompt.answer_ids if prompt.positive_first else prompt.answer_ids[::-1]
        for answer, side in zip(both, (found.positive, found.negative), strict=True):
            seen = reference_residuals(model, [*prompt.token_ids, *answer], LAYERS)
            end = None if prompt.positions.to_the_end else prompt.read_position + 1
            expected = seen[:, prompt.read_position : end].mean(1)
            for at, layer in enumerate(LAYERS):
                torch.testing.assert_close(side[layer][row], expected[at], atol=1e-4, rtol=1e-4)
    whole = contrast(model, prompts)
    for layer in LAYERS:
        mean = (found.positive[layer] - found.negative[layer]).mean(0)
        torch.testing.assert_close(mean, whole.mean[layer], atol=1e-5, rtol=1e-4)
        assert found.residual_norm[layer] == pytest.approx(float(whole.residual_norm[layer]), 1e-5)


def test_before_answers_is_the_last_token_of_the_prompt(model):
    prompts = prompts_of(model, "chosen")
    found = before_answers(model, prompts, LAYERS)
    for row, prompt in enumerate(prompts):
        seen = reference_residuals(model, prompt.token_ids, LAYERS)[:, -1]
        for at, layer in enumerate(LAYERS):
            torch.testing.assert_close(found[layer][row], seen[at], atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("form", ["chosen", "said"])
def test_the_passes_are_those_that_were_counted(model, form, monkeypatch):
    prompts, ran, whole = prompts_of(model, form), [], activations.residuals
    monkeypatch.setattr(
        activations,
        "residuals",
        lambda model, packs, *rest, **last: ran.extend(packs) or whole(model, packs, *rest, **last),
    )
    sides(model, prompts, LAYERS)
    assert len(ran) == work_of_sides(model, prompts).passes
    ran.clear()
    before_answers(model, prompts, LAYERS)
    assert len(ran) == work_before_answers(model, prompts).passes
