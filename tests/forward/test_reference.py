"""The reference itself, against a hook that is written here once more."""

from __future__ import annotations

import pytest
import torch

from steering.forward.reference import reference_logits, reference_residuals
from steering.vectors.operators import OPERATORS
from tests.support import cases, oracle, toys

FAMILIES = pytest.mark.parametrize("family", ["Llama", "Bloom", "GPT-2"])


@FAMILIES
@pytest.mark.parametrize("operator", [*OPERATORS, "replacing"])
def test_steered_logits_are_those_of_a_plain_hook(family, operator, monkeypatch):
    monkeypatch.setitem(OPERATORS, "replacing", toys.REPLACING)
    case = cases.case(family)
    prompt, one = case.prompts[1], case.interventions[2]
    scale, origin = torch.tensor(-1.5), cases.origin_of(one)

    def steer(hidden):
        if operator == "replacing":
            return toys.replacing(hidden, one.vector, scale, origin)
        return oracle.OPERATORS[operator](hidden, one.vector, scale, origin)

    expected = oracle.letter_logits(
        case.module, case.model.tokenizer, prompt.text, prompt.positive_letter,
        layer=one.layer, steer=steer, back=2,
    )  # fmt: skip
    start = len(prompt.token_ids) - 2
    logits = reference_logits(
        case.model,
        prompt.token_ids,
        one.layer,
        one.vector,
        start,
        multiplier=-1.5,
        operator=operator,
        origin=origin,
    )
    assert logits.shape == (len(prompt.token_ids), 512)
    found = logits[-1, [prompt.positive_letter_id, prompt.negative_letter_id]]
    torch.testing.assert_close(found, torch.tensor(expected), atol=1e-5, rtol=0)


@FAMILIES
def test_residuals_are_the_outputs_of_the_blocks(family):
    case = cases.case(family)
    prompt = case.prompts[0]
    ids = [*prompt.token_ids, prompt.letter_ids[0]]
    found = reference_residuals(case.model, ids, (0, 2))
    assert found.shape == (2, len(ids), 32)
    for row, layer in enumerate((0, 2)):
        expected = oracle.residual(case.module, case.model.tokenizer, prompt.text, "A", layer)
        torch.testing.assert_close(found[row, -1], expected, atol=1e-5, rtol=0)


def test_nothing_stays_behind_on_the_model():
    case = cases.case("Llama")
    prompt, one = case.prompts[0], case.interventions[0]
    before = reference_residuals(case.model, prompt.token_ids, (2,))
    reference_logits(case.model, prompt.token_ids, 0, 9 * one.vector, 0)
    after = reference_residuals(case.model, prompt.token_ids, (2,))
    assert torch.equal(before, after)
    assert not [hooks for block in oracle.blocks(case.module) if (hooks := block._forward_hooks)]
