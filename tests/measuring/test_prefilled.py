"""What is prefilled, against a plain forward pass of the model over the text that came before."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from steering.measuring import identity, prefilled
from steering.measuring.kept import Kept
from steering.measuring.measure import measure
from steering.measuring.prefilled import (
    STAGE,
    before_the_answer,
    begun_answers,
    measure_apart,
    prefilled_probabilities,
    prefilled_tasks,
)
from steering.measuring.run import Run, render_prompts
from steering.measuring.sweeps import PLACE, sweeps
from steering.models.loading import load_model, wrap
from steering.prompts.rendering import render
from tests.support import tiny
from tests.support.small import LEAST

PLAN = replace(LEAST, settings=("BASE", "SYS_NEG", "USER_POS"), test_groups=3)


def run_of(folder, model, plan=PLAN):
    concept = tiny.concept()
    return Run(model, concept, plan, Kept(folder, identity.stages("m", concept, plan, "r")))


def measured(run, rendered, *, apart=False):
    """What a run measures: in the sweeps what can be read there, and the rest apart, or all."""
    begun = begun_answers(run, rendered)
    if apart:
        begun = {name: replace(each, on_the_way=False) for name, each in begun.items()}
    sweeps(run, prefilled_tasks(begun), {name: each.prompts for name, each in begun.items()})
    measure_apart(run, begun)
    return prefilled_probabilities(run, begun)


def by_hand(module, tokenizer, text, begun):
    """The probability of `begun` behind a text, token by token, by a plain forward pass."""
    ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    more = tokenizer(text + begun, add_special_tokens=False)["input_ids"]
    assert more[: len(ids)] == ids
    assert len(more) > len(ids)
    with torch.no_grad():
        logits = module(torch.tensor([more])).logits[0].double().log_softmax(-1)
    each = [float(logits[at - 1, more[at]]) for at in range(len(ids), len(more))]
    return float(np.exp(sum(each)))


@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize("family", ["Llama", "Bloom"])
def test_it_is_the_probability_of_a_plain_forward_pass(family, apart, tmp_path):
    module, tokenizer = tiny.model(family), tiny.tokenizer()
    run = run_of(tmp_path, wrap(module, tokenizer, name="tiny"))
    rendered = render_prompts(run)
    found = measured(run, rendered, apart=apart)
    prompts = [one for name in PLAN.settings for one in rendered.prompts["test", name]]
    assert len(found) == len(prompts) == 3 * 3 * 2
    for prompt, row in zip(prompts, found.itertuples(), strict=True):
        assert (row.prompt_setting, row.item, row.order) == tuple(
            getattr(prompt, name) for name in PLACE
        )
        expected = by_hand(module, tokenizer, prompt.text, "(")
        assert row.prefilled_probability == pytest.approx(expected, rel=1e-4)
    assert found["prefilled_probability"].nunique() == len(found)


def test_the_embedded_model_nearly_always_begins_so_itself(tmp_path):
    model = load_model("wren")
    run = run_of(tmp_path, model)
    rendered = render_prompts(run)
    found = measured(run, rendered)["prefilled_probability"]
    prompts = rendered.prompts["test", "BASE"]
    module, tokenizer = load_model("wren").module, model.tokenizer
    for value, prompt in zip(found, prompts, strict=False):
        expected = by_hand(module, tokenizer, prompt.text, "(")
        assert value == pytest.approx(expected, abs=1e-5)
    assert found.min() > 0.9


def test_where_the_letter_is_one_token_with_its_bracket_nothing_is_prefilled(tmp_path, monkeypatch):
    run = run_of(tmp_path, wrap(tiny.model("Llama"), tiny.tokenizer(joined=True), name="tiny"))
    monkeypatch.setattr(prefilled, "unsteered", None)
    found = measured(run, render_prompts(run))
    assert len(found) == 3 * 3 * 2
    assert found["prefilled_probability"].isna().all()


def test_a_token_that_holds_the_end_of_the_template_too_is_cut_off_whole():
    """Without a template the prompt ends in a blank, which many tokenizers join to what follows."""

    class Joining:
        def __call__(self, texts, **_):
            ends = {"Answer: ": [[1, 2, 3]], "Answer:": [[1, 2]]}
            return {"input_ids": [ends[text][0] for text in texts]}

    concept = tiny.concept()
    prompt = render(concept, concept.items[0], "BASE", 0, tiny.tokenizer())
    joined = replace(prompt, text="Answer: ", token_ids=(1, 2, 9))
    ((place, cut),) = before_the_answer([joined], Joining()).items()
    assert place == 0
    assert cut.token_ids == (1, 2)
    assert cut.answer_ids == ((9,), (9,))
    assert cut.steered_from == 1
    # The letter's own token takes the blank along: nothing of the answer stands in the prompt.
    assert before_the_answer([replace(joined, token_ids=(1, 2))], Joining()) == {}


def test_it_is_measured_once(tmp_path, monkeypatch):
    model = wrap(tiny.model("Llama"), tiny.tokenizer(), name="tiny")
    run = run_of(tmp_path, model)
    rendered = render_prompts(run)
    first = measured(run, rendered, apart=True)
    monkeypatch.setattr(prefilled, "unsteered", None)
    again = measured(run_of(tmp_path, model), rendered, apart=True)
    assert first.equals(again)
    # Nothing is steered, so another layer leaves it as it is.
    run.kept.settle(1)
    run.kept.settle(2)
    assert run.kept.has(STAGE)


def test_a_run_has_it_for_its_test_prompts_alone(model, tmp_path):
    found = measure(model, tiny.concept(), PLAN, tmp_path / "run")
    split = found.prompts.merge(found.items[["item", "split"]], on="item")
    at_test = split["split"] == "test"
    assert split.loc[at_test, "prefilled_probability"].between(0, 1, inclusive="neither").all()
    assert set(split.loc[at_test, "prompt_setting"]) == set(PLAN.settings)
    assert split.loc[~at_test, "prefilled_probability"].isna().all()
    assert (~at_test).any()
