"""The sweep against plain hooks: a few families here, all in tests/families."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from steering.errors import Refused
from steering.forward import passes, routes, sweep
from steering.forward.copies import Curves, Intervention
from steering.forward.scores import ANSWER_PROPENSITY, LETTER_MASS, PROPENSITY, SCORES
from steering.forward.sweep import (
    answer_propensities,
    propensities,
    sweep_table,
    swept_together,
)
from steering.models.loading import wrap
from steering.records.tables import CONTRACTS, TODAY
from steering.vectors.operators import OPERATORS
from tests.support import cases, oracle, tiny, toys
from tests.support.devices import Full

KINDS = pytest.mark.parametrize("joined", [False, True], ids=["( alone", "(A joined"])
# One that is packed, one whose blocks differ in their window, one that is laid out row by row.
FAMILIES = pytest.mark.parametrize("family", ["Llama", "Gemma3", "Bloom"])
ROUTES = pytest.mark.parametrize("name", [routes.GROWING, routes.PACKED, routes.ROWS])


def swept(case, model=None):
    return propensities(model or case.model, case.prompts, case.interventions, cases.LAMBDAS)


def by_route(name, monkeypatch):
    monkeypatch.setattr(sweep, "route_of", lambda *_: routes.Route(name, 0.0))


@KINDS
@FAMILIES
def test_sweep_equals_plain_hooks(family, joined):
    found = swept(cases.case(family, joined))
    np.testing.assert_allclose(found, cases.expected(family, joined), atol=1e-4, rtol=0)
    assert found.std() > 0.05


@ROUTES
@pytest.mark.parametrize("family", ["Llama", "Gemma3"])
def test_every_route_gives_the_same(family, name, monkeypatch):
    by_route(name, monkeypatch)
    found = swept(cases.case(family))
    np.testing.assert_allclose(found, cases.expected(family), atol=1e-4, rtol=0)


@ROUTES
@pytest.mark.parametrize("budget", [1, 40, 4096])
def test_what_follows_a_prompt_is_read_on_the_way(name, budget, monkeypatch):
    """Of the prompt itself, whatever its copies are steered by, and in however many passes."""
    by_route(name, monkeypatch)
    monkeypatch.setattr(sweep, "budget_of", lambda _: budget)
    case = cases.case("Llama")
    curves = [Curves(case.interventions, cases.LAMBDAS)]
    swept_values, found = swept_together(case.model, case.prompts, curves, following=True)
    np.testing.assert_allclose(swept_values[0][0], cases.expected("Llama"), atol=1e-4, rtol=0)
    for prompt, probability in zip(case.prompts, found, strict=True):
        with torch.no_grad():
            logits = case.model.module(torch.tensor([prompt.unsteered_ids])).logits[0, -1]
        expected = logits.double().softmax(-1)[prompt.steered_ids[0]]
        assert probability == pytest.approx(float(expected), rel=1e-4)
    alone, again = swept_together(case.model, case.prompts, [], following=True)
    assert alone == []
    np.testing.assert_allclose(again, found, rtol=1e-4)
    assert np.isnan(swept_together(case.model, case.prompts, curves)[1]).all()


@FAMILIES
def test_nothing_added_is_the_model_itself(family):
    found = swept(cases.case(family))[:, :, 1]
    unsteered = np.repeat(cases.unsteered(family)[:, None], 6, 1)
    np.testing.assert_allclose(found, unsteered, atol=1e-5, rtol=0)


@KINDS
@FAMILIES
def test_whole_answers_equal_plain_hooks(family, joined):
    case = cases.case(family, joined)
    chosen = case.interventions[:2]
    found = answer_propensities(case.model, case.prompts, chosen, cases.LAMBDAS)
    expected = cases.expected(family, joined)[:, :2], cases.expected_answers(family, joined)
    np.testing.assert_allclose(found, expected, atol=1e-4, rtol=0)
    both = (PROPENSITY, ANSWER_PROPENSITY)
    table = sweep_table(found, "tiny", case.prompts, chosen, cases.LAMBDAS, scores=both)
    np.testing.assert_array_equal(table["answer_propensity"], found[1].reshape(-1))


@KINDS
@FAMILIES
def test_prompts_steered_from_an_earlier_token_equal_plain_hooks(family, joined):
    case = cases.case(family, joined)
    prompts = cases.moved(case.prompts, earlier=2)
    found = propensities(case.model, prompts, case.interventions, cases.LAMBDAS)
    expected = cases.each(family, joined, back=3)
    np.testing.assert_allclose(found, expected, atol=1e-4, rtol=0)
    # The other tokens do make a difference.
    assert np.abs(expected - cases.expected(family, joined)).max() > 0.01


@ROUTES
def test_an_earlier_token_is_obeyed_on_every_route(name, monkeypatch):
    by_route(name, monkeypatch)
    case = cases.case("Llama")
    prompts = cases.moved(case.prompts, earlier=2)
    asked = prompts, case.interventions[:2], cases.LAMBDAS
    found = answer_propensities(case.model, *asked)
    expected = [
        cases.each("Llama", score=score, back=3, most=2)
        for score in (oracle.propensity, oracle.answer_propensity)
    ]
    np.testing.assert_allclose(found, expected, atol=1e-4, rtol=0)


def replacing(monkeypatch, case):
    """The interventions of a case, each by an operator that is one more entry of its registry."""
    monkeypatch.setitem(OPERATORS, "replacing", toys.REPLACING)
    return [replace(one, operator="replacing") for one in case.interventions]


@KINDS
@FAMILIES
def test_an_operator_is_one_entry_and_its_zero_is_measured(family, joined, monkeypatch):
    case = cases.case(family, joined)
    chosen = replacing(monkeypatch, case)
    found = propensities(case.model, case.prompts, chosen, cases.LAMBDAS)
    expected = cases.each(family, joined, apply=toys.replacing)
    np.testing.assert_allclose(found, expected, atol=1e-4, rtol=0)
    # At λ = 0 it is another model for each curve, and none is the model as it was.
    zero, unsteered = found[:, :, cases.LAMBDAS.index(0)], cases.unsteered(family, joined)
    assert np.abs(zero - unsteered[:, None]).max() > 0.01
    assert zero.std(axis=1).min() > 1e-3


@ROUTES
def test_an_operator_is_applied_on_every_route(name, monkeypatch):
    by_route(name, monkeypatch)
    case = cases.case("Gemma3")
    chosen = replacing(monkeypatch, case)
    # Beside others that are added, in the same block and the same pass.
    both = [*chosen, *case.interventions]
    found = propensities(case.model, case.prompts, both, cases.LAMBDAS)
    np.testing.assert_allclose(
        found[:, :6], cases.each("Gemma3", apply=toys.replacing), atol=1e-4, rtol=0
    )
    np.testing.assert_allclose(found[:, 6:], cases.expected("Gemma3"), atol=1e-4, rtol=0)


@FAMILIES
@pytest.mark.parametrize("operator", OPERATORS)
def test_every_operator_equals_plain_hooks(family, operator):
    case = cases.case(family)
    found = propensities(case.model, case.prompts, cases.under(case, operator), cases.LAMBDAS)
    expected = cases.each(family, apply=oracle.OPERATORS[operator])
    np.testing.assert_allclose(found, expected, atol=1e-4, rtol=0)
    assert np.abs(np.diff(expected)).max() > 0.02  # steering shows
    zero, unsteered = found[:, :, cases.LAMBDAS.index(0)], cases.unsteered(family)[:, None]
    assert np.allclose(zero, unsteered, atol=1e-4) == OPERATORS[operator].identity_at_zero


@ROUTES
def test_all_operators_together_on_every_route(name, monkeypatch):
    by_route(name, monkeypatch)
    case = cases.case("Gemma3")
    every = [one for operator in OPERATORS for one in cases.under(case, operator)]
    # Some without an origin stand among them, which is then at zero.
    every += [replace(one, origin=None) for one in cases.under(case, "affine")]
    found = propensities(case.model, case.prompts, every, cases.LAMBDAS)
    for at, operator in enumerate(OPERATORS):
        expected = cases.each("Gemma3", apply=oracle.OPERATORS[operator])
        part = found[:, 6 * at : 6 * (at + 1)]
        np.testing.assert_allclose(part, expected, atol=1e-4, rtol=0)
    at_zero = cases.each("Gemma3", apply=oracle.OPERATORS["ablate_add"])
    np.testing.assert_allclose(found[:, -6:], at_zero, atol=1e-4, rtol=0)


def other_letter(*asked, **options):
    return oracle.letter_logits(*asked, **options)[1]


@FAMILIES
def test_a_score_is_one_entry_and_reads_logits_beside_log_probabilities(family, monkeypatch):
    monkeypatch.setitem(SCORES, "other_letter", toys.OTHER_LETTER)
    case = cases.case(family)
    chosen = case.interventions[:2]
    scores = (PROPENSITY, ANSWER_PROPENSITY, "other_letter")
    asked = case.model, case.prompts, chosen, cases.LAMBDAS
    found = sweep.swept(*asked, scores=scores)
    expected = (
        cases.expected(family)[:, :2],
        cases.expected_answers(family),
        cases.each(family, score=other_letter, most=2),
    )
    np.testing.assert_allclose(found, expected, atol=1e-4, rtol=0)
    alone = sweep.swept(*asked, scores=("other_letter",))
    np.testing.assert_allclose(alone[0], found[2], atol=1e-5, rtol=0)


@KINDS
@FAMILIES
def test_the_letters_probability_equals_plain_hooks(family, joined):
    case = cases.case(family, joined)
    chosen = case.interventions[:2]
    scores = (PROPENSITY, LETTER_MASS)
    found = sweep.swept(case.model, case.prompts, chosen, cases.LAMBDAS, scores=scores)
    expected = cases.each(family, joined, score=oracle.letters_probability, most=2)
    np.testing.assert_allclose(found[1], expected, atol=1e-6, rtol=0)
    # It is not the same whatever is added, and says something else than the propensity.
    assert np.ptp(found[1], axis=-1).max() > 1e-3
    np.testing.assert_allclose(found[0], cases.expected(family, joined)[:, :2], atol=1e-4)


@FAMILIES
def test_without_vectors_it_is_the_model_itself(family):
    case = cases.case(family)
    found = sweep.unsteered(case.model, case.prompts, scores=(PROPENSITY, LETTER_MASS))
    np.testing.assert_allclose(found[0], cases.unsteered(family), atol=1e-5, rtol=0)
    zero = cases.each(family, score=oracle.letters_probability, most=1)
    expected = zero[:, 0, cases.LAMBDAS.index(0)]
    np.testing.assert_allclose(found[1], expected, atol=1e-6, rtol=0)


def test_the_table_has_a_row_for_each_point_and_a_column_for_each_score():
    case = cases.case("Llama")
    chosen = [
        Intervention("SYS_POS", "random", 1, torch.ones(32), number=3),
        Intervention("BASE", "other", 2, torch.ones(32), vector_concept="tidy"),
    ]
    shape = (2, len(case.prompts), len(chosen), len(cases.LAMBDAS))
    values = np.arange(np.prod(shape), dtype=float).reshape(shape)
    scores = (PROPENSITY, ANSWER_PROPENSITY)
    table = sweep_table(values, "m", case.prompts, chosen, cases.LAMBDAS, scores=scores)
    CONTRACTS["sweep"].validate(table)
    assert len(table) == np.prod(shape[1:])
    for (at, prompt), (place, one) in [
        ((0, case.prompts[0]), (1, chosen[1])),
        ((5, case.prompts[5]), (0, chosen[0])),
    ]:
        rows = table[
            (table["item"] == prompt.item)
            & (table["order"] == prompt.order)
            & (table["prompt_setting"] == prompt.prompt_setting)
            & (table["direction"] == one.direction)
        ]
        assert list(rows["multiplier"]) == list(cases.LAMBDAS)
        assert list(rows["propensity"]) == list(values[0, at, place])
        assert list(rows["answer_propensity"]) == list(values[1, at, place])
        assert set(rows["layer"]) == {one.layer}
        assert set(rows["number"]) == {one.number}
        assert set(rows["vector_setting"]) == {one.vector_setting}
    # Without a name, a vector is that of the concept that is asked about.
    assert set(table.loc[table["direction"] == "random", "vector_concept"]) == {"thrift"}
    assert set(table.loc[table["direction"] == "other", "vector_concept"]) == {"tidy"}
    for name, value in TODAY.items():
        assert set(table[name]) == {value}


def test_weights_that_are_not_finite_are_refused():
    module = tiny.model("Llama")
    module.model.layers[2].mlp.down_proj.weight.fill_(float("nan"))
    model = wrap(module, tiny.tokenizer(), name="broken")
    with pytest.raises(Refused, match="not finite"):
        swept(cases.case("Llama"), model)


# Small budgets cut rows, prompts and copies in every way; order and company must not matter.
@settings(max_examples=8, deadline=None, derandomize=True)
@given(
    order=st.permutations(range(8)),
    some=st.lists(st.integers(0, 5), min_size=1, max_size=6),
    budget=st.sampled_from([1, 150, 300, 700, 5000]),
    family=st.sampled_from(["Llama", "Bloom"]),
)
def test_order_company_and_batches_do_not_matter(order, some, budget, family):
    case = cases.case(family)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sweep, "budget_of", lambda _: budget)
        found = propensities(
            case.model,
            [case.prompts[at] for at in order],
            [case.interventions[at] for at in some],
            cases.LAMBDAS,
        )
    expected = cases.expected(family)[np.array(order)][:, some]
    np.testing.assert_allclose(found, expected, atol=1e-4, rtol=0)


@FAMILIES
def test_out_of_memory_halves_the_batch_and_goes_on(family, monkeypatch):
    case = cases.case(family)
    full = Full(passes.logits, 200, lambda part: part.packed)
    monkeypatch.setattr(passes, "logits", full)
    np.testing.assert_allclose(swept(case), cases.expected(family), atol=1e-4, rtol=0)
    assert full.failures > 0


def test_a_device_too_small_for_one_prompt_is_refused(monkeypatch):
    case = cases.case("Llama")
    swept(case)
    monkeypatch.setattr(passes, "logits", Full(passes.logits, 10, lambda part: part.packed))
    with pytest.raises(Refused, match="out of memory over a single prompt"):
        swept(case)


def test_lower_precision_is_measured_not_hidden():
    case = cases.case("Llama")
    module = tiny.model("Llama").bfloat16()
    model = wrap(module, case.model.tokenizer, name="half")
    found = swept(case, model)
    exact = cases.expected("Llama")
    assert 1e-4 < np.abs(found - exact).max() < 0.1
