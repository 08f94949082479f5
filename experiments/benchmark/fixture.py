"""Whole-answer scores as steering-vectors has them, for the tests.

Made by `python -m experiments.benchmark.fixture`.

The input is committed beside the result: a tiny model with random weights, and the prompts.
"""

from __future__ import annotations

import json
from pathlib import Path

import torch

from experiments.benchmark.rival import Rival
from steering.clone import clone
from steering.concepts import load_concept, own_concepts
from steering.forward.copies import Intervention
from steering.models.loading import load_model
from steering.prompts.rendering import render

MULTIPLIERS = (-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5)
FOLDER = clone() / "tests" / "fixtures" / "answers"


def make(folder: Path = FOLDER) -> Path:
    """Return the file with the peer's scores of a few prompts, made anew."""
    from tests.support import tiny  # noqa: PLC0415 - the tests' own models

    small = {"hidden_size": 16, "intermediate_size": 24, "num_key_value_heads": 2}
    tiny.save(folder / "model", **small)
    model = load_model(str(folder / "model"))
    concept = load_concept(own_concepts()[0])
    prompts = [
        render(concept, item, "BASE", order, model.tokenizer)
        for item in concept.items[:2]
        for order in (0, 1)
    ]
    draw = torch.Generator().manual_seed(0)
    interventions = [
        Intervention("BASE", "random", layer, torch.randn(model.width, generator=draw))
        for layer in range(model.depth)
    ]
    rival = Rival(folder / "model")
    scores, _ = rival.sweep(prompts, interventions, MULTIPLIERS)
    vectors, _ = rival.train(prompts)
    rival.close()
    written = {
        "versions": rival.versions,
        "multipliers": MULTIPLIERS,
        "vectors": [one.vector.tolist() for one in interventions],
        "prompts": [
            {"text": one.text, "positive": one.positive_letter, "item": one.item} for one in prompts
        ],
        "scores": scores,
        "trained": vectors,
    }
    file = folder / "peer.json"
    file.write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")
    return file


if __name__ == "__main__":
    print(make())
