"""Forward passes: what is steered and read of a packed input, against plain hooks."""

from __future__ import annotations

import pytest
import torch

from steering.forward import passes
from steering.forward.packing import Tails, pack
from steering.forward.reference import reference_logits, reference_residuals
from steering.vectors.operators import add
from tests.support import cases

PROMPTS = [[6, 7, 8, 9, 10], [6, 7, 11]]
TAILS = Tails([[[20, 21]] * 3, [[22, 23]] * 3], parents=(-1, 0))
WORDS = torch.tensor([[30, 40, 30], [50, 60, 70]])
AT = torch.tensor([[0, 1, 1], [1, 0, 1]])


def asked(*, whole: bool = False, growing: bool = False) -> tuple[passes.Pass, dict]:
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
    one, done = asked(whole=True)
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


def test_what_is_read_is_filled_up_to_a_multiple_of_what_went_in():
    columns = torch.tensor([[9, 4], [4, 7]])
    kept, places = passes.ending(columns, 5)
    assert len(kept) == 5
    assert torch.equal(kept[places], columns)
