"""Replies in free text by plain hooks: each reply alone, steered and read token by token."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from steering.concepts import Concept
from steering.concepts.pairs import pairs_of
from steering.forward.copies import Intervention
from steering.forward.reference import reference_logits, reference_residuals
from steering.forward.scores import FLUENCY, SAID, SAID_PER_TOKEN
from steering.models.model import Model
from steering.prompts.rendering import Prompt
from steering.prompts.requests import asked
from steering.prompts.said import render_said

LAMBDAS = (-1.5, 0.0, 0.5)
SCORED = (SAID, SAID_PER_TOKEN, FLUENCY)


def said_of(concept: Concept, tokenizer: Any, count: int, *, setting: str = "BASE") -> list[Prompt]:
    """Prompts of pairs whose replies are of many lengths, one of them much longer than others."""
    one, *others = pairs_of(concept, "test")[:count]
    pairs = [replace(one, positive=" ".join([one.positive] * 3)), *others]
    prompts = [render_said(concept, each, setting, tokenizer) for each in asked(pairs)]
    assert len({len(reply) for one in prompts for reply in one.answer_ids}) > 2
    return prompts


def pushes(model: Model, *, layers: Sequence[int] = (1, 2)) -> list[Intervention]:
    chance = torch.Generator().manual_seed(1)
    return [
        Intervention("BASE", "random", layer, 2 * torch.randn(model.width, generator=chance), at)
        for at, layer in enumerate(layers)
    ]


def by_hooks(
    model: Model,
    prompts: Sequence[Prompt],
    interventions: Sequence[Intervention],
    multipliers: Sequence[float] = LAMBDAS,
) -> np.ndarray:
    """The scores from one hooked forward a reply, whose log-probabilities are added token by token.

    The vector is added at the prompt's last token and at all tokens of the reply.
    """
    result = np.empty((3, len(prompts), len(interventions), len(multipliers)))
    for place in np.ndindex(*result.shape[1:]):
        prompt, one, scale = prompts[place[0]], interventions[place[1]], multipliers[place[2]]
        start = len(prompt.token_ids)
        sums, means = [], []
        for reply in prompt.answer_ids:
            ids = [*prompt.token_ids, *reply]
            logits = reference_logits(
                model, ids, one.layer, one.vector, start - 1, multiplier=scale
            )
            words = logits.double().log_softmax(-1)
            each = [float(words[at - 1, ids[at]]) for at in range(start, len(ids))]
            sums.append(sum(each))
            means.append(sum(each) / len(each))
        result[(slice(None), *place)] = sums[0] - sums[1], means[0] - means[1], sum(means) / 2
    return result


def pairs_by_hooks(model: Model, prompts: Sequence[Prompt]) -> torch.Tensor:
    """Pair × layer × width: the mean over a reply's tokens, positive less negative, each alone."""
    layers = tuple(range(model.depth))

    def mean(prompt: Prompt, reply: Sequence[int]) -> torch.Tensor:
        held = reference_residuals(model, [*prompt.token_ids, *reply], layers)
        return held[:, len(prompt.token_ids) :].mean(1)

    return torch.stack(
        [mean(one, one.answer_ids[0]) - mean(one, one.answer_ids[1]) for one in prompts]
    )
