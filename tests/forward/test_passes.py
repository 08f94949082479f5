"""Forward passes: what is steered and read of a packed input, against plain hooks."""

from __future__ import annotations

import pytest
import torch

from steering.forward import heads, passes
from steering.forward.packing import Tails, pack
from steering.forward.reference import reference_logits, reference_residuals
from steering.models.loading import wrap
from steering.vectors.operators import add
from tests.support import cases, tiny

PROMPTS = [[6, 7, 8, 9, 10], [6, 7, 11]]
TAILS = Tails([[[20, 21]] * 3, [[22, 23]] * 3], parents=((-1, 0),))
WORDS = torch.tensor([[30, 40, 30], [50, 60, 70]])
AT = torch.tensor([[0, 1, 1], [1, 0, 1]])


def asked(*, whole: tuple[int, ...] = (), growing: bool = False) -> tuple[passes.Pass, dict]:
    """Three copies: as it is, steered in block 0, and steered in block 2."""
    vectors = 2 * torch.randn(2, 32, generator=torch.Generator().manual_seed(3))
    edits = tuple(
        passes.Edit(layer, slice(copy, copy + 1), vectors[row][None], torch.tensor([scale]), add)
        for row, (copy, layer, scale) in enumerate([(1, 0, -1.0), (2, 2, 0.5)])
    )
    reading = passes.Reading(AT, WORDS, whole)
    done = {0: (0, 0 * vectors[0]), 1: (0, -vectors[0]), 2: (2, 0.5 * vectors[1])}
    return passes.Pass(pack(PROMPTS, TAILS, slots=2), edits, reading, growing), done


def by_hand(model, done) -> torch.Tensor:
    """Prompt × copy × read, each from a forward of its own."""

    def read(prompt: int, copy: int) -> torch.Tensor:
        ids = [*PROMPTS[prompt], *TAILS.ids[prompt][copy]]
        layer, delta = done[copy]
        logits = reference_logits(model, ids, layer, delta, len(PROMPTS[prompt]))
        return logits[len(PROMPTS[prompt]) + AT[prompt], WORDS[prompt]]

    return torch.stack(
        [torch.stack([read(prompt, copy) for copy in range(3)]) for prompt in range(2)]
    )


@pytest.mark.parametrize("growing", [False, True])
@pytest.mark.parametrize("family", ["Llama", "Gemma3", "OPT"])
def test_logits_are_read_of_each_copy_at_its_own_token(family, growing):
    model = cases.case(family).model
    one, done = asked(growing=growing)
    found = passes.logits(model, [one, one])
    assert len(found) == 2
    torch.testing.assert_close(found[0], by_hand(model, done), atol=1e-4, rtol=0)
    assert torch.equal(found[0], found[1])


def test_log_probabilities_stand_behind_the_logits():
    model = cases.case("Llama").model
    one, done = asked(whole=(0, 1, 2))
    (found,) = passes.logits(model, [one])
    assert found.shape == (2, 3, 6)
    torch.testing.assert_close(found[..., :3], by_hand(model, done), atol=1e-4, rtol=0)
    for prompt, copy, read in [(0, 1, 2), (1, 2, 0)]:
        ids = [*PROMPTS[prompt], *TAILS.ids[prompt][copy]]
        layer, delta = done[copy]
        start = len(PROMPTS[prompt])
        every = reference_logits(model, ids, layer, delta, start)[start + AT[prompt, read]]
        expected = every.log_softmax(-1)[WORDS[prompt, read]]
        torch.testing.assert_close(found[prompt, copy, 3 + read], expected, atol=1e-4, rtol=0)


@pytest.mark.parametrize("family", ["Llama", "Gemma2", "GPT-J", "Cohere"])
def test_log_probabilities_of_some_copies_are_those_of_all(family):
    """What a model does with its logits after the head, it does with those of few words as well."""
    model = cases.case(family).model
    every, some = (
        passes.logits(model, [asked(whole=which)[0]])[0] for which in ((0, 1, 2), (0, 2))
    )
    torch.testing.assert_close(some[..., :3], every[..., :3], atol=1e-5, rtol=0)
    torch.testing.assert_close(some[:, [0, 2], 3:], every[:, [0, 2], 3:], atol=1e-5, rtol=0)
    assert some[:, 1, 3:].isnan().all()


