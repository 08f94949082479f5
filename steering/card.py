"""The card of a measurement: what was measured on what, and all that is needed to repeat it."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from steering.activations import Contrast
from steering.prompts import has_system_role
from steering.stages import Asked, Run
from steering.sweep import Intervention
from steering.vectors import cosine


def card(
    run: Run,
    asked: Asked,
    found: Mapping[str, Contrast],
    by_layer: Mapping[int, float],
    truth: Intervention | None,
) -> dict[str, Any]:
    """Return the card, less what only the end of a measurement knows.

    Norms and cosines are those of the chosen layer, the one with the best mean slope on
    validation items.
    """
    layer = max(by_layer, key=lambda at: (by_layer[at], -at))
    base = found["BASE"]
    vectors = {setting: one.vectors[layer] for setting, one in found.items()}
    test_groups = {item.group for item in asked.items["test"]}
    return {
        "model": run.model.about(),
        "concept": _concept(run),
        "layer": layer,
        "layers": sorted(by_layer),
        "validation_slopes": {str(at): slope for at, slope in by_layer.items()},
        "vector_norms": {setting: float(vector.norm()) for setting, vector in vectors.items()},
        "cosines": {
            setting: cosine(vector, vectors["BASE"]) for setting, vector in vectors.items()
        },
        "cosine_planted": cosine(base.vectors[truth.layer], truth.vector) if truth else None,
        "residual_norm": float(base.residual_norm[layer]),
        "other_concept": run.other.name if run.other else None,
        "multipliers": list(run.plan.multipliers),
        "settings": list(asked.settings),
        "settings_left_out": [name for name in run.plan.settings if name not in asked.settings],
        "prompting": _prompting(run, asked),
        "skipped": {"too_long": asked.too_long, **_left_out(run)},
        "items": {
            **{split: len(some) for split, some in asked.items.items()},
            "groups_test": len(test_groups),
        },
        "versions": _versions(),
        "device": run.model.place,
        "dtype": str(run.model.dtype).removeprefix("torch."),
        "date": datetime.now(UTC).date().isoformat(),
    }


def vector_metadata(run: Run, layer: int) -> dict[str, Any]:
    """Return what a vector file says of itself, besides how it is added."""
    return {
        "model": run.model.name,
        "revision": run.model.revision,
        "concept": run.concept.name,
        "layer": str(layer),
        "position": "letter of the answer",
        "seed": str(run.plan.seed),
        "versions": _versions(),
    }


def _concept(run: Run) -> dict[str, Any]:
    names = (
        "name", "title", "description", "positive_persona", "negative_persona", "design",
        "source", "licence", "citation", "origin", "sha256", "as_published", "note",
    )  # fmt: skip
    return {name: getattr(run.concept, name) for name in names}


def _left_out(run: Run) -> dict[str, int]:
    # Rows of the concept's file: how many were left out, and how many are odd but kept.
    reading = run.concept.reading
    return {} if reading is None else {k: v for k, v in asdict(reading).items() if k != "rows"}


def _prompting(run: Run, asked: Asked) -> dict[str, Any]:
    """Return how the model was spoken to, and which tokens of a prompt were read and steered."""
    tokenizer = run.model.tokenizer
    example = asked.prompts["test", "BASE"][0]
    tokens = [tokenizer.decode([token]) for token in example.token_ids]
    return {
        "template": "none" if tokenizer.chat_template is None else "chat",
        "system_role": has_system_role(tokenizer),
        "end_of_prompt": tokens[-6:],
        "steered_token": tokens[example.steered_from],
        "letters_read": [tokenizer.decode([letter]) for letter in example.letter_ids],
    }


def _versions() -> dict[str, str]:
    packages = ("steering", "torch", "transformers", "nnsight")
    return {"python": platform.python_version(), **{name: version(name) for name in packages}}
