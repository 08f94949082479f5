"""Heads: logits of few words and of all words, before and after what a model does with them."""

from __future__ import annotations

import pytest
import torch

from steering.forward import heads
from steering.forward.heads import head_logits, heard, picked, spoken

DRAW = torch.Generator().manual_seed(0)
FINAL = torch.randn(2, 4, 3, 8, generator=DRAW)
WEIGHT, BIAS = torch.randn(20, 8, generator=DRAW), torch.randn(20, generator=DRAW)
KNOWN = torch.tensor([3, 7, 19])
EVERY = FINAL @ WEIGHT.T + BIAS


@pytest.mark.parametrize("whole", [[], [0, 2], [0, 1, 2, 3]], ids=len)
@pytest.mark.parametrize("after", [lambda one: one, lambda one: 5 * (one / 5).tanh()])
def test_the_known_words_of_all_copies_and_all_words_of_some(whole, after):
    which = torch.tensor(whole, dtype=torch.long)
    said = after(spoken(FINAL, (WEIGHT, BIAS), KNOWN, which))
    few, likely = heard(said, (2, 4, 3), KNOWN, which, of_all_words=False)
    torch.testing.assert_close(few, after(EVERY)[..., KNOWN])
    torch.testing.assert_close(likely, after(EVERY)[:, which].log_softmax(-1)[..., KNOWN])


def test_of_a_head_that_runs_by_itself_the_known_words_are_taken():
    which = torch.tensor([1])
    few, likely = heard(EVERY.flatten(1, 2), (2, 4, 3), KNOWN, which, of_all_words=True)
    assert torch.equal(few, EVERY[..., KNOWN])
    torch.testing.assert_close(likely, EVERY[:, which].log_softmax(-1)[..., KNOWN])


def test_no_word_is_more_likely_than_certain():
    """Also where another product of matrices would round the logit of a certain word up."""
    draw = torch.Generator().manual_seed(1)
    final = torch.randn(16, 4, 1, 64, generator=draw)
    weight = torch.randn(500, 64, generator=draw)
    weight[KNOWN[0]] = 40 * final[0, 0, 0]
    final[:] = final[:1, :1] + torch.randn(16, 4, 1, 64, generator=draw) / 100
    which = torch.arange(4)
    said = spoken(final, (weight, None), KNOWN, which)
    _, likely = heard(said, (16, 4, 1), KNOWN, which, of_all_words=False)
    assert likely[..., 0].exp().min() > 0.99
    assert likely.max() <= 1e-6


@pytest.mark.parametrize("words", [20, 5000])
def test_all_copies_whole_give_what_all_words_of_each_give(words, monkeypatch):
    """The sum over all words is taken a few rows at a time: also where rows are left over."""
    draw = torch.Generator().manual_seed(3)
    weight, bias = torch.randn(words, 8, generator=draw), torch.randn(words, generator=draw)
    every = FINAL @ weight.T + bias
    which = torch.arange(4)
    said = spoken(FINAL, (weight, bias), KNOWN, which)
    torch.testing.assert_close(said, every.flatten(1, 2))
    monkeypatch.setattr(heads, "_CACHED", 5000 * 11)
    few, likely = heard(said, (2, 4, 3), KNOWN, which, of_all_words=False)
    assert torch.equal(few, said.unflatten(1, (4, 3))[..., KNOWN])
    torch.testing.assert_close(likely, every.log_softmax(-1)[..., KNOWN])
    one_by_one = said.unflatten(1, (4, 3)).logsumexp(-1, keepdim=True)
    torch.testing.assert_close(likely, few - one_by_one, atol=1e-6, rtol=0)
    # Of a head that runs by itself, and of some copies, the same is read.
    again, same = heard(said, (2, 4, 3), KNOWN, which, of_all_words=True)
    assert torch.equal(again, few)
    assert torch.equal(same, likely)
    some = torch.tensor([0, 2])
    mixed = spoken(FINAL, (weight, bias), KNOWN, some)
    _, of_some = heard(mixed, (2, 4, 3), KNOWN, some, of_all_words=False)
    torch.testing.assert_close(of_some, likely[:, some])


def test_in_a_lower_precision_the_known_words_are_computed_in_float32():
    half = FINAL.bfloat16(), (WEIGHT.bfloat16(), BIAS.bfloat16())
    exact = half[0].float() @ half[1][0].float().T + half[1][1].float()
    for whole in (False, True):
        found = head_logits(*half, KNOWN, whole=whole)
        known = found[..., KNOWN] if whole else found
        assert found.dtype == torch.float32
        torch.testing.assert_close(known, exact[..., KNOWN], atol=1e-5, rtol=0)


def test_what_is_read_are_logits_and_behind_them_log_probabilities():
    which, tails = torch.tensor([1, 3]), torch.tensor([[0, 2], [1, 1]])
    wanted = torch.tensor([[2, 0], [1, 1]])
    few, certain = EVERY[..., KNOWN], EVERY[:, which].log_softmax(-1)[..., KNOWN]
    found = picked(few, certain, (tails, wanted), which)
    for prompt, copy, number in [(0, 1, 0), (0, 3, 1), (1, 2, 0)]:
        words = EVERY[prompt, copy, tails[prompt, number]]
        word = KNOWN[wanted[prompt, number]]
        torch.testing.assert_close(found[prompt, copy, number], words[word])
        likely = words.log_softmax(-1)[word]
        if copy in which:
            torch.testing.assert_close(found[prompt, copy, 2 + number], likely)
        else:
            assert found[prompt, copy, 2 + number].isnan()
    assert picked(few, certain[:, :0], (tails, wanted), which[:0]).shape == (2, 4, 2)
