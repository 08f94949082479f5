"""Replies to free prompts: by a run's vector, or by one made on the spot."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import torch

from steering.errors import Refused
from steering.measuring.measure import measure
from steering.measuring.plan import Plan
from steering.measuring.replies import generate
from steering.models.loading import load_model
from steering.prompts.rendering import opening
from steering.vectors.files import load_vectors
from steering.vectors.operators import OPERATORS
from tests.support import oracle, tiny, toys
from tests.support.small import LEAST

PROMPTS = ("Hello?", "Do you save every coin?")
SCALES = (-4.0, 0.0, 4.0)


@pytest.fixture(scope="module")
def run(model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("replies") / "run"
    measure(model, tiny.concept(), LEAST, folder)
    return folder


def by_hand(model, vector, layer, apply):
    loaded = load_model(model)

    def one(prompt, scale):
        start = opening(prompt, loaded.tokenizer)
        return oracle.reply(
            loaded.module, loaded.tokenizer, list(start.token_ids), layer=layer, tokens=5,
            steer=lambda hidden: apply(hidden, vector, torch.tensor(scale), torch.zeros(1)),
            start=len(start.token_ids) - 1,
        )  # fmt: skip

    return tuple(tuple(one(prompt, scale) for scale in SCALES) for prompt in PROMPTS)


def test_a_runs_vector_and_layer_are_taken(model, run):
    found = generate(model, tiny.concept(), PROMPTS, SCALES, run=run, tokens=5)
    layer = json.loads((run / "card.json").read_text())["layer"]
    assert (found.layer, found.multipliers, found.prompts) == (layer, SCALES, PROMPTS)
    vector = load_vectors(run / "vector.safetensors")[0][f"BASE/{layer}"]
    assert found.texts == by_hand(model, vector, layer, OPERATORS["add"].apply)
    other = generate(model, tiny.concept(), PROMPTS, SCALES, run=run, layer=2 - layer, tokens=5)
    assert other.layer == 2 - layer


def test_without_a_run_vector_and_layer_are_made_alike(model, run):
    plan = replace(LEAST, random_vectors=0)
    made = generate(model, tiny.concept(), PROMPTS, SCALES, plan=plan, tokens=5)
    assert made == generate(model, tiny.concept(), PROMPTS, SCALES, run=run, tokens=5)


def test_a_run_with_another_operator_is_replied_by_it(model, tmp_path, monkeypatch):
    monkeypatch.setitem(OPERATORS, "toy", toys.REPLACING)
    plan = replace(LEAST, operator="toy")
    measure(model, tiny.concept(), plan, tmp_path / "run")
    found = generate(model, tiny.concept(), PROMPTS, SCALES, run=tmp_path / "run", tokens=5)
    vector = load_vectors(tmp_path / "run" / "vector.safetensors")[0][f"BASE/{found.layer}"]
    assert found.texts == by_hand(model, vector, found.layer, toys.replacing)
    assert found == generate(model, tiny.concept(), PROMPTS, SCALES, plan=plan, tokens=5)


@pytest.mark.parametrize(
    ("prompts", "options", "sentence"),
    [
        ([], {}, "a prompt is empty"),
        (["Hello", " "], {}, "a prompt is empty"),
        (["Hello"], {"tokens": 0}, "tokens is 0: allowed are whole numbers from 1 up"),
        (["Hello"], {"layer": 3}, "there is no layer 3: allowed are 0 to 2"),
        (["Hello"], {"tokens": 10**5}, "do not fit the context of .*: ask for at most [0-9]+ tok"),
        (["Hello " * 9000], {}, "do not fit the context of .*: a shorter prompt is needed"),
    ],
)
def test_what_makes_no_sense_is_refused(prompts, options, sentence, model):
    with pytest.raises(Refused, match=sentence):
        generate(model, tiny.concept(), prompts, plan=Plan(settings=("BASE",)), **options)


def test_a_run_of_another_model_or_concept_is_refused(model, run, tmp_path):
    with pytest.raises(Refused, match="is of concept 'thrift', not 'waste'"):
        generate(model, replace(tiny.concept(), name="waste"), PROMPTS, run=run)
    another = str(tiny.save(tmp_path / "another"))
    with pytest.raises(Refused, match="is of model 'tiny-llama', not 'another'"):
        generate(another, tiny.concept(), PROMPTS, run=run)
