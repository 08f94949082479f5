"""Interventions: the steering vectors and controls that a concept is measured with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import torch
from jaxtyping import Float

from steering.concepts import Concept
from steering.forward.copies import Intervention
from steering.measuring.entries import pair_controls, tried_controls
from steering.measuring.given import maker_of_others
from steering.measuring.plan import Plan
from steering.models.planted import Planted
from steering.records.directions import (
    CONTRASTIVE,
    OTHER,
    OWN_NORM,
    PLANTED,
    RESAMPLED,
    UNSTEERED,
)
from steering.vectors.arithmetic import Vector, rescaled
from steering.vectors.controls import CONTROLS
from steering.vectors.files import load_vectors
from steering.vectors.makers import MAKERS, Contrast

# The maker that stands in the tables for a direction that a model was trained to have.
TRAINED = "trained"


def contrastive(base: Contrast, layers: Iterable[int], plan: Plan) -> list[Intervention]:
    """Return the BASE vector of each layer as an intervention."""
    vectors = MAKERS[plan.maker].make(base)
    return [
        _intervention(plan, "BASE", CONTRASTIVE, at, vectors[at], origin=base.origin(at))
        for at in layers
    ]


def tried_in_every_setting(
    contrasts: Mapping[str, Contrast], layer: int, plan: Plan, planted: Intervention | None
) -> list[Intervention]:
    """Return what is measured in every prompt setting, at the chosen layer.

    These are the vectors of all settings at the norm of the BASE vector (Tan et al., section 4),
    the same at their own norm if the plan asks for it, and the planted direction if it is known.
    Each has the origin of its own setting, and the planted direction that of BASE.
    """
    vectors = {name: MAKERS[plan.maker].make(one)[layer] for name, one in contrasts.items()}
    origins = [one.origin(layer) for one in contrasts.values()]
    tried = [
        _intervention(
            plan, name, CONTRASTIVE, layer, rescaled(vector, vectors["BASE"]), origin=origin
        )
        for (name, vector), origin in zip(vectors.items(), origins, strict=True)
    ]
    if plan.own_norm:
        tried += [
            _intervention(plan, name, OWN_NORM, layer, vector, origin=origin)
            for (name, vector), origin in zip(vectors.items(), origins, strict=True)
            if name != "BASE"
        ]
    if planted:
        tried.append(replace(planted, origin=contrasts["BASE"].origin(planted.layer)))
    return tried


def controls(base: Contrast, layer: int, plan: Plan) -> dict[str, list[Intervention]]:
    """Return the vectors of each kind of control, in BASE at the chosen layer.

    Their kinds are those of `steering.vectors.controls`, in the same order. All have the origin of
    the vector that they are compared with.
    """
    vector = MAKERS[plan.maker].make(base)[layer]
    of_pairs = _of_pairs(base, layer, plan)
    tried = {}
    for kind in tried_controls(plan):
        make = CONTROLS[kind].of_vector
        vectors = make(plan.vectors_of(kind), vector, plan.seed) if make else of_pairs[kind]
        if CONTROLS[kind].rescaled:
            vectors = torch.stack([rescaled(one, vector) for one in vectors])
        tried[kind] = [
            _intervention(plan, "BASE", kind, layer, one, origin=base.origin(layer), number=number)
            for number, one in enumerate(vectors)
        ]
    return tried


def at_rest(layer: int) -> Intervention:
    """Return the intervention that changes nothing, whatever the operator of a plan is."""
    return Intervention("BASE", UNSTEERED, layer, torch.zeros(1))


def resampled_in_shifts(
    contrasts: Mapping[str, Contrast], layer: int, plan: Plan
) -> dict[str, list[Intervention]]:
    """Return for each prompt setting the resampled vectors of the shifts that end there.

    Each is as much longer or shorter than its pairs made it as the vector of its setting is, which
    has the norm of the BASE vector: so the noise of its length stays in.
    """
    make = MAKERS[plan.maker].make
    base = make(contrasts["BASE"])[layer]
    tried: dict[str, list[Intervention]] = {}
    for (here, there), count in plan.resampled_shifts.items():
        if here not in contrasts or there not in contrasts:
            continue
        own, vectors = make(contrasts[here])[layer], contrasts[here].weighted[:, layer]
        if here == "BASE":
            vectors = _of_pairs(contrasts[here], layer, plan)[RESAMPLED]
        longer = base.norm() / own.norm().clamp_min(torch.finfo(own.dtype).tiny)
        tried.setdefault(there, []).extend(
            _intervention(
                plan,
                here,
                RESAMPLED,
                layer,
                one * longer,
                origin=contrasts[here].origin(layer),
                number=number,
            )
            for number, one in enumerate(vectors[:count])
        )
    return tried


def of_other_concept(
    concept: str, other: Contrast, base: Contrast, layer: int, plan: Plan
) -> Intervention:
    """Return another concept's vector at the norm of this one's, with its own origin."""
    maker = maker_of_others(plan)
    own, made = MAKERS[plan.maker].make(base), MAKERS[maker].make(other)
    vector, origin = rescaled(made[layer], own[layer]), other.origin(layer)
    one = _intervention(plan, "BASE", OTHER, layer, vector, origin=origin, vector_concept=concept)
    return replace(one, maker=maker)


def planted_direction(planted: Planted | None, concept: Concept, plan: Plan) -> Intervention | None:
    """Return the true direction of a planted concept at its own layer; None where none is known."""
    if planted is None:
        return None
    tensors, metadata = load_vectors(planted.directions)
    if concept.source != "own" or concept.name not in tensors:
        return None
    vector, layer = tensors[concept.name].float(), int(metadata["layer"])
    return Intervention("BASE", PLANTED, layer, vector, operator=plan.operator, maker=TRAINED)


def _of_pairs(
    base: Contrast, layer: int, plan: Plan
) -> dict[str, Float[torch.Tensor, "vector width"]]:
    """Return the vectors of each kind of control that is made from training pairs."""
    of_pairs, start = {}, 0
    for kind in pair_controls(plan):
        of_pairs[kind] = base.weighted[start : start + plan.vectors_of(kind), layer]
        start += plan.vectors_of(kind)
    return of_pairs


def _intervention(
    plan: Plan,
    setting: str,
    direction: str,
    layer: int,
    vector: Vector,
    *,
    origin: Vector | None,
    number: int = 0,
    vector_concept: str = "",
) -> Intervention:
    return Intervention(
        setting,
        direction,
        layer,
        vector,
        number,
        vector_concept,
        operator=plan.operator,
        maker=plan.maker,
        origin=origin,
    )
