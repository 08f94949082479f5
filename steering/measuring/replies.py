"""Steered replies to free prompts, by the vector of a run folder or by one made just now."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypedDict

from steering.concepts import Concept, unseen
from steering.errors import Refused
from steering.forward.generation import replies, room_for_reply
from steering.measuring import interventions
from steering.measuring.identity import stages as stage_identities
from steering.measuring.kept import Kept
from steering.measuring.layer import candidate_layers
from steering.measuring.plan import Plan, plan_of_service
from steering.measuring.run import Run, render_prompts
from steering.measuring.stages import chosen_layer, contrasts
from steering.measuring.sweeps import SweepTask, sweeps
from steering.models.catalogue import withheld
from steering.models.loading import load_model
from steering.models.model import Model
from steering.prompts.rendering import Opening, opening
from steering.records.directions import ORIGIN
from steering.records.run_card import read_card
from steering.remote.served import served
from steering.remote.terms import Terms, terms_of
from steering.vectors.arithmetic import Vector
from steering.vectors.files import load_vectors
from steering.vectors.makers import MAKERS

MULTIPLIERS = (-1.5, 0.0, 1.5)


class Steering(TypedDict):
    """What is done with a vector: the operator, and the origin for one that needs it."""

    operator: str
    origin: Vector | None


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
    """Return the greedy replies to free prompts under each λ; every decoded token is steered.

    Args:
        model: an embedded name, a local folder, or a Hugging Face id with optional @revision.
        concept: whose vector steers.
        prompts: what the user says, each on its own.
        multipliers: λ; 0 is the unsteered reply, unless the operator does something there.
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
        plan = plan_of_service(model, plan, device)
        loaded = served(model, terms, trust_remote_code=trust_remote_code)
    if layer is not None and not 0 <= layer < loaded.depth:
        raise Refused(f"there is no layer {layer}: allowed are 0 to {loaded.depth - 1}.")
    starts = [opening(prompt, loaded.tokenizer) for prompt in prompts]
    _require_room(loaded, starts, tokens)
    if run is None:
        chosen, vector, steering = _made_vector(loaded, concept, plan, layer)
    else:
        chosen, vector, steering = _kept_vector(loaded, concept, Path(run), layer)
    texts = replies(loaded, starts, chosen, vector, multipliers, tokens=tokens, **steering)
    rows = tuple(tuple(row) for row in texts)
    return Replies(chosen, tuple(multipliers), tuple(prompts), rows)


def _require_room(model: Model, starts: Sequence[Opening], tokens: int) -> None:
    longest = max(len(start.token_ids) for start in starts)
    if (room := room_for_reply(model, longest)) < tokens:
        raise Refused(
            f"a prompt of {longest} tokens and a reply of {tokens} do not fit the context of "
            f"{model.context} tokens of model {model.name!r}: "
            + (f"ask for at most {room} tokens." if room > 0 else "a shorter prompt is needed.")
        )


def _kept_vector(
    model: Model, concept: Concept, run: Path, layer: int | None
) -> tuple[int, Vector, Steering]:
    card = read_card(run)
    wanted = {"model": model.name, "concept": concept.name}
    of_run = {"model": card["model"]["name"], "concept": card["concept"]["name"]}
    for kind, name in wanted.items():
        if of_run[kind] != name:
            raise Refused(
                f"run folder {str(run)!r} is of {kind} {of_run[kind]!r}, not {name!r}: "
                "name the folder of the same model and concept."
            )
    at = card["layer"] if layer is None else layer
    tensors, about = load_vectors(run / "vector.safetensors")
    origin = tensors.get(f"{ORIGIN}/{at}")
    return at, tensors[f"BASE/{at}"], {"operator": about["operation"], "origin": origin}


def _made_vector(
    model: Model, concept: Concept, plan: Plan, layer: int | None
) -> tuple[int, Vector, Steering]:
    with tempfile.TemporaryDirectory() as folder:
        concept = unseen(concept, withheld(model.folder).get(concept.name))
        plan = replace(plan, resampled_vectors=0, shuffled_vectors=0, subset_vectors=0)
        kept = Kept(Path(folder), stage_identities(model.name, concept, plan, model.revision))
        run = Run(model, concept, plan, kept)
        rendered = render_prompts(run)
        base = contrasts(run, rendered)["BASE"]
        if layer is None:
            candidates = candidate_layers(plan.layers, model.depth)
            vectors = interventions.contrastive(base, candidates, plan)
            task = SweepTask("validation", "validation", vectors, scores=plan.control_scores)
            prompts = {"validation": rendered.prompts["validation", "BASE"]}
            layer, _ = chosen_layer(sweeps(run, [task], prompts)[0])
    vector = MAKERS[plan.maker].make(base)[layer]
    return layer, vector, {"operator": plan.operator, "origin": base.origin(layer)}
