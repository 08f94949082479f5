"""Sums of what is read: every answer's own tokens, on its own side, and nothing of the filling."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from steering.forward.scores import FLUENCY, SAID, SAID_PER_TOKEN, SCORES
from steering.forward.sums import sums_of
from tests.support import cases

A, B, C = (1, 2, 3), (4,), (5, 6)
SAID_PROMPT = replace(cases.case("Llama").prompts[0], positive_letter="", form="said")
PROMPTS = [replace(SAID_PROMPT, answer_ids=(A, B)), replace(SAID_PROMPT, answer_ids=(C, A))]
# The second answer to the first prompt and both to the second; then the first to the first.
NUMBERS = np.array([[1, 2, 3], [0, -1, -1]])


def read_of_both_bundles(copies: int) -> torch.Tensor:
    """Logits that must not count in these scores, and behind them log-probabilities."""
    draw = torch.randn(2, copies, 2 * 3 * 3, generator=torch.Generator().manual_seed(0))
    draw[..., :9] = 1e6
    return draw


@pytest.fixture
def filled():
    read = read_of_both_bundles(4)
    scores = {name: SCORES[name] for name in (SAID, SAID_PER_TOKEN, FLUENCY)}
    sums = sums_of(PROMPTS, scores, NUMBERS, 4)
    # The bundles come in another order, and the copies in two passes.
    assert sums.add([1, 0], slice(0, 3), read[[1, 0], :3]) == 2
    sums.add([0], slice(3, 4), read[:1, 3:])
    sums.add([1], slice(3, 4), read[1:, 3:])
    return sums, read[..., 9:].double().unflatten(2, (3, 3)).numpy()


def test_a_score_adds_up_what_is_read_of_each_answer(filled):
    sums, tokens = filled
    first, second = tokens[1, :, 0, :3], tokens[0, :, 0, :1]
    np.testing.assert_allclose(sums.of(SAID)[0], first.sum(1) - second.sum(1))
    means = first.mean(1), second.mean(1)
    np.testing.assert_allclose(sums.of(SAID_PER_TOKEN)[0], means[0] - means[1])
    np.testing.assert_allclose(sums.of(FLUENCY)[0], (means[0] + means[1]) / 2)
    both = tokens[0, :, 1, :2].sum(1) - tokens[0, :, 2, :3].sum(1)
    np.testing.assert_allclose(sums.of(SAID)[1], both)


def test_the_positive_answer_may_be_the_second():
    read = read_of_both_bundles(1)
    turned = [PROMPTS[0], replace(PROMPTS[1], positive_letter="B")]
    values = []
    for prompts in (PROMPTS, turned):
        sums = sums_of(prompts, {SAID: SCORES[SAID]}, NUMBERS, 1)
        sums.add([0, 1], slice(0, 1), read)
        values.append(sums.of(SAID)[:, 0])
    np.testing.assert_allclose(values[1], values[0] * [1, -1])


def test_what_is_not_read_yet_is_missing(filled):
    sums = sums_of(PROMPTS, {SAID: SCORES[SAID]}, NUMBERS, 2)
    assert np.isnan(sums.of(SAID)).all()
    sums.add([0], slice(0, 2), read_of_both_bundles(2)[:1])
    assert np.isnan(sums.of(SAID)[0]).all()
    assert np.isfinite(sums.of(SAID)[1]).all()
    assert np.isnan(filled[0].following).all()


def test_what_follows_a_prompt_is_read_behind_all_others():
    plain = read_of_both_bundles(2)
    read = torch.full((2, 3, 2 * 10), float("nan"))
    read[:, :2, :9], read[:, :2, 10:19] = plain[..., :9], plain[..., 9:]
    read[:, -1, -1] = torch.tensor([0.25, 0.5]).log()
    found, expected = (sums_of(PROMPTS, {SAID: SCORES[SAID]}, NUMBERS, 2) for _ in range(2))
    found.add([0, 1], slice(0, 2), read, following=True)
    expected.add([0, 1], slice(0, 2), plain)
    np.testing.assert_array_equal(found.of(SAID), expected.of(SAID))
    # The last of a prompt's bundles is heeded: behind the same prompt all of them read the same.
    np.testing.assert_allclose(found.following, [0.5, 0.25])