@pytest.mark.parametrize("whole", [(), tuple(range(64)), (0, 63)], ids=len)
@pytest.mark.parametrize("family", ["Llama", "Gemma2", "Gemma3", "GPT-J", "Cohere"])
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_letters_are_not_rounded_to_a_lower_precision(family, dtype, whole, monkeypatch):
    """In a lower precision, logits are as fine and as near as the residual stream is."""
    model = wrap(with_letters_alike(family, dtype), tiny.tokenizer(), name=family)
    exact = wrap(with_letters_alike(family, dtype).float(), tiny.tokenizer(), name=family)
    vectors = torch.randn(64, 32, generator=torch.Generator().manual_seed(4)) / 10
    edit = passes.Edit(1, slice(0, 64), vectors, torch.ones(64), add)
    packed = pack([PROMPTS[0]], Tails([[[20]] * 64]))
    reading = passes.Reading(torch.zeros(1, 2, dtype=torch.long), torch.tensor([[30, 40]]), whole)

    def differences(model):
        (found,) = passes.logits(model, [passes.Pass(packed, (edit,), reading)])
        return found[0, :, 0] - found[0, :, 1]

    expected, found = differences(exact), differences(model)
    with monkeypatch.context() as rounded:
        rounded.setattr(heads, "head_logits", in_its_own_precision)
        before = differences(model)
    assert len(found.unique()) >= 56
    assert len(before.unique()) <= (40 if dtype == torch.bfloat16 else 50)
    assert (found - expected).abs().mean() < (before - expected).abs().mean()


@pytest.mark.parametrize("family", ["Llama", "Gemma2", "GPT-J"])
def test_the_reference_of_a_lower_precision_has_logits_in_float32(family):
    exact = cases.case(family).model
    module = tiny.model(family).to(torch.bfloat16)
    model = wrap(module, exact.tokenizer, name=family)
    ids, still = PROMPTS[0], torch.zeros(32)
    (found,) = reference_logits(model, ids, 1, still, 0)[-1:]
    with torch.inference_mode():
        own = module(torch.tensor([ids])).logits[0, -1]
        final = module.model if hasattr(module, "model") else module.transformer
        last = final(torch.tensor([ids])).last_hidden_state[0, -1]
    by_hand = module.lm_head.float()(last.float())
    if family == "Gemma2":
        by_hand = (by_hand / 30).tanh() * 30
    torch.testing.assert_close(found, by_hand, atol=1e-5, rtol=0)
    assert not torch.equal(found, own.float())
    torch.testing.assert_close(found, own.float(), atol=1e-2, rtol=2**-7)


def with_letters_alike(family, dtype):
    """A model with large logits of two words that differ little, as those of letters do."""
    module = tiny.model(family)
    weight = module.get_output_embeddings().weight
    weight[30] *= 20
    weight[40] = weight[30] + weight[40] / 2
    return module.to(dtype)


def in_its_own_precision(final, head, known, *, whole):
    """The logits as the head itself computes them."""
    weight, bias = head
    if not whole:
        weight, bias = weight[known], None if bias is None else bias[known]
    return torch.nn.functional.linear(final, weight, bias)


@pytest.mark.parametrize("whole", [(), (0, 1, 2), (1,)], ids=len)
@pytest.mark.parametrize("family", ["Llama", "Gemma2", "GPT-J"])
def test_in_float32_logits_are_those_of_the_head_bit_by_bit(family, whole, monkeypatch):
    model = cases.case(family).model
    one, _ = asked(whole=whole)
    (found,) = passes.logits(model, [one])
    monkeypatch.setattr(heads, "head_logits", in_its_own_precision)
    torch.testing.assert_close(
        found, passes.logits(model, [one])[0], atol=0, rtol=0, equal_nan=True
    )


@pytest.mark.parametrize("family", ["Llama", "Gemma3", "Falcon"])
def test_residuals_of_the_copies_and_norms_at_the_ends(family):
    model = cases.case(family).model
    ((found, norms),) = passes.residuals(model, [pack(PROMPTS, TAILS, slots=1)])
    assert found.shape == (3, 2, 3, 2, 32)
    for prompt, ids in enumerate(PROMPTS):
        expected = reference_residuals(model, [*ids, *TAILS.ids[prompt][0]], (0, 1, 2))
        for copy in range(3):
            read = found[:, prompt, copy]
            torch.testing.assert_close(read, expected[:, len(ids) :], atol=1e-4, rtol=0)
        end = expected[:, len(ids) - 1].norm(dim=-1)
        torch.testing.assert_close(norms[:, prompt], end, atol=1e-4, rtol=0)


@pytest.mark.parametrize("family", ["Llama", "GPT-2", "GPT-NeoX"])
def test_no_block_behind_the_last_that_is_asked_for_is_run(family):
    model = cases.case(family).model
    packed, ran = pack(PROMPTS, TAILS, slots=2), []
    (whole, norms) = passes.residuals(model, [packed])[0]
    blocks = [model.traced.layers[at]._module for at in range(model.depth)]
    hooks = [
        block.register_forward_pre_hook(lambda *_, at=at: ran.append(at))
        for at, block in enumerate(blocks)
    ]
    try:
        (outputs, sizes) = passes.residuals(model, [packed], last=1)[0]
    finally:
        for hook in hooks:
            hook.remove()
    assert ran == [0, 1]
    torch.testing.assert_close(outputs, whole[:2])
    torch.testing.assert_close(sizes, norms[:2])
