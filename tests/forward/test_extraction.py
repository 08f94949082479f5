"""Extraction against plain hooks: a few families here, all in tests/families."""

from __future__ import annotations

import pytest
import torch

from steering.errors import Refused
from steering.forward import extraction, passes
from steering.forward.extraction import contrast
from steering.models.loading import wrap
from tests.support import cases, oracle, tiny
from tests.support.devices import Full

KINDS = pytest.mark.parametrize("joined", [False, True], ids=["( alone", "(A joined"])
FAMILIES = pytest.mark.parametrize("family", ["Llama", "Gemma3", "Bloom"])


@KINDS
@FAMILIES
def test_extraction_equals_plain_hooks(family, joined):
    case = cases.case(family, joined)
    found = contrast(case.model, case.prompts, keep=[1])
    pairs = cases.expected_pairs(family, joined)
    torch.testing.assert_close(found.mean, pairs.mean(0), atol=1e-4, rtol=0)
    torch.testing.assert_close(found.differences[1], pairs[:, 1], atol=1e-4, rtol=0)


@KINDS
@FAMILIES
def test_vectors_are_read_where_the_prompts_say(family, joined):
    case = cases.case(family, joined)
    assert all(len(one) > 1 for prompt in case.prompts for one in prompt.answer_ids)
    found = contrast(case.model, cases.moved(case.prompts, behind=1), keep=[2])
    pairs = cases.expected_pairs(family, joined, behind=1)
    torch.testing.assert_close(found.mean, pairs.mean(0), atol=1e-4, rtol=0)
    torch.testing.assert_close(found.differences[2], pairs[:, 2], atol=1e-4, rtol=0)
    at_the_letter = cases.expected_pairs(family, joined)
    assert (pairs - at_the_letter).abs().max() > 0.01


def test_where_a_prompt_is_steered_changes_no_vector():
    case = cases.case("Llama")
    found = contrast(case.model, cases.moved(case.prompts, earlier=2))
    assert torch.equal(found.mean, contrast(case.model, case.prompts).mean)


def test_an_answer_cannot_be_read_behind_its_end():
    case = cases.case("Llama")
    longest = max(len(one) for prompt in case.prompts for one in prompt.answer_ids)
    with pytest.raises(AssertionError, match="read within itself"):
        contrast(case.model, cases.moved(case.prompts, behind=longest))


def test_weighted_vectors_are_sums_of_the_pairs():
    case = cases.case("Gemma3")
    weights = torch.randn(3, len(case.prompts), generator=torch.Generator().manual_seed(0))
    found = contrast(case.model, case.prompts, weights=weights).weighted
    pairs = cases.expected_pairs("Gemma3")
    expected = torch.einsum("vp,plw->vlw", weights, pairs)
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=0)
    assert contrast(case.model, case.prompts).weighted.shape == (0, 3, 32)


@FAMILIES
def test_the_mean_of_the_negative_answers_is_that_of_plain_hooks(family):
    case = cases.case(family)
    weights = torch.eye(len(case.prompts))[:2]
    found = contrast(case.model, case.prompts, [1], weights=weights, negative=True)
    expected = cases.expected_negatives(family).mean(0)
    torch.testing.assert_close(found.negative, expected, atol=1e-4, rtol=0)
    # All else is what it is without it.
    plain = contrast(case.model, case.prompts, [1], weights=weights)
    assert plain.negative is None
    assert plain.origin(1) is None
    torch.testing.assert_close(found.mean, plain.mean)
    torch.testing.assert_close(found.weighted, plain.weighted)
    torch.testing.assert_close(found.differences[1], plain.differences[1])
    assert torch.equal(found.origin(2), found.negative[2])


def test_the_norm_is_that_of_the_last_token_of_the_prompt():
    case = cases.case("Llama")
    found = contrast(case.model, case.prompts).residual_norm
    norms = [
        [
            oracle.residual(
                case.module, case.model.tokenizer, one.text, "A", layer, behind=-1
            ).norm()
            for layer in range(3)
        ]
        for one in case.prompts
    ]
    torch.testing.assert_close(found, torch.tensor(norms).mean(0), atol=1e-4, rtol=0)


def test_activations_that_are_not_finite_are_refused():
    module = tiny.model("Llama")
    module.model.layers[2].mlp.down_proj.weight.fill_(float("nan"))
    model = wrap(module, tiny.tokenizer(), name="broken")
    with pytest.raises(Refused, match="not finite"):
        contrast(model, cases.case("Llama").prompts)


@FAMILIES
def test_out_of_memory_halves_the_batch_and_goes_on(family, monkeypatch):
    case = cases.case(family)
    full = Full(passes.residuals, 200, lambda packed: packed)
    monkeypatch.setattr(extraction, "residuals", full)
    found = contrast(case.model, case.prompts, keep=[1])
    pairs = cases.expected_pairs(family)
    torch.testing.assert_close(found.mean, pairs.mean(0), atol=1e-4, rtol=0)
    torch.testing.assert_close(found.differences[1], pairs[:, 1], atol=1e-4, rtol=0)
    assert full.failures > 0
