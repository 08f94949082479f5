"""The sweep and extraction against plain hooks: a few families here, all in tests/families."""

from __future__ import annotations

import cases
import numpy as np
import pytest
import tiny
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from steering import activations, passes, paths, sweep
from steering.activations import contrast
from steering.errors import Refused
from steering.models import wrap
from steering.sweep import answer_propensities, propensities, sweep_table

KINDS = pytest.mark.parametrize("joined", [False, True], ids=["( alone", "(A joined"])
# One that is packed, one whose blocks differ in their window, one that is laid out row by row.
FAMILIES = pytest.mark.parametrize("family", ["Llama", "Gemma3", "Bloom"])


def swept(case, model=None):
    return propensities(model or case.model, case.prompts, case.interventions, cases.LAMBDAS)


@KINDS
@FAMILIES
def test_sweep_equals_plain_hooks(family, joined):
    found = swept(cases.case(family, joined))
    np.testing.assert_allclose(found, cases.expected(family, joined), atol=1e-4, rtol=0)
    assert found.std() > 0.05


@pytest.mark.parametrize("name", [paths.GROWING, paths.PACKED, paths.ROWS])
@pytest.mark.parametrize("family", ["Llama", "Gemma3"])
def test_every_path_gives_the_same(family, name, monkeypatch):
    monkeypatch.setattr(sweep, "path_of", lambda *_: paths.Path(name, 0.0))
    found = swept(cases.case(family))
    np.testing.assert_allclose(found, cases.expected(family), atol=1e-4, rtol=0)


@FAMILIES
def test_nothing_added_is_the_model_itself(family):
    found = swept(cases.case(family))[:, :, 1]
    unsteered = np.repeat(cases.unsteered(family)[:, None], 6, 1)
    np.testing.assert_allclose(found, unsteered, atol=1e-5, rtol=0)


@KINDS
@FAMILIES
def test_extraction_equals_plain_hooks(family, joined):
    case = cases.case(family, joined)
    found = contrast(case.model, case.prompts, keep=[1])
    pairs = cases.expected_pairs(family, joined)
    torch.testing.assert_close(found.vectors, pairs.mean(0), atol=1e-4, rtol=0)
    torch.testing.assert_close(found.differences[1], pairs[:, 1], atol=1e-4, rtol=0)


@KINDS
@FAMILIES
def test_whole_answers_equal_plain_hooks(family, joined):
    case = cases.case(family, joined)
    chosen = case.interventions[:2]
    found = answer_propensities(case.model, case.prompts, chosen, cases.LAMBDAS)
    expected = cases.expected(family, joined)[:, :2], cases.expected_answers(family, joined)
    np.testing.assert_allclose(found, expected, atol=1e-4, rtol=0)
    table = sweep_table(found, "tiny", case.prompts, chosen, cases.LAMBDAS)
    np.testing.assert_array_equal(table["answer_propensity"], found[1].reshape(-1))


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
    """Packed with a wrong mask the comparison fails; and the path is then not chosen."""
    case = cases.case(family, attention=attention)
    expected = cases.expected(family)
    fresh = wrap(case.module, case.model.tokenizer, name=family)
    monkeypatch.setattr(passes, "additive_mask", without(spoil))
    with monkeypatch.context() as blind:
        blind.setattr(sweep, "path_of", lambda *_: paths.Path(paths.PACKED, 0.0))
        wrong = swept(case, fresh)
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        np.testing.assert_allclose(wrong, expected, atol=1e-4, rtol=0)

    monkeypatch.setattr(paths, "_proved", {})
    assert paths.path_of(fresh, [one.token_ids for one in case.prompts]).name == paths.ROWS
    np.testing.assert_allclose(swept(case, fresh), expected, atol=1e-4, rtol=0)


def test_a_model_that_no_path_serves_is_refused(monkeypatch):
    case = cases.case("Llama")
    monkeypatch.setattr(paths, "_proved", {})
    # As if the blocks' outputs were not what a hook sees.
    monkeypatch.setattr(paths, "plain_logits", lambda *_: torch.randn(9, 512) * 30)
    with pytest.raises(Refused, match="served by no path that agrees with plain hooks"):
        swept(case)


def test_weights_that_are_not_finite_are_refused():
    module = tiny.model("Llama")
    module.model.layers[2].mlp.down_proj.weight.fill_(float("nan"))
    model = wrap(module, tiny.tokenizer(), name="broken")
    case = cases.case("Llama")
    with pytest.raises(Refused, match="not finite"):
        swept(case, model)
    with pytest.raises(Refused, match="not finite"):
        contrast(model, case.prompts)


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


class Full:
    """A device whose memory holds so many tokens: beyond, it fails as a GPU does."""

    def __init__(self, run, tokens, of_call):
        self.run, self.tokens, self.of_call, self.failures = run, tokens, of_call, 0

    def __call__(self, model, parts):
        if max(self.of_call(part).input_ids.numel() for part in parts) > self.tokens:
            self.failures += 1
            raise torch.OutOfMemoryError("out of memory, as injected.")
        return self.run(model, parts)


@FAMILIES
def test_out_of_memory_halves_the_batch_and_goes_on(family, monkeypatch):
    case = cases.case(family)
    full = Full(passes.logits, 200, lambda part: part.packed)
    monkeypatch.setattr(passes, "logits", full)
    np.testing.assert_allclose(swept(case), cases.expected(family), atol=1e-4, rtol=0)
    assert full.failures > 0

    full = Full(passes.residuals, 200, lambda packed: packed)
    monkeypatch.setattr(activations, "residuals", full)
    found = contrast(case.model, case.prompts, keep=[1])
    pairs = cases.expected_pairs(family)
    torch.testing.assert_close(found.vectors, pairs.mean(0), atol=1e-4, rtol=0)
    torch.testing.assert_close(found.differences[1], pairs[:, 1], atol=1e-4, rtol=0)
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
