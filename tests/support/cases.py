"""What is asked of every family, and what plain hooks at batch size 1 answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import torch

from steering.forward.copies import Intervention
from steering.forward.packing import Packed
from steering.models.loading import wrap
from steering.models.model import Model
from steering.prompts.positions import Positions
from steering.prompts.rendering import Prompt, render
from steering.vectors.operators import add
from tests.support import oracle, tiny

LAMBDAS = (-1.5, 0.0, 1.0)
# Which of the six interventions: one block; every block with its own vector; several vectors.
CHOICES = {"one layer": (1,), "all layers": (0, 1, 2), "several vectors": (1, 4, 0, 3)}


@dataclass(frozen=True)
class Case:
    """A tiny model of a family, a few prompts of different length, and six interventions."""

    module: Any
    model: Model
    prompts: tuple[Prompt, ...]
    interventions: tuple[Intervention, ...]


@cache
def case(family: str, joined: bool = False, attention: str = "sdpa") -> Case:
    """Return the case of a family with a tokenizer of either kind."""
    tokenizer = tiny.tokenizer(joined)
    module = tiny.model(family)
    if attention != "sdpa":
        module.set_attn_implementation(attention)
    concept = tiny.concept()
    prompts = tuple(
        render(concept, item, setting, order, tokenizer)
        for item in (concept.items[0], concept.items[31])
        for setting in ("BASE", "USER_NEG")
        for order in (0, 1)
    )
    assert len({len(prompt.token_ids) for prompt in prompts}) > 2
    draw = torch.Generator().manual_seed(1)
    interventions = tuple(
        Intervention("BASE", "random", layer, torch.randn(32, generator=draw), number=copy)
        for copy in range(2)
        for layer in range(3)
    )
    return Case(module, wrap(module, tokenizer, name=family), prompts, interventions)


def under(this: Case, operator: str) -> list[Intervention]:
    """Return the interventions of a case, by another operator and with an origin each."""
    return [replace(one, operator=operator, origin=origin_of(one)) for one in this.interventions]


def origin_of(one: Intervention) -> torch.Tensor:
    """Return a point about as far from zero as the residual stream of a tiny model."""
    draw = torch.Generator().manual_seed(100 + 10 * one.number + one.layer)
    return 0.3 * torch.randn(32, generator=draw)


def expected(family: str, joined: bool = False) -> np.ndarray:
    """Return prompt × intervention × λ, each from a forward of its own under a plain hook."""
    return each(family, joined)


def expected_answers(family: str, joined: bool = False) -> np.ndarray:
    """Return the same of the whole answers, for two interventions."""
    return each(family, joined, oracle.answer_propensity, most=2)


@cache
def each(
    family: str,
    joined: bool = False,
    score: Callable[..., float] = oracle.propensity,
    *,
    apply: Callable[..., torch.Tensor] = add,
    back: int = 1,
    most: int = 6,
) -> np.ndarray:
    """Return prompt × intervention × λ of a score, by plain hooks that do what `apply` does.

    It is worked out once: do not change what it returns.
    """
    this = case(family, joined)

    def one(prompt: Prompt, intervention: Intervention, scale: float) -> float:
        def steer(hidden: torch.Tensor) -> torch.Tensor:
            given = intervention.vector, torch.tensor(scale), origin_of(intervention)
            return apply(hidden, *given)

        module, tokenizer = this.module, this.model.tokenizer
        layer, positive = intervention.layer, prompt.positive_letter
        return score(module, tokenizer, prompt.text, positive, layer=layer, steer=steer, back=back)

    return np.array(
        [
            [[one(prompt, some, scale) for scale in LAMBDAS] for some in this.interventions[:most]]
            for prompt in this.prompts
        ]
    )


def moved(prompts: Sequence[Prompt], *, earlier: int = 0, behind: int = 0) -> tuple[Prompt, ...]:
    """Return the prompts steered so many tokens earlier, and read so many behind the letter."""
    return tuple(
        replace(
            one,
            positions=Positions(one.positions.read + behind, one.positions.steered_from - earlier),
        )
        for one in prompts
    )


def unsteered(family: str, joined: bool = False) -> np.ndarray:
    """Return each prompt's propensity as the model itself gives it."""
    this = case(family, joined)
    return np.array(
        [
            oracle.unsteered(this.module, this.model.tokenizer, one.text, one.positive_letter)
            for one in this.prompts
        ]
    )


def expected_pairs(family: str, joined: bool = False, behind: int = 0) -> torch.Tensor:
    """Return pair × layer × width: what the positive answer changes, by plain hooks.

    It is read at the letter, or so many tokens behind it.
    """
    this = case(family, joined)
    module, tokenizer = this.module, this.model.tokenizer

    def read(prompt: Prompt, answer: str, layer: int) -> torch.Tensor:
        return oracle.residual(module, tokenizer, prompt.text, answer, layer, behind=behind)

    return torch.stack(
        [
            torch.stack(
                [
                    read(one, one.positive_letter, layer)
                    - read(one, "AB".replace(one.positive_letter, ""), layer)
                    for layer in range(3)
                ]
            )
            for one in this.prompts
        ]
    )


def expected_negatives(family: str) -> torch.Tensor:
    """Return pair × layer × width: the residual stream at the negative letter, by plain hooks."""
    this = case(family)
    tokenizer = this.model.tokenizer
    return torch.stack(
        [
            torch.stack(
                [
                    oracle.residual(
                        this.module,
                        tokenizer,
                        one.text,
                        "AB".replace(one.positive_letter, ""),
                        layer,
                    )
                    for layer in range(3)
                ]
            )
            for one in this.prompts
        ]
    )


def padded(packed: Packed, left: int, right: int) -> Packed:
    """Return the same input with idle columns before everything, and behind the trunk."""
    behind = int(packed.ends[1].max()) + 1
    if packed.visible is None:
        behind = packed.input_ids.shape[1]
    old = torch.arange(packed.input_ids.shape[1])
    new = old + left + right * (old >= behind)
    rows, width = packed.input_ids.shape[0], len(old) + left + right
    ids = torch.randint(5, 400, (rows, width), generator=torch.Generator().manual_seed(2))
    ids[:, new] = packed.input_ids
    moved = {
        name: torch.stack([where[0], new[where[1]]])
        for name in ("places", "steered", "ends")
        for where in [getattr(packed, name)]
    }
    if packed.visible is None or packed.position_ids is None:
        return replace(packed, input_ids=ids, **moved)
    positions = torch.zeros(rows, width, dtype=torch.long)
    positions[:, new] = packed.position_ids
    visible = torch.eye(width, dtype=torch.bool).repeat(rows, 1, 1)
    visible[:, new[:, None], new] = packed.visible
    return replace(packed, input_ids=ids, position_ids=positions, visible=visible, **moved)
