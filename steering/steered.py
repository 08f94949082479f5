"""Steered replies to free prompts, by the vector of a run folder or one made on the spot."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from steering import directions, stages
from steering.catalogue import withheld
from steering.concepts import Concept, unseen
from steering.errors import Refused
from steering.generation import replies
from steering.models import Model, load_model
from steering.plan import Plan
from steering.prompts import opening
from steering.served import served
from steering.tables import read_card
from steering.terms import Terms, of_service, terms_of
from steering.vectors import Vector, load_vectors

MULTIPLIERS = (-1.5, 0.0, 1.5)


@dataclass(frozen=True)
class Replies:
    """Replies side by side: a row for each prompt, a column for each multiplier."""

    layer: int
    multipliers: tuple[float, ...]
    prompts: tuple[str, ...]
    texts: tuple[tuple[str, ...], ...]


def generate(
    model: str,
    concept: Concept,
    prompts: Sequence[str],
    multipliers: Sequence[float] = MULTIPLIERS,
    *,
    run: Path | str | None = None,
    layer: int | None = None,
    tokens: int = 48,
    plan: Plan | None = None,
    device: str | None = None,
    trust_remote_code: bool = False,
    remote: bool | str | Terms = False,
) -> Replies:
    """Return the greedy replies to free prompts under each λ·v; every decoded token is steered.

    Args:
        model: an embedded name, a local folder, or a Hugging Face id with optional @revision.
        concept: whose vector steers.
        prompts: what the user says, each on its own.
        multipliers: λ; 0 is the unsteered reply.
        run: a run folder of `measure`, whose vector and layer are taken; without one the vector
            is made from the training items, and the layer chosen on the validation items.
        layer: another layer than the chosen one.
        tokens: the most tokens of a reply.
        plan: what the vector is made from, where there is no run folder.
        device: where to compute.
        trust_remote_code: run code that the model brings with it.
        remote: run the model on NDIF (True), or on the service of this address.

    Raises Refused for whatever is wrong with these.
    """
    if not prompts or not all(prompt.strip() for prompt in prompts):
        raise Refused("a prompt is empty: say what the model is to reply to.")
    if tokens < 1:
        raise Refused(f"tokens is {tokens}: allowed are whole numbers from 1 up.")
    plan = plan or Plan(settings=("BASE",))
    terms = terms_of(remote)
    if terms is None:
        loaded = load_model(
            model, device=device, dtype=plan.dtype, trust_remote_code=trust_remote_code
        )
    else:
        plan = of_service(model, plan, device)
        loaded = served(model, terms, trust_remote_code=trust_remote_code)
    if layer is not None and not 0 <= layer < loaded.depth:
        raise Refused(f"there is no layer {layer}: allowed are 0 to {loaded.depth - 1}.")
    if run is None:
        chosen, vector = _made(loaded, concept, plan, layer)
    else:
        chosen, vector = _found(loaded, concept, Path(run), layer)
    starts = [opening(prompt, loaded.tokenizer) for prompt in prompts]
    texts = replies(loaded, starts, chosen, vector, multipliers, tokens=tokens)
    rows = tuple(tuple(row) for row in texts)
    return Replies(chosen, tuple(multipliers), tuple(prompts), rows)


def _found(model: Model, concept: Concept, run: Path, layer: int | None) -> tuple[int, Vector]:
    card = read_card(run)
    for kind, name in (("model", model.name), ("concept", concept.name)):
        if card[kind]["name"] != name:
            raise Refused(
                f"run folder {str(run)!r} is of {kind} {card[kind]['name']!r}, not {name!r}: "
                "name the folder of the same model and concept."
            )
    at = card["layer"] if layer is None else layer
    tensors, _ = load_vectors(run / "vector.safetensors")
    return at, tensors[f"BASE/{at}"]


def _made(model: Model, concept: Concept, plan: Plan, layer: int | None) -> tuple[int, Vector]:
    with tempfile.TemporaryDirectory() as folder:
        concept = unseen(concept, withheld(model.folder).get(concept.name))
        plan = replace(plan, resampled_vectors=0, shuffled_vectors=0)
        here = stages.Run(model, concept, plan, Path(folder))
        asked = stages.ask(here)
        base = stages.contrasts(here, asked)["BASE"]
        if layer is None:
            some = directions.contrastive(base, stages.candidates(here))
            sweep = stages.swept(here, asked.prompts["validation", "BASE"], some, "validation")
            by_layer = stages.layer_slopes(sweep)
            layer = max(by_layer, key=lambda at: (by_layer[at], -at))
    return layer, base.vectors[layer]
