"""`steering check`: proof on any model that measurements agree with plain PyTorch hooks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from steering.concepts import ORDERS, Concept
from steering.errors import Refused
from steering.forward.copies import Intervention
from steering.forward.extraction import contrast
from steering.forward.reference import reference_logits, reference_residuals
from steering.forward.routes import rounding, route_of
from steering.forward.sweep import propensities
from steering.models.loading import load_model
from steering.models.model import Model
from steering.prompts.rendering import LETTERS, Prompt, render

_LAMBDAS = (-1.5, 0.0, 1.5)
# A logit that is smaller is the rest of larger terms, which are rounded before they cancel.
_LEAST_LOGIT = 3.0


@dataclass(frozen=True)
class Check:
    """What was read and steered on one item in both orders, and how far it is from plain hooks.

    Attributes:
        read: each token at which a vector is read, as position and text.
        steered: the token to whose residual stream vectors are added, as position and text.
        route: how the copies are led through the model.
        differences: for each quantity measured, the largest difference from plain hooks; of
            propensities, the one that comes closest to its bound.
        bounds: for each quantity, the largest difference that rounding explains there.
        lower_precision: for each quantity, the largest difference from float32; empty in float32.
    """

    model: Model
    prompt: Prompt
    read: tuple[tuple[int, str], ...]
    steered: tuple[int, str]
    route: str
    differences: dict[str, float]
    bounds: dict[str, float]
    lower_precision: dict[str, float]


def check(
    name: str,
    concept: Concept,
    *,
    device: str | None = None,
    dtype: str = "float32",
    trust_remote_code: bool = False,
) -> Check:
    """Return the proof for a model by name: measurements compared with plain hooks.

    Three blocks are steered and read, on one item of a concept in both orders. If the dtype is not
    float32, the model is loaded a second time to find out how much accuracy that costs.

    Raises Refused where a difference is larger than rounding explains.
    """
    trusted = trust_remote_code
    model = load_model(name, device=device, dtype=dtype, trust_remote_code=trusted)
    proof = check_loaded(model, concept)
    if dtype == "float32":
        return proof
    exact = load_model(name, device=device, trust_remote_code=trusted)
    ours, theirs = _curves(model, concept), _curves(exact, concept)
    rise = ours[..., -1] - ours[..., 0], theirs[..., -1] - theirs[..., 0]
    lost = {
        "propensity": float(np.abs(ours - theirs).max()),
        "steerability": float(np.abs(rise[0] - rise[1]).max() / (_LAMBDAS[-1] - _LAMBDAS[0])),
    }
    return Check(**{**proof.__dict__, "lower_precision": lost})


def check_loaded(model: Model, concept: Concept) -> Check:
    """Return the proof for a model that is loaded."""
    prompts = _prompts(model, concept)
    layers = _layers(model)
    vectors = contrast(model, prompts).mean
    chosen = _interventions(vectors, layers)
    measured = torch.from_numpy(propensities(model, prompts, chosen, _LAMBDAS))
    letters = torch.stack([_plain_curves(model, one, chosen) for one in prompts])
    expected = letters[..., 0] - letters[..., 1]
    pairs = torch.stack([_plain_pair(model, one, layers) for one in prompts]).mean(0)
    apart, allowed = (measured - expected).abs(), letters_rounding(model, letters)
    worst = (apart / allowed).argmax()
    differences = {
        "propensity": float(apart.flatten()[worst]),
        "vector": float((vectors[list(layers)] - pairs).abs().max()),
    }
    bounds = {
        "propensity": float(allowed.flatten()[worst]),
        "vector": rounding(model, pairs),
    }
    for what, difference in differences.items():
        if not difference <= bounds[what]:
            raise Refused(
                f"model {model.name!r} gives a {what} that is {difference:.2g} away from the one "
                f"of plain hooks: allowed in {model.dtype} are {bounds[what]:.2g}."
            )
    first = prompts[0]

    def token(at: int, number: int) -> tuple[int, str]:
        return at, str(model.tokenizer.decode([number]))

    return Check(
        model,
        first,
        tuple(token(first.read_position, _up_to_read(first, one)[-1]) for one in (0, 1)),
        token(first.steered_from, first.token_ids[first.steered_from]),
        route_of(model, [one.token_ids for one in prompts]).name,
        differences,
        bounds,
        {},
    )


def letters_rounding(
    model: Model, letters: Float[Tensor, "*point letter"]
) -> Float[Tensor, "*point"]:
    """Return the largest differences of propensities that rounding can explain.

    In a lower precision the logits of both letters are computed in float32 from a residual stream
    that is rounded, so each may be off by a share of its own size, the precision's epsilon: twice
    what one rounding does. A propensity may be off by the sum of both.

    Args:
        model: the model.
        letters: the logits of the positive and the negative letter.
    """
    if model.dtype == torch.float32:
        propensity = letters[..., 0] - letters[..., 1]
        return torch.full_like(propensity, rounding(model, propensity))
    sizes = letters.abs().clamp_min(_LEAST_LOGIT)
    return torch.finfo(model.dtype).eps * sizes.sum(-1)


def lines(proof: Check) -> list[str]:
    """Return a check as the lines that are printed."""
    model, about = proof.model, proof.model.about()
    place = f"{str(model.dtype).removeprefix('torch.')} on {model.device}"
    read = ", ".join(f"{text!r}" for _, text in proof.read)
    rows = [
        f"model        {model.name}: {about['architecture']}, {about['layers']} layers of "
        f"{about['width']}, {about['parameters']:,} parameters, {place}",
        *(f"{what:<12} {said}" for what, said in model.weights.items()),
        f"prompt       {len(proof.prompt.token_ids)} tokens, ends in "
        f"{model.tokenizer.decode(list(proof.prompt.token_ids[-8:]))!r}",
        f"read         position {proof.read[0][0]}: {read} (the letters {' and '.join(LETTERS)})",
        f"steered      position {proof.steered[0]}: {proof.steered[1]!r}",
        f"route        {proof.route}",
    ]
    rows += [
        f"{what:<12} {difference:.1e} from plain hooks at most (rounding explains "
        f"{proof.bounds[what]:.1e})"
        for what, difference in proof.differences.items()
    ]
    rows += [
        f"{what:<12} {difference:.1e} from float32 at most"
        for what, difference in proof.lower_precision.items()
    ]
    return rows


def _prompts(model: Model, concept: Concept) -> list[Prompt]:
    return [render(concept, concept.items[0], "BASE", order, model.tokenizer) for order in ORDERS]


def _layers(model: Model) -> tuple[int, ...]:
    return tuple(sorted({0, model.depth // 2, model.depth - 1}))


def _interventions(
    vectors: Float[Tensor, "layer width"], layers: tuple[int, ...]
) -> list[Intervention]:
    return [Intervention("BASE", "contrastive", layer, vectors[layer]) for layer in layers]


def _curves(model: Model, concept: Concept) -> np.ndarray:
    prompts = _prompts(model, concept)
    chosen = _interventions(contrast(model, prompts).mean, _layers(model))
    return propensities(model, prompts, chosen, _LAMBDAS)


def _plain_curves(
    model: Model, prompt: Prompt, chosen: list[Intervention]
) -> Float[Tensor, "intervention multiplier letter"]:
    def score(one: Intervention, multiplier: float) -> Tensor:
        logits = reference_logits(
            model,
            prompt.token_ids,
            one.layer,
            one.vector,
            prompt.steered_from,
            multiplier=multiplier,
        )[-1]
        return logits[[prompt.positive_letter_id, prompt.negative_letter_id]]

    return torch.stack([torch.stack([score(one, each) for each in _LAMBDAS]) for one in chosen])


def _plain_pair(model: Model, prompt: Prompt, layers: tuple[int, ...]) -> Tensor:
    positive = LETTERS.index(prompt.positive_letter)
    read = [
        reference_residuals(model, _up_to_read(prompt, one), layers)[:, -1]
        for one in (positive, 1 - positive)
    ]
    return read[0] - read[1]


def _up_to_read(prompt: Prompt, answer: int) -> list[int]:
    """Return a prompt with an answer behind it, up to the token at which vectors are read."""
    return [*prompt.token_ids, *prompt.answer_ids[answer]][: prompt.read_position + 1]
