"""Operators as their formulas say, and whether λ = 0 is as harmless as an entry claims."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch
from torch import Tensor

from steering.concepts import load_concept
from steering.forward.reference import reference_logits
from steering.measuring.run import rendered_prompts
from steering.models.catalogue import model_folder
from steering.models.loading import load_model
from steering.models.planted import planted_of
from steering.records.tables import TODAY
from steering.vectors.operators import OPERATORS, Operator, ablate_add, add, affine, clamp
from tests.support import oracle
from tests.support.embedded import planted_direction

EACH = pytest.mark.parametrize("name", OPERATORS)
SCALES = (-1.5, -0.1, 0.0, 0.4, 2.0)


def drawn(seed: int = 0) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    draw = torch.Generator().manual_seed(seed)
    hidden, vector, origin = (torch.randn(5, 7, 8, generator=draw) for _ in range(3))
    return hidden, vector[:, :1], torch.tensor(SCALES).view(5, 1, 1), origin[:, :1]


def projection(hidden: Tensor, vector: Tensor) -> Tensor:
    return (hidden * vector).sum(-1) / vector.norm(dim=-1)


@EACH
def test_an_operator_is_what_is_written_once_more_in_the_tests(name: str) -> None:
    hidden, vector, multiplier, origin = drawn()
    found = OPERATORS[name].apply(hidden, vector, multiplier, origin)
    for at, scale in enumerate(SCALES):
        expected = oracle.OPERATORS[name](hidden[at], vector[at, 0], scale, origin[at, 0])
        torch.testing.assert_close(found[at], expected)


def test_adding_is_h_plus_lambda_v() -> None:
    hidden, vector, multiplier, origin = drawn()
    expected = torch.stack([hidden[at] + scale * vector[at] for at, scale in enumerate(SCALES)])
    torch.testing.assert_close(add(hidden, vector, multiplier, origin), expected)


def test_what_lies_along_the_vector_is_lambda_times_its_length_after_ablation() -> None:
    hidden, vector, multiplier, origin = drawn()
    found = projection(ablate_add(hidden, vector, multiplier, origin), vector)
    size = vector.norm(dim=-1)
    torch.testing.assert_close(found, (multiplier[..., 0] * size).expand(5, 7))


def test_affine_editing_puts_the_projection_where_the_origin_has_it_and_adds() -> None:
    hidden, vector, multiplier, origin = drawn()
    found = projection(affine(hidden, vector, multiplier, origin), vector)
    expected = projection(origin, vector) + multiplier[..., 0] * vector.norm(dim=-1)
    torch.testing.assert_close(found, expected.expand(5, 7))
    # From the mean of the negative answers, λ = 1 leads to that of the positive ones.
    there = affine(origin, vector, torch.ones(5, 1, 1), origin)
    torch.testing.assert_close(there, origin + vector)
    # With the origin at zero it is ablation, then addition.
    torch.testing.assert_close(
        affine(hidden, vector, multiplier, torch.zeros(1)),
        ablate_add(hidden, vector, multiplier, origin),
    )


def test_a_clamp_moves_only_what_lies_on_the_wrong_side_and_to_the_threshold() -> None:
    hidden, vector, multiplier, origin = drawn()
    changed = clamp(hidden, vector, multiplier, origin)
    before, after = projection(hidden, vector), projection(changed, vector)
    threshold = projection(origin, vector) + multiplier[..., 0] * vector.norm(dim=-1)
    for at, scale in enumerate(SCALES):
        side = 1 if scale > 0 else -1
        within = side * before[at] >= side * threshold[at] if scale else before[at] == before[at]
        assert torch.equal(changed[at][within], hidden[at][within])
        torch.testing.assert_close(after[at][~within], threshold[at].expand(7)[~within])
        assert scale == 0 or bool(within.any()) or bool((~within).any())
    # Both happen at some λ, and the further λ is from zero, the more is moved.
    moved = (changed != hidden).any(-1).float().mean(1)
    assert moved[2] == 0
    assert 0 < float(moved.mean()) < 1
    twice = clamp(changed, vector, multiplier, origin)
    torch.testing.assert_close(twice, changed)


@EACH
def test_an_operator_changes_nothing_across_the_vector(name: str) -> None:
    hidden, vector, multiplier, origin = drawn()
    change = OPERATORS[name].apply(hidden, vector, multiplier, origin) - hidden
    across = change - projection(change, vector)[..., None] * vector / vector.norm(
        dim=-1, keepdim=True
    )
    assert float(across.abs().max()) < 1e-5


@EACH
def test_an_operator_commutes_with_rotations(name: str) -> None:
    hidden, vector, multiplier, origin = drawn()
    turn = torch.linalg.qr(torch.randn(8, 8, generator=torch.Generator().manual_seed(1)))[0]
    apply = OPERATORS[name].apply
    found = apply(hidden @ turn, vector @ turn, multiplier, origin @ turn)
    expected = apply(hidden, vector, multiplier, origin) @ turn
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)


@EACH
def test_of_vector_and_lambda_the_product_counts(name: str) -> None:
    hidden, vector, multiplier, origin = drawn()
    apply = OPERATORS[name].apply
    found = apply(hidden, 4 * vector, multiplier / 4, origin)
    torch.testing.assert_close(found, apply(hidden, vector, multiplier, origin))


@EACH
def test_the_projection_rises_with_lambda(name: str) -> None:
    hidden, vector, multiplier, origin = drawn()
    same = hidden[:1].expand(5, 7, 8), vector[:1].expand(5, 1, 8)
    changed = OPERATORS[name].apply(*same, multiplier, origin[:1])
    rises = projection(changed, vector[:1]).diff(dim=0)
    assert float(rises.min()) >= -1e-6
    assert float(rises.max()) > 0.1


@EACH
def test_an_operator_is_the_identity_at_zero_exactly_where_it_says_so(name: str) -> None:
    operator = OPERATORS[name]
    hidden, vector, _, origin = drawn()
    unchanged = torch.equal(operator.apply(hidden, vector, torch.zeros(5, 1, 1), origin), hidden)
    assert unchanged == operator.identity_at_zero


@EACH
def test_an_operator_needs_the_origin_exactly_where_it_says_so(name: str) -> None:
    operator = OPERATORS[name]
    hidden, vector, multiplier, origin = drawn()
    there, elsewhere = (
        operator.apply(hidden, vector, multiplier, at) for at in (origin, torch.zeros(1))
    )
    assert torch.equal(there, elsewhere) != operator.needs_origin


@EACH
def test_without_a_vector_nothing_becomes_infinite(name: str) -> None:
    hidden, vector, multiplier, origin = drawn()
    found = OPERATORS[name].apply(hidden, 0 * vector, multiplier, origin)
    torch.testing.assert_close(found, hidden)


def test_the_operator_of_today_is_there() -> None:
    assert TODAY["operator"] in OPERATORS
    assert isinstance(OPERATORS[TODAY["operator"]], Operator)


@EACH
@pytest.mark.parametrize(("model", "concept"), [("wren", "frugal"), ("linnet", "honest")])
def test_where_the_mechanism_is_additive_no_operator_does_better_than_adding(
    model: str, concept: str, name: str
) -> None:
    """What was planted is a slope along one direction, which every operator moves along alike.

    From a prompt without a persona there is nothing along it that could be removed or moved first:
    what λ does is the planted slope, whatever the operator is, and so adding is the best at any
    cost, since none does more and all push equally far.
    """
    direction, layer = planted_direction(model, concept)
    loaded, asked = load_model(model), load_concept(concept)
    truth = pd.read_parquet(planted_of(model_folder(model)).table)
    settings = (truth["vector_setting"] == "BASE") & (truth["prompt_setting"] == "BASE")
    here = truth[settings & (truth["concept"] == concept)]
    planted = here.set_index(["item", "order"])["planted_steerability"]
    slopes, adding, expected = [], [], []
    for prompt in rendered_prompts(loaded, asked, asked.of_split("test", 3, 1), "BASE"):
        sides = prompt.answer_ids if prompt.positive_first else prompt.answer_ids[::-1]

        def propensity(scale: float, operator: str, prompt=prompt, sides=sides) -> float:
            start, origin = prompt.steered_from, torch.zeros_like(direction)
            last = reference_logits(
                loaded, prompt.token_ids, layer, direction, start,
                multiplier=scale, operator=operator, origin=origin,
            )[-1]  # fmt: skip
            return float(last[sides[0][0]] - last[sides[1][0]])

        slopes.append((propensity(1.0, name) - propensity(-1.0, name)) / 2)
        adding.append((propensity(1.0, "add") - propensity(-1.0, "add")) / 2)
        expected.append(float(planted[prompt.item, prompt.order]))
    assert np.mean(slopes) == pytest.approx(np.mean(expected), rel=0.1)
    np.testing.assert_allclose(slopes, adding, atol=0.02)
