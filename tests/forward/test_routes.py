"""Routes: which one is taken, that a wrong one is seen, and what is refused."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from steering.errors import Refused
from steering.forward import extraction, passes, reference, routes, sweep
from steering.forward.extraction import contrast
from steering.forward.packing import Tails
from steering.forward.sweep import answer_propensities, propensities
from steering.models.loading import wrap
from steering.models.model import LengthSwitch, Model
from tests.support import cases, oracle, tiny


def swept(case, model=None):
    return propensities(model or case.model, case.prompts, case.interventions, cases.LAMBDAS)


def without(mask_of):
    """The additive mask, spoilt by a function of it."""
    right = passes.additive_mask
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


right_mask = passes.additive_mask
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
    monkeypatch.setattr(passes, "additive_mask", without(spoil))
    with monkeypatch.context() as blind:
        blind.setattr(sweep, "route_of", lambda *_: routes.Route(routes.PACKED, 0.0))
        wrong = swept(case, fresh)
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        np.testing.assert_allclose(wrong, expected, atol=1e-4, rtol=0)

    monkeypatch.setattr(routes, "_proved", {})
    assert routes.route_of(fresh, [one.token_ids for one in case.prompts]).name == routes.ROWS
    np.testing.assert_allclose(swept(case, fresh), expected, atol=1e-4, rtol=0)


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


def plain(name, case, score=oracle.propensity):
    """Prompt × intervention × λ by plain hooks, each on a model that has seen no other prompt."""

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


def plain_vectors(name, case):
    """Layer × width: the mean over prompts of what the positive answer changes."""

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
    np.testing.assert_allclose(found, plain(name, case), atol=1e-4, rtol=0)
    vectors = contrast(case.model, case.prompts).mean
    torch.testing.assert_close(vectors, plain_vectors(name, case), atol=1e-4, rtol=0)


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
    expected = plain("Phi3, LongRoPE", case, oracle.answer_propensity)
    np.testing.assert_allclose(answer_propensities(*asked)[1], expected, atol=1e-4, rtol=0)
    size = len(case.prompts[0].token_ids)
    options = {**tiny.LONGROPE, "original_max_position_embeddings": size}
    model = wrap(tiny.model("Phi3", **options), case.model.tokenizer, name="edge")
    asked = model, case.prompts[:1], case.interventions[:1], cases.LAMBDAS
    assert np.isfinite(propensities(*asked)).all()
    with pytest.raises(Refused, match="shorter prompts are needed, or the letters alone"):
        answer_propensities(*asked)


@pytest.mark.parametrize(
    ("scaling", "switch"),
    [
        ({"rope_parameters": {"rope_type": "default", "rope_theta": 1e4}}, None),
        ({"rope_parameters": {"rope_type": "yarn", "factor": 2.0}}, None),
        ({"rope_parameters": None}, None),
        ({"rope_scaling": {"type": "su", "long_factor": [2.0]}}, LengthSwitch(100, False)),
        ({"rope_scaling": {"type": "dynamic"}}, LengthSwitch(900, True)),
        (
            {"rope_parameters": {"rope_type": "longrope", "original_max_position_embeddings": 60}},
            LengthSwitch(60, False),
        ),
        (
            {
                "rope_parameters": {
                    "full_attention": {"rope_type": "longrope"},
                    "sliding_attention": {"rope_type": "dynamic"},
                }
            },
            LengthSwitch(100, True),
        ),
    ],
)
def test_the_switch_is_read_from_the_configuration(scaling, switch):
    given = {"max_position_embeddings": 900, "original_max_position_embeddings": 100, **scaling}
    module = SimpleNamespace(config=SimpleNamespace(**given))
    assert Model("m", SimpleNamespace(_module=module), None, "r").length_switch == switch


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


def test_on_a_service_one_proof_holds_for_prompts_up_to_the_next_power_of_two():
    model = SimpleNamespace(context=100)
    for length, size in ((5, 8), (8, 8), (9, 16), (70, 100), (100, 100)):
        doubled = routes._doubled(model, list(range(length)))
        assert len(doubled) == size
        assert doubled[-length:] == list(range(length))
    assert [len(routes._halved([1] * length)) for length in (4, 5, 9, 70)] == [4, 4, 8, 64]


def test_rounding_grows_with_the_values_and_with_a_lower_precision():
    exact, half = SimpleNamespace(dtype=torch.float32), SimpleNamespace(dtype=torch.bfloat16)
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
