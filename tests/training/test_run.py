"""The runs whose models are shipped: recipe, shape and seed are those of the code."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from training.lexicon import concepts
from training.run import MODELS

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", MODELS)
def test_the_shipped_model_was_trained_as_the_code_says(name):
    record = json.loads((ROOT / "models" / name / "training.json").read_text())
    recipe = json.loads(json.dumps([asdict(stage) for stage in MODELS[name].stages]))
    assert record["recipe"] == recipe
    assert (record["shape"], record["seed"]) == (MODELS[name].shape, MODELS[name].seed)
    assert [stage["name"] for stage in record["stages"]] == [stage["name"] for stage in recipe]
    assert record["own"] == [concept.name for concept in concepts()]
