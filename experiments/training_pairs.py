"""How many training pairs a vector needs: the same vectors made from fewer and fewer groups.

`python -m experiments.training_pairs MODEL CONCEPT…` draws subsets of the training groups, makes a
vector of each, and measures how far every one moves the test items of BASE at one layer. All
vectors come from one pass over the training prompts. What another draw of the pairs would change
is set beside what another draw of the test questions would: once the first is small beside the
second, more pairs buy nothing. `steering.measuring.capped` takes its number from this table.
"""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import numpy as np
import torch

from steering.clone import measured_folder
from steering.concepts import Concept, load_concept
from steering.forward.copies import Intervention
from steering.forward.extraction import contrast
from steering.forward.sweep import propensities
from steering.measuring.identity import measuring_code
from steering.measuring.run import rendered_prompts
from steering.models.loading import load_model
from steering.models.model import Model
from steering.prompts.rendering import Prompt
from steering.storage import write_json

SIZES = (12, 25, 50, 100, 200)
DRAWS = 20
TEST_GROUPS, VALIDATION_GROUPS = 50, 10
MULTIPLIERS = (-1.0, 1.0)
FILE = measured_folder() / "training-pairs.json"


def subsets(
    groups: Sequence[str], sizes: Sequence[int], seed: int = 0
) -> tuple[list[int], torch.Tensor]:
    """Return the size of each subset of training groups, and what each pair counts in its vector.

    The first subset is the whole. `groups` names the group of each pair. Every subset is drawn
    without replacement; where there are fewer groups than its size, it is left out.
    """
    draw = np.random.default_rng(seed)
    named = np.array(groups)
    every = np.unique(named)
    kept, weights = [len(every)], [np.full(len(named), 1 / len(named))]
    for size in sizes:
        if size >= len(every):
            continue
        for _ in range(DRAWS):
            chosen = np.isin(named, draw.choice(every, size, replace=False))
            kept.append(size)
            weights.append(chosen / chosen.sum())
    return kept, torch.tensor(np.array(weights), dtype=torch.float32)


def of_concept(model: Model, concept: Concept) -> list[dict[str, Any]]:
    """Return a row for each size: how its vectors differ from the whole one, and what they do."""

    def prompts(split: str, groups: int | None) -> tuple[list[Prompt], list[str]]:
        items = concept.of_split(split, groups, 1)
        of_item = {item.item: item.group for item in items}
        rendered = rendered_prompts(model, concept, items, "BASE")
        return rendered, [of_item[one.item] for one in rendered]

    train, groups = prompts("train", None)
    sizes, weights = subsets(groups, SIZES)
    vectors = contrast(model, train, weights=weights).weighted

    def slopes(split: str, most: int, tried: list[Intervention]) -> np.ndarray:
        rendered, of = prompts(split, most)
        values = propensities(model, rendered, tried, MULTIPLIERS)
        each = (values[..., 1] - values[..., 0]) / 2
        return np.array([each[np.array(of) == one].mean(0) for one in dict.fromkeys(of)])

    layers = [Intervention("BASE", "contrastive", at, vectors[0, at]) for at in range(model.depth)]
    layer = int(slopes("validation", VALIDATION_GROUPS, layers).mean(0).argmax())
    tried = [
        Intervention("BASE", "resampled", layer, one, number)
        for number, one in enumerate(vectors[:, layer])
    ]
    by_group = slopes("test", TEST_GROUPS, tried)
    error = float(by_group[:, 0].std(ddof=1) / len(by_group) ** 0.5)
    whole, means = vectors[0, layer], by_group.mean(0)
    rows = []
    for size in dict.fromkeys(sizes):
        these = [at for at, one in enumerate(sizes) if one == size]
        likeness = torch.cosine_similarity(vectors[these, layer], whole[None]).mean()
        longer = (vectors[these, layer].norm(dim=-1) / whole.norm()).mean()
        rows.append(
            {
                "concept": concept.name,
                "layer": layer,
                "training_groups": size,
                "vectors": len(these),
                "cosine": round(float(likeness), 4),
                "norm": round(float(longer), 4),
                "slope": float(means[these].mean()),
                "slope_deviation": float(means[these].std(ddof=1)) if len(these) > 1 else 0.0,
                "slope_error_of_test_groups": error,
            }
        )
    return rows


def main(name: str, concepts: Sequence[str]) -> None:
    """Measure the named concepts on a model, and add their rows to the committed table."""
    model = load_model(name)
    kept = json.loads(FILE.read_text(encoding="utf-8"))["rows"] if FILE.is_file() else []
    for concept in concepts:
        rows = [{"model": model.name, **row} for row in of_concept(model, load_concept(concept))]
        kept = [one for one in kept if (one["model"], one["concept"]) != (model.name, concept)]
        kept += rows
        about = {
            "code": measuring_code(),
            "date": datetime.now(UTC).date().isoformat(),
            "machine": platform.machine(),
            "versions": {package: version(package) for package in ("torch", "transformers")},
        }
        write_json({**about, "rows": kept}, FILE)
        print(*rows, sep="\n", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
