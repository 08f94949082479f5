"""The plan: what is to be measured, said once and compared before anything is measured again."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from steering.catalogue import fingerprint, model_folder
from steering.concepts import Concept, load_concept, own_concepts
from steering.errors import Refused
from steering.tables import SETTINGS

MULTIPLIERS = (-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5)

# What `REPORT=full` asks for instead of the defaults.
FULL: dict[str, Any] = {
    "items": None,
    "per_group": None,
    "map_items": None,
    "random_vectors": 200,
    "resampled_vectors": 200,
    "shuffled_vectors": 100,
}

# The modules whose code decides what is measured: other code, other results.
_MEASURING = (
    "activations", "batches", "concepts/items", "directions", "generation", "measurement", "models",
    "packing", "passes", "paths", "plain", "plan", "planted", "pretrained", "prompts", "stages",
    "steerability", "sweep", "vectors",
)  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """What `measure` is asked for.

    Attributes:
        settings: prompt settings, both as the vector's and as the test's (all pairs of them).
        multipliers: the λ of every propensity curve; 0 is among them.
        layers: "auto" takes the layer with the best mean slope on validation items, "all" draws
            the layer × λ map on every test item besides, a tuple restricts the candidates.
        items: the most groups of test items; None takes all.
        per_group: the most validation and test items of a group; None takes all. Intervals go by
            group, so a second item of one costs as much and tells less. The other concept's
            training items are limited alike.
        train_items: the most groups of training items; None takes all.
        validation_items: the most groups of validation items; None takes all.
        map_items: test items of the layer × λ map; None takes all.
        random_vectors: directions of the contrastive vector's norm, as the measure of chance.
        resampled_vectors: contrastive vectors of training groups drawn with replacement: what
            another training set would have given.
        shuffled_vectors: vectors of the same pairs with shuffled labels, at their own norm.
        perturbed_vectors: the contrastive vector plus something as long at right angles to it.
        other: the concept whose vector is tried as well; "auto" takes one of ours, "" none.
        unscaled: also try the vectors of other prompt settings at their own norm.
        replies: test items whose steered replies are written down.
        seed: of the random vectors.
        dtype: precision of the forward passes.
        answers: also score whole answers, "(A)" with its ")", like steering-bench.
    """

    settings: tuple[str, ...] = SETTINGS
    multipliers: tuple[float, ...] = MULTIPLIERS
    layers: str | tuple[int, ...] = "auto"
    items: int | None = 50
    per_group: int | None = 1
    train_items: int | None = None
    validation_items: int | None = None
    map_items: int | None = 20
    random_vectors: int = 40
    resampled_vectors: int = 50
    shuffled_vectors: int = 20
    perturbed_vectors: int = 5
    other: str = "auto"
    unscaled: bool = False
    replies: int = 3
    seed: int = 0
    dtype: str = "float32"
    answers: bool = False

    def __post_init__(self) -> None:
        if 0 not in self.multipliers or len(set(self.multipliers)) < 3:
            raise Refused(
                f"the multipliers {list(self.multipliers)} make no propensity curve: at least "
                "three different numbers are needed, 0 among them."
            )
        if not all(math.isfinite(multiplier) for multiplier in self.multipliers):
            raise Refused(
                f"the multipliers {list(self.multipliers)} are not all finite numbers: "
                "write them like -1.5,0,1.5."
            )
        if "BASE" not in self.settings:
            raise Refused(
                f"the prompt settings {list(self.settings)} lack BASE: every vector is compared "
                "with the one of BASE."
            )
        for name in ("items", "per_group", "train_items", "validation_items"):
            count = getattr(self, name)
            if count is not None and count < 1:
                raise Refused(f"{name} is {count}: allowed are whole numbers from 1 up.")
        for name in ("random", "resampled", "shuffled", "perturbed"):
            count = getattr(self, f"{name}_vectors")
            if count < 0:
                raise Refused(f"{name}_vectors is {count}: allowed are whole numbers from 0 up.")
        if not self.layers:
            raise Refused("no layer is named: allowed are auto, all, a layer like 13 or 5-20.")


def another(plan: Plan, concept: Concept, data_dir: Path | str | None = None) -> Concept | None:
    """Return the concept whose vector is tried on this one as a control.

    Raises Refused where the plan names a concept that there is not, or this one itself.
    """
    if plan.other == "auto":
        return load_concept(next(name for name in own_concepts() if name != concept.name))
    if not plan.other:
        return None
    other = load_concept(plan.other, data_dir)
    if other.name == concept.name:
        raise Refused(f"the other concept is {plan.other!r} itself: name another one.")
    return other


def identity(
    model: str, concept: Concept, plan: Plan, revision: str, other: Concept | None = None
) -> dict[str, Any]:
    """Return what makes two measurements the same: model, concepts, plan and measuring code."""
    return {
        "model": model,
        "revision": revision,
        "concept": _hash(asdict(concept)),
        "other_concept": None if other is None else _hash(asdict(other)),
        "plan": json.loads(json.dumps(asdict(plan))),
        "code": code_hash(),
    }


def differences(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """Return the names of what two identities do not have in common."""
    flat = [{**each, **each.get("plan", {})} for each in (one, other)]
    names = sorted({*flat[0], *flat[1]} - {"plan"})
    return [name for name in names if flat[0].get(name) != flat[1].get(name)]


def plan_hash(identity: dict[str, Any]) -> str:
    """Return a short name for an identity."""
    return _hash(identity)[:16]


def code_hash() -> str:
    """Return the hash of the code that measures."""
    here = Path(__file__).parent
    files = [here / f"{name}.py" for name in _MEASURING] + [here / "prompt_settings.toml"]
    return _hash([file.read_text(encoding="utf-8") for file in files])[:16]


def revision_of(model: str) -> str:
    """Return a name for a model's weights that needs no loading: a hash, or the id's revision."""
    folder = model_folder(model)
    return fingerprint(folder) if folder else (model.partition("@")[2] or "main")


def _hash(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
