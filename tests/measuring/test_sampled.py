"""Sampled replies: which are drawn, and that the unsteered model scores them, against hooks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from steering.forward.generation import sampled_replies
from steering.forward.reference import reference_logits
from steering.measuring import sampled as module
from steering.measuring.kept import Kept
from steering.measuring.plan import Plan
from steering.measuring.run import Run, render_prompts, rendered_prompts
from steering.measuring.sampled import LEAST_SIZE, TOKENS, repeated_share, sampled, sampled_pushes
from steering.models.loading import wrap
from steering.prompts.rendering import Prompt
from steering.records.replies import CONTRACT
from steering.vectors.controls import random_vectors
from tests.support import tiny

PLAN = Plan(
    form="said", settings=("BASE", "SYS_POS", "SYS_NEG"), multipliers=(-2.0, -0.5, 0.0, 0.5, 2.0),
    test_groups=3, train_groups=3, validation_groups=2, random_vectors=2, seed=4,
)  # fmt: skip
LAYER, VECTOR = 1, 2 * torch.randn(32, generator=torch.Generator().manual_seed(0))
STAGES = {module.STAGE: "identity"}


def run_of(folder, plan=PLAN, **options) -> Run:
    model = wrap(tiny.model("Llama", **options), tiny.tokenizer(), name="tiny")
    return Run(model, tiny.concept(), plan, Kept(folder, STAGES))


@pytest.fixture(autouse=True)
def _few(monkeypatch):
    monkeypatch.setattr(module, "RANDOM_VECTORS", 2)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """A run and its replies; do not change either."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "RANDOM_VECTORS", 2)
        run = run_of(tmp_path_factory.mktemp("run"))
        return run, sampled(run, render_prompts(run), LAYER, VECTOR)


def test_every_question_has_every_push_and_sample(drawn):
    """The own vector is drawn from as often as the plan says, random ones at either end once."""
    _, table = drawn
    CONTRACT.validate(table)
    pushes = {("contrastive", 0, by, sample) for by in (-2.0, 0.0, 2.0) for sample in (0, 1)}
    pushes |= {("random", number, by, 0) for number in (0, 1) for by in (-2.0, 2.0)}
    key = ["direction", "number", "multiplier", "sample"]
    for _, of_item in table.groupby("item"):
        assert set(of_item[key].itertuples(index=False, name=None)) == pushes
    assert table["item"].nunique() == 3
    assert len(table) == 3 * len(pushes)
    assert all(abs(by) >= LEAST_SIZE or by == 0 for by in table["multiplier"])
    # The answers are swapped in every second question.
    assert table.groupby("item", sort=False)["order"].first().tolist() == [0, 1, 0]
    assert set(table["concept"]) == {"thrift"}


def asked_of(run: Run, setting: str) -> list[Prompt]:
    """The questions of a run in turn with their answers as they are, and swapped."""
    items = run.concept.of_split("test", 3, 1)
    return [
        rendered_prompts(run.model, run.concept, [item], setting)[at % 2]
        for at, item in enumerate(items)
    ]


def drawn_again(run: Run) -> list[tuple[int, ...]]:
    """The tokens of the replies of a run, in the order of its table."""
    pushes = [(VECTOR, by) for by in (-2.0, 0.0, 2.0) for _ in range(run.plan.sampled_replies)]
    random = random_vectors(run.plan.random_vectors, VECTOR, PLAN.seed)
    pushes += [(one, by) for one in random for by in (-2.0, 2.0)]
    asked = asked_of(run, "BASE")
    drawn = sampled_replies(run.model, asked, LAYER, pushes, seed=PLAN.seed, tokens=TOKENS)
    return [reply for of_prompt in drawn for reply in of_prompt]


def likelihood(run: Run, prompt: Prompt, reply: tuple[int, ...]) -> float:
    """The mean log-probability of a reply's tokens, from the model by itself."""
    whole = [*prompt.token_ids, *reply]
    words = reference_logits(run.model, whole, LAYER, torch.zeros(32), 0).double().log_softmax(-1)
    each = [float(words[at - 1, whole[at]]) for at in range(len(prompt.token_ids), len(whole))]
    return sum(each) / len(each)


def test_the_replies_are_those_that_generation_draws_with_the_seed(drawn):
    run, table = drawn
    ids = drawn_again(run)
    assert table["tokens"].tolist() == list(map(len, ids))
    decoded = [run.model.tokenizer.decode(one, skip_special_tokens=True) for one in ids]
    assert table["text"].tolist() == decoded
    assert len({*decoded}) > len(decoded) / 2
    repeated = [repeated_share(one) for one in ids]
    assert table["repeated"].tolist() == pytest.approx(repeated, nan_ok=True)


