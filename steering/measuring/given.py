"""A given vector in a measurement: it is read, held against the model, and stands for a made one.

Nothing is extracted from training pairs for it. Which pairs it was made from is not known, so that
no vectors of resampled pairs or shuffled labels can be made beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from steering.errors import Refused
from steering.forward.extraction import contrast
from steering.measuring.identity import RESIDUAL
from steering.measuring.plan import Plan
from steering.measuring.run import RenderedPrompts, Run
from steering.models.model import Model
from steering.records.tables import TODAY
from steering.storage import replaced
from steering.vectors.given import GivenVectors, layers_named, read_given
from steering.vectors.makers import MAKERS, Contrast


def pinned(plan: Plan) -> Plan:
    """Return the plan with the whole path of its vector's file and the hash of what is in it.

    A plan without a vector, or with the hash, is returned as it is. Raises Refused where the file
    holds no vector.
    """
    if not plan.vector or plan.vector_sha256:
        return plan
    given = read_given(plan.vector, plan.vector_layer)
    return replace(plan, vector=str(given.source), vector_sha256=given.sha256)


def given_vectors(plan: Plan, model: Model) -> GivenVectors | None:
    """Return the vectors that a plan names a file for; None where it names none.

    Raises Refused where they do not fit the model, or are others than when the plan was made.
    """
    if not plan.vector:
        return None
    given = read_given(plan.vector, plan.vector_layer)
    where = f"vector file {plan.vector!r}"
    if given.sha256 != plan.vector_sha256:
        raise Refused(
            f"{where} holds another vector than when this was asked for: give the command again."
        )
    width = len(next(iter(given.layers.values())))
    if width != model.width:
        raise Refused(
            f"{where} holds vectors of width {width}, and model {model.name!r} has width "
            f"{model.width}: a vector of this model is needed."
        )
    beyond = [at for at in given.layers if at >= model.depth]
    if beyond:
        raise Refused(
            f"{where} holds a vector of layer {beyond[0]}, and model {model.name!r} has the layers "
            f"0 to {model.depth - 1}: a vector of this model is needed."
        )
    if given.rows not in (None, model.depth):
        raise Refused(
            f"{where} holds a matrix of {given.rows} rows, and model {model.name!r} has "
            f"{model.depth} layers: which row is of which layer is not known."
        )
    return given


def layers_tried(given: GivenVectors, candidates: Sequence[int], where: str) -> tuple[int, ...]:
    """Return the layers to choose from: those that the file holds, among the candidates.

    Raises Refused where there is none.
    """
    layers = tuple(at for at in candidates if at in given.layers)
    if not layers:
        raise Refused(
            f"vector file {where!r} holds {layers_named(given.layers)}, and none of the layers "
            "that --layers names."
        )
    return layers


def given_contrast(run: Run, rendered: RenderedPrompts, given: GivenVectors) -> Contrast:
    """Return given vectors in the place of what training pairs differ in.

    Layers that were not given are not numbers, which no sweep would pass over. The norms of the
    residual stream are measured on the validation items.
    """
    path = run.kept.path(RESIDUAL, "safetensors")
    if not run.kept.has(RESIDUAL):
        measured = contrast(run.model, rendered.prompts["validation", "BASE"], label=RESIDUAL)
        with replaced(path) as temporary:
            save_file({"residual_norm": measured.residual_norm}, temporary)
        run.kept.add(RESIDUAL)
    norms = load_file(path)["residual_norm"]
    vectors = torch.full((run.model.depth, run.model.width), torch.nan)
    for layer, vector in given.layers.items():
        vectors[layer] = vector
    return Contrast(vectors, norms, {}, torch.zeros(0, *vectors.shape))


def card_of(given: GivenVectors, plan: Plan) -> dict[str, Any]:
    """Return what the card of a run says of a given vector."""
    return {
        "file": Path(plan.vector).name,
        "format": given.format,
        "sha256": given.sha256,
        "layers": sorted(given.layers),
        "named": plan.vector_layer is not None,
        "about": given.about,
    }


def maker_of_others(plan: Plan) -> str:
    """Return the maker of another concept's vector, which is always made here, and in BASE."""
    return TODAY["maker"] if plan.vector or MAKERS[plan.maker].of_settings else plan.maker
