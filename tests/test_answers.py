"""Whole answers scored, and vectors trained, as steering-vectors 0.12.2 does it the plain way.

The fixture is made in the peer's own environment: `python -m benchmarks.fixture`.
"""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import tiny
import torch

from steering.activations import contrast
from steering.concepts import load_concept, own_concepts
from steering.measurement import measure
from steering.models import load_model
from steering.plan import Plan
from steering.prompts import render
from steering.sweep import Intervention, answer_propensities


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
    found = contrast(model, prompts).vectors
    torch.testing.assert_close(found, torch.tensor(peer["trained"]), atol=1e-5, rtol=0)


def test_measure_writes_them_where_asked_for(clone, tmp_path):
    folder = str(clone / "tests" / "fixtures" / "answers" / "model")
    plan = Plan(
        settings=("BASE",), items=1, train_items=2, validation_items=1, map_items=1,
        random_vectors=1, replies=0, answers=True,
    )  # fmt: skip
    sweep = measure(folder, tiny.concept(), plan, tmp_path / "run").sweep
    assert np.isfinite(sweep["answer_propensity"]).all()
    assert (sweep["answer_propensity"] != sweep["propensity"]).any()