def test_a_reply_is_scored_by_the_unsteered_model_under_either_persona(drawn):
    run, table = drawn
    items = table["item"].drop_duplicates().tolist()
    ids = drawn_again(run)
    for name, setting in (("positive", "SYS_POS"), ("negative", "SYS_NEG")):
        prompts = dict(zip(items, asked_of(run, setting), strict=True))
        for at in range(0, len(table), 4):
            expected = likelihood(run, prompts[table["item"][at]], ids[at])
            assert table[name][at] == pytest.approx(expected, abs=1e-4)
    assert (table["positive"] - table["negative"]).abs().max() > 0.01


def test_what_was_drawn_is_kept_and_not_drawn_again(drawn, monkeypatch):
    run, table = drawn

    def never(*_asked, **_options):
        raise AssertionError("drawn again")

    monkeypatch.setattr(module, "sampled_replies", never)
    again = sampled(run, render_prompts(run), LAYER, VECTOR)
    pd.testing.assert_frame_equal(again, table)
    other = replace(run, kept=Kept(run.kept.folder, {module.STAGE: "another identity"}))
    with pytest.raises(AssertionError, match="drawn again"):
        sampled(other, render_prompts(run), LAYER, VECTOR)


@pytest.mark.parametrize(
    "changes",
    [{"form": "chosen"}, {"sampled_replies": 0}, {"settings": ("BASE", "SYS_POS", "USER_NEG")}],
    ids=["letters", "none wanted", "no pair of personas"],
)
def test_there_are_none_and_nothing_is_kept(changes, tmp_path):
    run = run_of(tmp_path, replace(PLAN, **changes))
    table = sampled(run, render_prompts(run), LAYER, VECTOR)
    assert table.empty
    assert list(table) == list(CONTRACT.columns)
    assert not [*tmp_path.rglob("*")]


def test_a_persona_in_the_users_turn_stands_in_for_a_system_message(drawn, tmp_path):
    settings = ("BASE", "USER_POS", "USER_NEG")
    run = run_of(tmp_path, replace(PLAN, settings=settings, random_vectors=0))
    table = sampled(run, render_prompts(run), LAYER, VECTOR)
    assert set(table["direction"]) == {"contrastive"}
    assert len(table) == 3 * 3 * 2
    # The same questions are put; only the prompt that scores is another.
    assert table["item"].unique().tolist() == drawn[1]["item"].unique().tolist()
    prompt, reply = asked_of(run, "USER_POS")[0], drawn_again(run)[0]
    assert table["positive"][0] == pytest.approx(likelihood(run, prompt, reply), abs=1e-4)


def test_an_empty_reply_has_no_score(tmp_path):
    run = run_of(tmp_path, replace(PLAN, random_vectors=0))
    run.model.module.generation_config.eos_token_id = [*range(512)]
    table = sampled(run, render_prompts(run), LAYER, VECTOR)
    assert len(table) == 3 * 3 * 2
    assert (table["tokens"] == 0).all()
    assert (table["text"] == "").all()
    assert table[["positive", "negative", "repeated"]].isna().all(axis=None)
    CONTRACT.validate(table)


def test_questions_that_leave_no_room_for_a_reply_are_not_put(drawn, tmp_path):
    whole = {one: asked_of(drawn[0], one) for one in ("BASE", "SYS_POS", "SYS_NEG")}
    lengths = [max(len(some[at].token_ids) for some in whole.values()) for at in range(3)]
    assert len({*lengths}) > 1
    context = min(lengths) + TOKENS
    plan = replace(PLAN, random_vectors=0)
    run = run_of(tmp_path, plan, max_position_embeddings=context)
    table = sampled(run, render_prompts(run), LAYER, VECTOR)
    fitting = [one.item for one, size in zip(whole["BASE"], lengths, strict=True)
               if size == min(lengths)]  # fmt: skip
    assert table["item"].drop_duplicates().tolist() == fitting
    assert table["tokens"].max() <= TOKENS
    none = run_of(tmp_path / "none", plan, max_position_embeddings=context - 1)
    assert sampled(none, render_prompts(none), LAYER, VECTOR).empty


def test_the_share_of_pairs_that_occurred_before():
    assert repeated_share([1, 2, 3, 4]) == 0
    assert repeated_share([1, 1, 1, 1]) == pytest.approx(2 / 3)
    assert repeated_share([1, 2, 1, 2, 1]) == pytest.approx(1 / 2)
    assert np.isnan(repeated_share([7]))
    assert np.isnan(repeated_share([]))


@pytest.mark.parametrize(("samples", "random"), [(1, 1), (2, 1), (3, 1), (4, 2)])
def test_random_vectors_are_drawn_from_half_as_often(samples, random):
    few = replace(PLAN, sampled_replies=samples, random_vectors=1)
    assert sampled_pushes(few) == 3 * samples + 2 * 2 * random
