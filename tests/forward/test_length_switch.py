"""Models whose positions turn at a length: prompts on both sides never share a forward."""

from __future__ import annotations

from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from steering.errors import Refused
from steering.forward import extraction, passes, reference, routes, sweep
from steering.forward.extraction import contrast
from steering.forward.packing import Tails
from steering.forward.sweep import answer_propensities, propensities
from steering.models.length_switch import LengthSwitch
from steering.models.loading import wrap
from steering.models.model import Model
from tests.support import cases, oracle, tiny


def swept(case, model=None):
    return propensities(model or case.model, case.prompts, case.interventions, cases.LAMBDAS)


@cache
def plain(name, score=oracle.propensity):
    """Prompt × intervention × λ by plain hooks, each on a model that has seen no other prompt."""
    case = cases.case(name)

    def one(prompt, intervention, scale):
        def steer(hidden):
            return hidden + scale * intervention.vector

        return score(
            tiny.model(name), case.model.tokenizer, prompt.text, prompt.positive_letter,
            layer=intervention.layer, steer=steer,
        )  # fmt: skip

    return np.array(
        [
            [[one(prompt, some, scale) for scale in cases.LAMBDAS] for some in case.interventions]
            for prompt in case.prompts
        ]
    )


@cache
def plain_vectors(name):
    """Layer × width: the mean over prompts of what the positive answer changes."""
    case = cases.case(name)

    def read(prompt, answer, layer):
        return oracle.residual(tiny.model(name), case.model.tokenizer, prompt.text, answer, layer)

    pairs = [
        [
            read(one, one.positive_letter, layer)
            - read(one, "AB".replace(one.positive_letter, ""), layer)
            for layer in range(3)
        ]
        for one in case.prompts
    ]
    return torch.stack([torch.stack(pair) for pair in pairs]).mean(0)


@pytest.fixture(scope="module", params=tiny.SWITCHING)
def switching(request):
    """A model whose rotary angles depend on the longest position of a forward pass."""
    case = cases.case(request.param)
    switch = case.model.length_switch
    lengths = sorted({len(one.token_ids) for one in case.prompts})
    assert lengths[0] < switch.tokens < lengths[-1]
    return request.param, case


@pytest.fixture(params=[None, routes.PACKED, routes.ROWS])
def taken(request, monkeypatch):
    """The route: the fastest that is proved, or one of the others."""
    if request.param:
        for module in (sweep, extraction):
            monkeypatch.setattr(module, "route_of", lambda *_: routes.Route(request.param, 0.0))


def test_what_shares_a_batch_with_a_prompt_changes_nothing(switching, taken):
    """Prompts on both sides of the length at which rotary angles change, measured together."""
    name, case = switching
    found = swept(case)
    np.testing.assert_allclose(found, plain(name), atol=1e-4, rtol=0)
    vectors = contrast(case.model, case.prompts).mean
    torch.testing.assert_close(vectors, plain_vectors(name), atol=1e-4, rtol=0)


def test_no_route_is_proved_for_prompts_that_may_not_share_a_pass(switching, monkeypatch):
    _, case = switching
    prompts = [one.token_ids for one in case.prompts]
    monkeypatch.setattr(routes, "_proved", {})
    assert routes.route_of(case.model, prompts).name == routes.GROWING
    # As if nothing were known of the switch.
    monkeypatch.setattr(Model, "length_switch", None)
    monkeypatch.setattr(routes, "_proved", {})
    with pytest.raises(Refused, match="served by no route that agrees with plain hooks"):
        swept(case)


def test_a_pass_that_holds_both_sides_is_refused(switching, monkeypatch):
    _, case = switching
    route = routes.route_of(case.model, [one.token_ids for one in case.prompts])
    for module in (sweep, extraction):
        monkeypatch.setattr(module, "route_of", lambda *_: route)
    monkeypatch.setattr(routes, "sides", lambda _, prompts, __: [list(range(len(prompts)))])
    for ask in (swept, lambda case: contrast(case.model, case.prompts)):
        with pytest.raises(Refused, match="lies on both sides of that length"):
            ask(case)


def test_a_prompt_that_crosses_the_switch_with_its_answer_is_refused():
    case = cases.case("Phi3, LongRoPE")
    asked = case.model, case.prompts, case.interventions, cases.LAMBDAS
    expected = plain("Phi3, LongRoPE", oracle.answer_propensity)
    np.testing.assert_allclose(answer_propensities(*asked)[1], expected, atol=1e-4, rtol=0)
    size = len(case.prompts[0].token_ids)
    options = {**tiny.LONGROPE, "original_max_position_embeddings": size}
    model = wrap(tiny.model("Phi3", **options), case.model.tokenizer, name="edge")
    asked = model, case.prompts[:1], case.interventions[:1], cases.LAMBDAS
    assert np.isfinite(propensities(*asked)).all()
    with pytest.raises(Refused, match="shorter prompts are needed, or the letters alone"):
        answer_propensities(*asked)


def test_a_service_that_keeps_the_angles_of_longer_prompts_is_not_asked():
    model = SimpleNamespace(name="m", remote=True, length_switch=LengthSwitch(9, True))
    for length, refused in ((7, False), (8, True), (12, True)):
        for name in (routes.PACKED, routes.ROWS):
            packed = routes.Route(name, 0.0).input([[1] * length], Tails([[[2]]]))
            if refused:
                with pytest.raises(Refused, match="its service has seen: prompts shorter than 9"):
                    reference.refuse_mixed(model, [(packed, None)])
            else:
                reference.refuse_mixed(model, [(packed, None)])


def test_which_prompts_may_share_a_pass():
    def model(switch):
        return SimpleNamespace(length_switch=switch)

    prompts = [[1] * length for length in (3, 9, 4, 9, 8, 12)]
    assert routes.sides(model(None), prompts, 1) == [[0, 1, 2, 3, 4, 5]]
    assert routes.sides(model(LengthSwitch(9, False)), prompts, 1) == [[1, 3, 5], [0, 2, 4]]
    # Behind 8 tokens, a copy of two may end at 9 or at 10.
    assert routes.sides(model(LengthSwitch(9, False)), prompts, 2) == [[1, 3, 5], [4], [0, 2]]
    assert routes.sides(model(LengthSwitch(5, True)), prompts, 1) == [[5], [1, 3], [4], [0, 2]]


def test_without_memory_for_one_prompt_it_is_refused_on_either_side(monkeypatch):
    case = cases.case("Phi3, LongRoPE")
    route = routes.Route(routes.GROWING, 0.0)
    monkeypatch.setattr(sweep, "route_of", lambda *_: route)

    def full(*_):
        raise torch.OutOfMemoryError("full")

    monkeypatch.setattr(passes, "logits", full)
    with pytest.raises(Refused, match="ran out of memory over a single prompt"):
        swept(case)
