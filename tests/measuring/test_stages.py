"""The stages besides the sweeps: vectors of settings and of controls, the layer, the replies."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from steering.concepts import load_concept
from steering.forward.copies import Intervention
from steering.forward.extraction import contrast
from steering.forward.generation import replies
from steering.forward.sweep import propensities
from steering.measuring import identity, stages
from steering.measuring.kept import Kept
from steering.measuring.run import Run, render_prompts, rendered_prompts
from steering.models.loading import load_model
from steering.prompts.rendering import render
from steering.vectors.controls import resampling_weights, shuffling_weights
from tests.support import tiny
from tests.support.small import LEAST, SMALL

OTHER = load_concept("frugal")


@pytest.fixture(scope="module")
def loaded(model):
    return load_model(model)


@pytest.fixture
def run_of(loaded, tmp_path):
    """A run by a plan, as it is found in a folder."""

    def run(plan=SMALL, other=None):
        concept = tiny.concept()
        wanted = identity.stages("m", concept, plan, "r", other)
        return Run(loaded, concept, plan, Kept(tmp_path, wanted), other)

    return run


def test_vectors_are_those_of_the_training_prompts_of_each_setting(run_of):
    run = run_of(replace(SMALL, settings=("BASE", "SYS_NEG")))
    rendered = render_prompts(run)
    found = stages.contrasts(run, rendered)
    assert list(found) == ["BASE", "SYS_NEG"]
    for setting, one in found.items():
        expected = contrast(run.model, rendered.prompts["train", setting])
        torch.testing.assert_close(one.mean, expected.mean, atol=1e-6, rtol=1e-5)
        torch.testing.assert_close(one.residual_norm, expected.residual_norm)
    assert found["BASE"].weighted.shape == (6, 3, 32)
    # No shift of the paper goes from SYS_NEG to one of these settings.
    assert found["SYS_NEG"].weighted.shape == (0, 3, 32)


def test_resampled_vectors_of_other_settings_are_of_the_groups_drawn_for_base(run_of):
    run = run_of(replace(SMALL, resampled_shift_vectors=3))
    rendered = render_prompts(run)
    found = stages.contrasts(run, rendered)
    shapes = {name: len(one.weighted) for name, one in found.items()}
    assert shapes == {"BASE": 6, "SYS_POS": 3, "SYS_NEG": 3, "USER_POS": 0, "USER_NEG": 0}
    for setting in ("BASE", "SYS_POS", "SYS_NEG"):
        prompts = rendered.prompts["train", setting]
        groups = [run.concept.items[prompt.item].group for prompt in prompts]
        weights = resampling_weights(groups, SMALL.resampled_vectors, SMALL.seed)[:3]
        whole = contrast(run.model, prompts, keep=[1])
        by_hand = weights @ whole.differences[1]
        torch.testing.assert_close(found[setting].weighted[:3, 1], by_hand, atol=1e-6, rtol=1e-5)


def test_what_is_kept_is_read_again_and_what_is_missing_is_made(run_of, counted):
    run = run_of()
    first = stages.contrasts(run, render_prompts(run))
    pairs = counted.pairs
    again = stages.contrasts(run_of(), render_prompts(run))
    assert counted.pairs == pairs
    more = run_of(replace(SMALL, resampled_vectors=2))
    third = stages.contrasts(more, render_prompts(more))
    # Those of BASE, and of the two other settings in which a shift of the paper begins.
    assert counted.pairs == pairs + 3 * len(render_prompts(more).prompts["train", "BASE"])
    for setting in SMALL.settings:
        assert torch.equal(first[setting].mean, again[setting].mean)
        assert torch.equal(first[setting].mean, third[setting].mean)
    assert torch.equal(first["BASE"].weighted, again["BASE"].weighted)
    assert third["BASE"].weighted.shape == (4, 3, 32)
    assert torch.equal(third["BASE"].weighted[2:], first["BASE"].weighted[4:])


def test_the_other_concept_has_its_own_training_items(run_of):
    run = run_of(SMALL, OTHER)
    items = OTHER.of_split("train", SMALL.train_groups, SMALL.per_group)
    expected = contrast(run.model, rendered_prompts(run.model, OTHER, items, "BASE"))
    found = stages.other_contrast(run)
    torch.testing.assert_close(found.mean, expected.mean, atol=1e-6, rtol=1e-5)
    assert stages.other_contrast(run_of()) is None


def test_resampled_and_shuffled_vectors_are_made_of_the_training_pairs(done, loaded, run_of):
    _, results = done
    concept, plan = tiny.concept(), SMALL
    prompts = render_prompts(run_of()).prompts["train", "BASE"]
    groups = [concept.items[prompt.item].group for prompt in prompts]
    weights = torch.cat(
        [
            resampling_weights(groups, plan.resampled_vectors, plan.seed),
            shuffling_weights([prompt.item for prompt in prompts], plan.shuffled_vectors, 0),
        ]
    )
    found = contrast(loaded, prompts, keep=[1], weights=weights)
    by_hand = weights @ found.differences[1]
    torch.testing.assert_close(found.weighted[:, 1], by_hand, atol=1e-6, rtol=1e-5)
    layer = results.cards[0]["layer"]
    for kind, number, row in (("resampled", 2, 2), ("shuffled", 1, 5)):
        one = Intervention("BASE", kind, layer, found.weighted[row, layer], number)
        at = results.steerability
        at = at[(at["direction"] == kind) & (at["number"] == number) & (at["order"] == 0)]
        at = at[(at["vector_setting"] == "BASE") & (at["prompt_setting"] == "BASE")]
        asked = [
            render(concept, concept.items[item], "BASE", 0, loaded.tokenizer) for item in at["item"]
        ]
        few = plan.multipliers_of(kind)
        curves, lambdas = propensities(loaded, asked, [one], few)[:, 0], np.array(few)
        expected = curves @ lambdas / (lambdas @ lambdas)
        np.testing.assert_allclose(at["steerability"], expected, atol=1e-5)


def test_the_layer_is_the_one_with_the_largest_slope(done):
    _, results = done
    validation = results.items.loc[results.items["split"] == "validation", "item"]
    sweep = results.sweep[results.sweep["item"].isin(validation)]
    layer, by_layer = stages.chosen_layer(sweep)
    assert layer == results.cards[0]["layer"] == max(by_layer, key=by_layer.__getitem__)


def test_replies_are_written_of_a_few_items_and_read_again(run_of, counted):
    run = run_of(replace(LEAST, replies=2, test_groups=3))
    rendered = render_prompts(run)
    vector = torch.full((32,), 0.7)
    written = stages.written_replies(run, rendered, 1, vector)
    prompts = [one for one in rendered.prompts["test", "BASE"] if one.order == 0][:2]
    texts = replies(run.model, prompts, 1, vector, stages.REPLY_MULTIPLIERS)
    assert [row["text"] for row in written] == [text for row in texts for text in row]
    assert [row["multiplier"] for row in written] == [*stages.REPLY_MULTIPLIERS] * 2
    for row in written:
        assert row["statement"] == run.concept.items[row["item"]].statement
    assert stages.written_replies(run, rendered, 1, vector) == written
    assert counted.replies == 1
    none = run_of(replace(LEAST, replies=0))
    assert stages.written_replies(none, render_prompts(none), 1, vector) == []


def test_replies_are_to_items_that_leave_room_for_one(run_of, monkeypatch):
    run = run_of(replace(LEAST, replies=2, test_groups=4))
    rendered = render_prompts(run)
    prompts = [one for one in rendered.prompts["test", "BASE"] if one.order == 0]
    lengths = sorted({len(one.token_ids) for one in prompts})
    assert len(lengths) > 1
    context = lengths[-2] + stages.TOKENS - 1
    monkeypatch.setattr(type(run.model), "context", context)
    roomy = [one.item for one in prompts if len(one.token_ids) < lengths[-1]]
    written = stages.written_replies(run, rendered, 1, torch.full((32,), 0.7))
    assert list(dict.fromkeys(row["item"] for row in written)) == roomy[:2]


def test_where_no_item_leaves_room_replies_are_cut(run_of, monkeypatch):
    run = run_of(replace(LEAST, replies=1, test_groups=2))
    rendered = render_prompts(run)
    prompts = [one for one in rendered.prompts["test", "BASE"] if one.order == 0]
    monkeypatch.setattr(type(run.model), "context", min(len(one.token_ids) for one in prompts))
    written = stages.written_replies(run, rendered, 1, torch.full((32,), 0.7))
    assert [row["item"] for row in written] == [prompts[0].item] * 3
