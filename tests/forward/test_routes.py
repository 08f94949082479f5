"""Routes: which one is taken, that a wrong one is seen, and what is refused."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from steering.errors import Refused
from steering.forward import feeding, routes, sweep
from steering.forward.packing import Tails
from steering.forward.sweep import propensities
from steering.models.loading import wrap
from tests.support import cases, tiny


def swept(case, model=None):
    return propensities(model or case.model, case.prompts, case.interventions, cases.LAMBDAS)


def without(mask_of):
    """The additive mask, spoilt by a function of it."""
    right = feeding.additive_mask
    return lambda *args: mask_of(right(*args), *args)


def sees_its_neighbour(mask, visible, *_):
    # The deliberately wrong one: every copy also sees the token in the column before it.
    column = torch.arange(visible.shape[-1])[1:]
    mask[:, 0, column, column - 1] = 0
    return mask


def boolean(mask, *_):
    return mask == 0


def by_column(mask, visible, position_ids, dtype, window=None):
    columns = torch.arange(visible.shape[-1]).expand(len(visible), -1)
    return right_mask(visible, columns, dtype, window)


right_mask = feeding.additive_mask
WRONG = {
    "a wrong mask": (sees_its_neighbour, "Llama", "sdpa"),
    "a boolean mask under eager attention": (boolean, "Llama", "eager"),
    "a window counted by column": (by_column, "Mistral", "sdpa"),
}


@pytest.mark.parametrize(("spoil", "family", "attention"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_seen(spoil, family, attention, monkeypatch):
    """Packed with a wrong mask the comparison fails; and the route is then not chosen."""
    case = cases.case(family, attention=attention)
    expected = cases.expected(family)
    fresh = wrap(case.module, case.model.tokenizer, name=family)
    monkeypatch.setattr(feeding, "additive_mask", without(spoil))
    with monkeypatch.context() as blind:
        blind.setattr(sweep, "route_of", lambda *_: routes.Route(routes.PACKED, 0.0))
        wrong = swept(case, fresh)
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        np.testing.assert_allclose(wrong, expected, atol=1e-4, rtol=0)

    monkeypatch.setattr(routes, "_proved", {})
    assert routes.route_of(fresh, [one.token_ids for one in case.prompts]).name == routes.ROWS
    np.testing.assert_allclose(swept(case, fresh), expected, atol=1e-4, rtol=0)


def test_what_is_wrong_is_seen_in_a_deep_model_of_half_precision(monkeypatch):
    """There rounding is allowed most, and a copy that sees another one is still far beyond it."""
    case = cases.case("Llama")
    module = tiny.model("Llama", num_hidden_layers=32).to(torch.bfloat16)
    fresh = wrap(module, case.model.tokenizer, name="deep")
    ids = [one.token_ids for one in case.prompts]
    monkeypatch.setattr(routes, "_proved", {})
    right = routes.route_of(fresh, ids)
    assert right.name == routes.GROWING
    monkeypatch.setattr(feeding, "additive_mask", without(sees_its_neighbour))
    monkeypatch.setattr(routes, "_proved", {})
    assert routes.route_of(fresh, ids).name == routes.ROWS


def test_a_model_that_no_route_serves_is_refused(monkeypatch):
    case = cases.case("Llama")
    monkeypatch.setattr(routes, "_proved", {})
    # As if the blocks' outputs were not what a hook sees.
    off = torch.randn(9, 512) * 30
    monkeypatch.setattr(routes, "reference_logits", lambda *_, **__: off)
    with pytest.raises(Refused, match="served by no route that agrees with plain hooks"):
        swept(case)


@pytest.mark.parametrize(
    ("family", "name"),
    [("Llama", routes.GROWING), ("Gemma3", routes.GROWING), ("Bloom", "row by row")],
)
def test_the_fastest_exact_route_is_taken(family, name):
    case = cases.case(family)
    route = routes.route_of(case.model, [one.token_ids for one in case.prompts])
    assert route.name == name
    assert route.difference < 1e-4


def test_a_route_is_proved_once_and_again_for_a_longer_or_shorter_prompt(monkeypatch):
    case = cases.case("Llama")
    tried = []
    proof = routes._tried
    monkeypatch.setattr(routes, "_proved", {})

    def noted(model, *prompts):
        tried.append(tuple(map(len, prompts)))
        return proof(model, *prompts)

    monkeypatch.setattr(routes, "_tried", noted)
    asked = [[5] * 9], [[5] * 9], [[7] * 12], [[8] * 11], [[6] * 12, [6] * 4], [[5] * 5]
    for prompts in asked:
        routes.route_of(case.model, prompts)
    assert tried == [(9, 9), (9, 12), (4, 12)]


def test_on_a_service_one_proof_holds_for_prompts_up_to_the_next_power_of_two():
    model = SimpleNamespace(context=100)
    for length, size in ((5, 8), (8, 8), (9, 16), (70, 100), (100, 100)):
        doubled = routes._doubled(model, list(range(length)))
        assert len(doubled) == size
        assert doubled[-length:] == list(range(length))
    assert [len(routes._halved([1] * length)) for length in (4, 5, 9, 70)] == [4, 4, 8, 64]


def test_rounding_grows_with_the_values_and_with_a_lower_precision():
    exact, half = (
        SimpleNamespace(dtype=dtype, depth=3) for dtype in (torch.float32, torch.bfloat16)
    )
    assert routes.rounding(exact, torch.tensor([0.1, -0.2])) == pytest.approx(1e-3)
    assert routes.rounding(exact, torch.tensor([5.0, -40.0])) == pytest.approx(4e-2)
    assert routes.rounding(half, torch.tensor([5.0, -40.0])) == pytest.approx(2.0)


def test_row_by_row_every_copy_has_a_row_and_packed_a_prompt_has():
    tails = Tails([[[5]] * 3, [[6]] * 3])
    prompts = [(1, 2, 3), (1, 4)]
    rows = routes.Route(routes.ROWS, 0.0).input(prompts, tails)
    packed = routes.Route(routes.PACKED, 0.0).input(prompts, tails)
    assert (len(rows.input_ids), rows.visible) == (6, None)
    assert len(packed.input_ids) == 2
    assert [routes.Route(name, 0.0).growing for name in (routes.GROWING, routes.PACKED)] == [
        True,
        False,
    ]
