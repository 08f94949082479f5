"""Directions: the vectors that a concept is measured under, contrastive ones and their controls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from steering.activations import Contrast
from steering.concepts import Concept
from steering.plan import Plan
from steering.planted import Planted
from steering.sweep import Intervention
from steering.vectors import load_vectors, perturbed_vectors, random_vectors, rescaled


def contrastive(base: Contrast, layers: Iterable[int]) -> list[Intervention]:
    """Return the BASE vector of each layer as an intervention."""
    return [Intervention("BASE", "contrastive", at, base.vectors[at]) for at in layers]


def shifts(
    found: Mapping[str, Contrast], layer: int, plan: Plan, planted: Intervention | None
) -> list[Intervention]:
    """Return what is measured in every prompt setting, at the chosen layer.

    All settings' vectors at the norm of the BASE vector (Tan et al., section 4), also at their own
    norm where that is asked for, and the planted direction where it is known.
    """
    base = found["BASE"].vectors[layer]
    chosen = [
        Intervention(setting, "contrastive", layer, rescaled(one.vectors[layer], base))
        for setting, one in found.items()
    ]
    if plan.unscaled:
        chosen += [
            Intervention(setting, "unscaled", layer, one.vectors[layer])
            for setting, one in found.items()
            if setting != "BASE"
        ]
    return chosen + ([planted] if planted else [])


def controls(
    base: Contrast, layer: int, plan: Plan, other: tuple[str, Contrast] | None
) -> list[Intervention]:
    """Return what the contrastive vector is held against, in BASE at the chosen layer.

    Random vectors of its norm; vectors of resampled training groups and of shuffled labels, both
    at their own norm, since rescaling what shuffling leaves makes it no null; perturbed vectors;
    and another concept's vector at this one's norm.
    """
    vector = base.vectors[layer]
    weighted = base.weighted[:, layer]
    tried = [
        ("random-{:02d}", random_vectors(plan.random_vectors, vector, plan.seed)),
        ("resampled-{:03d}", weighted[: plan.resampled_vectors]),
        ("shuffled-{:02d}", weighted[plan.resampled_vectors :]),
        ("perturbed-{}", perturbed_vectors(plan.perturbed_vectors, vector, plan.seed)),
    ]
    chosen = [
        Intervention("BASE", name.format(number), layer, one)
        for name, vectors in tried
        for number, one in enumerate(vectors)
    ]
    if other is not None:
        name, theirs = other
        same = rescaled(theirs.vectors[layer], vector)
        chosen.append(Intervention("BASE", f"other:{name}", layer, same))
    return chosen


def planted_direction(planted: Planted | None, concept: Concept) -> Intervention | None:
    """Return the true direction of a planted concept at its own layer; None where none is known."""
    if planted is None:
        return None
    tensors, metadata = load_vectors(planted.directions)
    if concept.source != "own" or concept.name not in tensors:
        return None
    return Intervention("BASE", "planted", int(metadata["layer"]), tensors[concept.name].float())
