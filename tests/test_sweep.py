"""The packed sweep and extraction against plain PyTorch hooks."""

from __future__ import annotations

import numpy as np
import oracle
import pytest
import tiny
import torch

from steering.activations import contrast
from steering.models import wrap
from steering.prompts import render
from steering.sweep import Intervention, propensities

LAMBDAS = (-1.5, 0.0, 1.0)
PACKED = [family for family in tiny.FAMILIES if family != "Bloom"]


def prompts(tokenizer, count=3, settings=("BASE", "USER_NEG")):
    concept = tiny.concept()
    return [
        render(concept, item, setting, order, tokenizer)
        for item in concept.items[:count]
        for setting in settings
        for order in (0, 1)
    ]


@pytest.mark.parametrize("joined", [False, True], ids=["( alone", "(A joined"])
@pytest.mark.parametrize("family", PACKED)
def test_sweep_equals_plain_hooks(family, joined):
    tokenizer = tiny.tokenizer(joined)
    module = tiny.model(family)
    model = wrap(module, tokenizer, name=family)
    asked = prompts(tokenizer, count=1)
    draw = torch.Generator().manual_seed(1)
    interventions = [
        Intervention("BASE", f"random-{layer}{copy}", layer, torch.randn(32, generator=draw))
        for copy in range(2)
        for layer in range(model.depth)
    ]
    measured = propensities(model, asked, interventions, LAMBDAS)
    expected = [
        [
            [
                oracle.propensity(
                    module, tokenizer, p.text, p.positive_letter, one.layer, scale * one.vector
                )
                for scale in LAMBDAS
            ]
            for one in interventions
        ]
        for p in asked
    ]
    np.testing.assert_allclose(measured, expected, atol=1e-4)
    assert np.std(expected) > 0.05


@pytest.mark.parametrize("joined", [False, True], ids=["( alone", "(A joined"])
@pytest.mark.parametrize("family", PACKED)
def test_contrast_equals_plain_hooks(family, joined):
    tokenizer = tiny.tokenizer(joined)
    module = tiny.model(family)
    model = wrap(module, tokenizer, name=family)
    asked = prompts(tokenizer, count=1)
    found = contrast(model, asked, keep=[1])
    pairs = torch.stack(
        [
            torch.stack(
                [
                    oracle.residual(module, tokenizer, p.text, p.positive_letter, layer)
                    - oracle.residual(
                        module, tokenizer, p.text, "AB".replace(p.positive_letter, ""), layer
                    )
                    for layer in range(model.depth)
                ]
            )
            for p in asked
        ]
    )
    torch.testing.assert_close(found.vectors, pairs.mean(0), atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(found.differences[1], pairs[:, 1], atol=1e-4, rtol=1e-4)
