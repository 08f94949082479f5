"""The proof on a model of the user's: what is read, what is steered, and is it exact?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from steering.activations import contrast
from steering.concepts import ORDERS, Concept
from steering.errors import Refused
from steering.models import Model, load_model
from steering.paths import path_of, rounding
from steering.plain import plain_logits, plain_residuals
from steering.prompts import LETTERS, Prompt, render
from steering.sweep import Intervention, propensities

_LAMBDAS = (-1.5, 0.0, 1.5)


@dataclass(frozen=True)
class Check:
    """What was tried on one item in both orders, and how far it is from plain hooks.

    Attributes:
        read: each token at which a vector is read, as position and text.
        steered: the token to whose residual stream vectors are added, as position and text.
        path: how the copies reach the model.
        differences: by what was measured, the largest difference from plain hooks.
        bounds: the largest difference that the precision explains.
        lower_precision: by what was measured, how far it is from the same in float32; empty there.
    """

    model: Model
    prompt: Prompt
    read: tuple[tuple[int, str], ...]
    steered: tuple[int, str]
    path: str
    differences: dict[str, float]
    bounds: dict[str, float]
    lower_precision: dict[str, float]


def check(
    name: str, concept: Concept, *, device: str | None = None, dtype: str = "float32"
) -> Check:
    """Return the proof for a model by name: packed measurements against plain hooks.

    Three blocks are steered and read, over one item of a concept in both orders. Where the dtype
    is not float32, the model is loaded once more to say what its precision costs.

    Raises Refused where a difference is larger than rounding explains.
    """
    model = load_model(name, device=device, dtype=dtype)
    made = check_loaded(model, concept)
    if dtype == "float32":
        return made
    exact = load_model(name, device=device)
    ours, theirs = _curves(model, concept), _curves(exact, concept)
    rise = ours[..., -1] - ours[..., 0], theirs[..., -1] - theirs[..., 0]
    lost = {
        "propensity": float(np.abs(ours - theirs).max()),
        "steerability": float(np.abs(rise[0] - rise[1]).max() / (_LAMBDAS[-1] - _LAMBDAS[0])),
    }
    return Check(**{**made.__dict__, "lower_precision": lost})


def check_loaded(model: Model, concept: Concept) -> Check:
    """Return the proof for a model that is loaded."""
    prompts = _prompts(model, concept)
    layers = _layers(model)
    found = contrast(model, prompts)
    chosen = _interventions(found.vectors, layers)
    measured = torch.from_numpy(propensities(model, prompts, chosen, _LAMBDAS))
    expected = torch.stack([_plain_curves(model, one, chosen) for one in prompts])
    pairs = torch.stack([_plain_pair(model, one, layers) for one in prompts]).mean(0)
    differences = {
        "propensity": float((measured - expected).abs().max()),
        "vector": float((found.vectors[list(layers)] - pairs).abs().max()),
    }
    bounds = {"propensity": rounding(model, expected), "vector": rounding(model, pairs)}
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
        tuple(token(first.read_position, letter) for letter in first.letter_ids),
        token(first.steered_from, first.token_ids[-1]),
        path_of(model, [one.token_ids for one in prompts]).name,
        differences,
        bounds,
        {},
    )


def lines(made: Check) -> list[str]:
    """Return what is printed of a check."""
    model, about = made.model, made.model.about()
    place = f"{str(model.dtype).removeprefix('torch.')} on {model.device}"
    read = ", ".join(f"{text!r}" for _, text in made.read)
    said = [
        f"model        {model.name}: {about['architecture']}, {about['layers']} layers of "
        f"{about['width']}, {about['parameters']:,} parameters, {place}",
        f"prompt       {len(made.prompt.token_ids)} tokens, ends in "
        f"{model.tokenizer.decode(list(made.prompt.token_ids[-8:]))!r}",
        f"read         position {made.read[0][0]}: {read} (the letters {' and '.join(LETTERS)})",
        f"steered      position {made.steered[0]}: {made.steered[1]!r}",
        f"path         {made.path}",
    ]
    said += [
        f"{what:<12} {difference:.1e} from plain hooks at most (rounding explains "
        f"{made.bounds[what]:.1e})"
        for what, difference in made.differences.items()
    ]
    said += [
        f"{what:<12} {difference:.1e} from float32 at most"
        for what, difference in made.lower_precision.items()
    ]
    return said


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
    chosen = _interventions(contrast(model, prompts).vectors, _layers(model))
    return propensities(model, prompts, chosen, _LAMBDAS)


def _plain_curves(model: Model, prompt: Prompt, chosen: list[Intervention]) -> Tensor:
    def score(one: Intervention, multiplier: float) -> Tensor:
        logits = plain_logits(
            model, prompt.token_ids, one.layer, multiplier * one.vector, prompt.steered_from
        )[-1]
        return logits[prompt.positive_letter_id] - logits[prompt.negative_letter_id]

    return torch.stack([torch.stack([score(one, each) for each in _LAMBDAS]) for one in chosen])


def _plain_pair(model: Model, prompt: Prompt, layers: tuple[int, ...]) -> Tensor:
    letters = prompt.positive_letter_id, prompt.negative_letter_id
    read = [plain_residuals(model, [*prompt.token_ids, one], layers)[:, -1] for one in letters]
    return read[0] - read[1]
