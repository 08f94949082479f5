"""Whole answers scored, and vectors trained, as steering-vectors 0.12.2 does it the plain way.

The fixture is made in the peer's own environment: `python -m experiments.benchmark.fixture`.
"""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from steering.concepts import load_concept, own_concepts
from steering.forward.copies import Intervention
from steering.forward.extraction import contrast
from steering.forward.sweep import answer_propensities
from steering.models.loading import load_model
from steering.prompts.positions import at_the_letter
from steering.prompts.rendering import render


@pytest.fixture(scope="module")
def asked(clone):
    folder = clone / "tests" / "fixtures" / "answers"
    peer = json.loads((folder / "peer.json").read_text())
    model = load_model(str(folder / "model"))
    prompts = []
    for given in peer["prompts"]:
        # The prompts are the fixture's own texts, so that it outlives a change of our items.
        concept = load_concept(own_concepts()[0])
        like = render(concept, concept.items[0], "BASE", 0, model.tokenizer)
        prompts.append(of_text(like, given, model.tokenizer))
    return model, prompts, peer


def of_text(like, given, tokenizer):
    both = [tokenizer(f"{given['text']}({one})", add_special_tokens=False)["input_ids"]
            for one in "AB"]  # fmt: skip
    letter = next(at for at, pair in enumerate(zip(*both, strict=True)) if len({*pair}) > 1)
    return replace(
        like,
        text=given["text"],
        token_ids=tuple(both[0][:letter]),
        positions=at_the_letter(letter),
        letter_ids=(both[0][letter], both[1][letter]),
        answer_ids=(tuple(both[0][letter:]), tuple(both[1][letter:])),
        positive_letter=given["positive"],
    )


def test_whole_answers_equal_steering_vectors(asked):
    model, prompts, peer = asked
    interventions = [
        Intervention("BASE", "random", layer, torch.tensor(vector))
        for layer, vector in enumerate(peer["vectors"])
    ]
    found = answer_propensities(model, prompts, interventions, peer["multipliers"])[1]
    np.testing.assert_allclose(found, peer["scores"], atol=1e-5, rtol=0)
    assert np.std(peer["scores"]) > 0.1
    assert peer["versions"]["steering-vectors"] == "0.12.2"


def test_vectors_equal_those_of_steering_vectors(asked):
    model, prompts, peer = asked
    found = contrast(model, prompts).mean
    torch.testing.assert_close(found, torch.tensor(peer["trained"]), atol=1e-5, rtol=0)
