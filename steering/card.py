"""The card of a measurement: what was measured on what, and all that is needed to repeat it."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from steering.activations import Contrast
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
        "multipliers": list(run.plan.multipliers),
        "settings": list(asked.settings),
        "settings_left_out": [name for name in run.plan.settings if name not in asked.settings],
        "skipped": {"too_long": asked.too_long},
        "items": {
            **{split: len(some) for split, some in asked.items.items()},
            "groups_test": len(test_groups),
        },
        "versions": _versions(),
        "device": str(run.model.device),
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
        "source", "licence", "citation",
    )  # fmt: skip
    return {name: getattr(run.concept, name) for name in names}


def _versions() -> dict[str, str]:
    packages = ("steering", "torch", "transformers", "nnsight")
    return {"python": platform.python_version(), **{name: version(name) for name in packages}}
