"""Disturbance: equal to plain hooks, and nothing where nothing is pushed."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from steering.forward import disturbance as module
from steering.forward.disturbance import Push, disturbance, widened
from steering.forward.reference import reference_logits
from steering.prompts.neutral import NEUTRAL, render_neutral
from steering.vectors.operators import OPERATORS
from tests.support import cases, tiny


@pytest.mark.families
@pytest.mark.parametrize("family", tiny.FAMILIES)
def test_in_every_family_it_is_what_plain_hooks_give(family):
    same_as_hooks(family)


@pytest.mark.parametrize("family", ["Llama", "GPT-2", "Gemma2", "Mixtral"])
def test_it_is_what_plain_hooks_give(family):
    same_as_hooks(family)


def same_as_hooks(family):
    model = cases.case(family).model
    texts = [render_neutral(one, model.tokenizer) for one in NEUTRAL[:2]]
    draw = torch.Generator().manual_seed(3)
    vectors = torch.randn(3, model.width, generator=draw)
    # Layers out of order, and two pushes of one.
    pushes = [Push(at, vectors[at], scale, "add") for at, scale in ((2, 1.0), (0, -2.0), (2, 0.5))]
    pushes += [Push(2, vectors[1], 0.5, name, vectors[0] / 2) for name in OPERATORS]
    found = disturbance(model, texts, pushes)
    for row, text in enumerate(texts):
        ids, start = text.token_ids, text.steered_from
        target = torch.tensor(ids[start + 1 :])
        plain = reference_logits(model, ids, 0, vectors[0], start, multiplier=0.0)
        unsteered = plain[start:-1].double().log_softmax(-1)
        for column, push in enumerate([Push(0, vectors[0], 0.0, "add"), *pushes]):
            logits = reference_logits(
                model,
                ids,
                push.layer,
                push.vector,
                start,
                multiplier=push.multiplier,
                operator=push.operator,
                origin=push.origin,
            )
            likely = logits[start:-1].double().log_softmax(-1)
            apart = (unsteered.exp() * (unsteered - likely)).sum(-1)
            own = likely.gather(-1, target[:, None]).mean()
            assert found.first[row, column] == pytest.approx(float(apart[0]), abs=1e-4)
            assert found.divergence[row, column] == pytest.approx(float(apart.mean()), abs=1e-4)
            assert found.log_likelihood[row, column] == pytest.approx(float(own), abs=1e-4)


def test_nothing_pushed_changes_nothing_and_parts_change_nothing(monkeypatch):
    model = cases.case("Llama").model
    texts = [render_neutral(one, model.tokenizer) for one in NEUTRAL[:2]]
    vector = torch.randn(model.width, generator=torch.Generator().manual_seed(0))
    pushes = [Push(1, vector, scale, "add") for scale in (0.0, 1.0, -1.0, 2.0)]
    whole = disturbance(model, texts, pushes)
    assert whole.divergence[:, :2] == pytest.approx(0, abs=1e-6)
    assert (whole.divergence[:, 2:] > 1e-4).all()
    assert whole.log_likelihood[:, 1] == pytest.approx(whole.log_likelihood[:, 0], abs=1e-6)
    monkeypatch.setattr(module, "_MOST_LOGITS", 1)
    alone = disturbance(model, texts, pushes)
    np.testing.assert_allclose(alone.divergence, whole.divergence, atol=1e-5)
    np.testing.assert_allclose(alone.log_likelihood, whole.log_likelihood, atol=1e-5)


def test_without_pushes_there_is_the_unsteered_model_alone():
    model = cases.case("Llama").model
    texts = [render_neutral(NEUTRAL[0], model.tokenizer)]
    assert disturbance(model, texts, []).log_likelihood.shape == (1, 1)


@pytest.mark.parametrize("grows", [True, False])
def test_a_row_is_computed_from_its_block_on_where_the_route_lets_copies_grow(grows, monkeypatch):
    model = cases.case("Llama").model
    text = render_neutral(NEUTRAL[0], model.tokenizer)
    vectors = torch.randn(3, model.width, generator=torch.Generator().manual_seed(1))
    pushes = [Push(layer, vectors[layer], 1.0, "add") for layer in (0, 0, 2)]
    monkeypatch.setattr(module, "grows_by_rows", lambda *_: grows)
    rows: list[int] = []
    blocks = model.module.model.layers
    hooks = [
        block.register_forward_pre_hook(lambda _, inputs: rows.append(len(inputs[0])))
        for block in blocks
    ]
    found = disturbance(model, [text], pushes)
    for hook in hooks:
        hook.remove()
    everywhere = [4] * len(blocks)
    assert rows == ([1, 3, 3, *everywhere[3:]] if grows else everywhere)
    monkeypatch.setattr(module, "grows_by_rows", lambda *_: not grows)
    other = disturbance(model, [text], pushes)
    np.testing.assert_allclose(found.divergence, other.divergence, atol=1e-6)


def test_rows_that_are_added_equal_the_first_and_stand_behind_the_others():
    hidden = torch.arange(12.0).view(2, 3, 2)
    wider = widened(hidden, 2)
    assert torch.equal(wider[:2], hidden)
    assert torch.equal(wider[2:], hidden[[0, 0]])
    assert torch.equal(widened((hidden, "cache"), 1)[0], hidden[[0, 1, 0]])
    assert widened((hidden, "cache"), 1)[1] == "cache"
