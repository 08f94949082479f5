"""Runs by every maker: its vectors, and the controls that are made of the same pairs by it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from steering.errors import Refused
from steering.measuring import stages
from steering.measuring.identity import stages as identities
from steering.measuring.kept import Kept
from steering.measuring.measure import measure
from steering.measuring.plan import Plan
from steering.measuring.run import Run, render_prompts
from steering.models.loading import load_model, wrap
from steering.prompts.rendering import render
from steering.vectors.controls import CONTROLS, Pairs
from steering.vectors.files import load_vectors
from steering.vectors.makers import MAKERS
from steering.vectors.making import vectors_of
from tests.support import oracle, tiny
from tests.support.small import LEAST, by_hand

OF_PAIRS = [name for name, one in MAKERS.items() if one.direction is not None]
EACH = pytest.mark.parametrize("maker", OF_PAIRS)
PLAN = replace(LEAST, settings=("BASE", "SYS_POS", "USER_NEG"), train_groups=5)


@pytest.fixture(scope="module")
def module(model):
    return load_model(model).module


def pairs_at(module, layer, setting="BASE"):
    """Return the difference of each training pair by plain hooks, and what the pairs are of."""
    concept, tokenizer = tiny.concept(), tiny.tokenizer()
    found, items = [], []
    for item in concept.of_split("train", PLAN.train_groups):
        for order in (0, 1):
            prompt = render(concept, item, setting, order, tokenizer)
            letters = prompt.positive_letter, "AB".replace(prompt.positive_letter, "")
            read = [oracle.residual(module, tokenizer, prompt.text, one, layer) for one in letters]
            found.append(read[0] - read[1])
            items.append(item)
    return torch.stack(found), Pairs([one.item for one in items], [one.group for one in items])


@EACH
def test_vectors_and_controls_of_a_run_are_made_by_the_maker(model, module, tmp_path, maker):
    plan = replace(PLAN, maker=maker)
    found = measure(model, tiny.concept(), plan, tmp_path / "run")
    layer = found.cards[0]["layer"]
    tensors = load_vectors(tmp_path / "run" / "vector.safetensors")[0]
    for setting in plan.settings:
        pairs, _ = pairs_at(module, layer, setting)
        equal = torch.full((1, len(pairs)), 1 / len(pairs))
        expected = vectors_of(MAKERS[maker], pairs, equal)[0]
        own = tensors[f"{setting}/{layer}"]
        torch.testing.assert_close(own, expected, atol=1e-3, rtol=1e-3)
        assert float(own.norm()) == pytest.approx(float(pairs.mean(0).norm()), rel=1e-4)
    pairs, of = pairs_at(module, layer)
    for kind in ("resampled", "shuffled"):
        weights = CONTROLS[kind].of_pairs(of, 1, plan.seed)
        vector = vectors_of(MAKERS[maker], pairs, weights)[0]
        rows = found.sweep[found.sweep["direction"] == kind]
        rows = rows[rows["prompt_setting"] == "BASE"]
        expected = by_hand(module, rows, {0: vector})
        np.testing.assert_allclose(rows["propensity"], expected, atol=2e-3)
    # Another concept's vector is made alike, and the tables say so.
    assert set(found.sweep["maker"]) == {maker}
    assert set(found.sweep["direction"]) >= {"other", "random", "contrastive"}


def run_of(folder, plan):
    model = wrap(tiny.model("Llama"), tiny.tokenizer(), name="tiny")
    concept = tiny.concept()
    return Run(model, concept, plan, Kept(folder, identities("tiny", concept, plan, "r")))


def test_the_pairs_are_kept_for_makers_that_need_them_and_for_no_other(tmp_path, monkeypatch):
    kept = []
    plain = stages.contrast

    def counted(model, prompts, keep=(), *more, **options):
        kept.append([*keep])
        return plain(model, prompts, keep, *more, **options)

    monkeypatch.setattr(stages, "contrast", counted)
    for maker in ("mean", "settings_mean", "principal"):
        run = run_of(tmp_path / maker, replace(PLAN, maker=maker, other_concept=""))
        stages.contrasts(run, render_prompts(run))
    assert kept == [[]] * 6 + [[0, 1, 2]] * 3


def test_only_what_a_maker_lacks_is_extracted_again(tmp_path, monkeypatch):
    plan = replace(PLAN, other_concept="")
    run = run_of(tmp_path, plan)
    before = stages.contrasts(run, render_prompts(run))["BASE"]
    principal = run_of(tmp_path, replace(plan, maker="principal", operator="affine"))
    after = stages.contrasts(principal, render_prompts(principal))["BASE"]
    assert torch.equal(before.mean, after.mean)
    assert before.made is None
    assert after.made.shape == after.negative.shape == (3, 32)
    monkeypatch.setattr(stages, "contrast", None)
    again = stages.contrasts(principal, render_prompts(principal))["BASE"]
    assert torch.equal(again.made, after.made)
    assert torch.equal(again.negative, after.negative)
    assert torch.equal(again.weighted, after.weighted)


def test_the_mean_over_settings_points_one_way_in_all_of_them(model, module, tmp_path):
    plan = replace(PLAN, maker="settings_mean", resampled_vectors=2, resampled_shift_vectors=1)
    found = measure(model, tiny.concept(), plan, tmp_path / "run")
    layer, tensors = (
        found.cards[0]["layer"],
        load_vectors(tmp_path / "run" / "vector.safetensors")[0],
    )
    of_settings = {name: pairs_at(module, layer, name)[0] for name in plan.settings}
    mean = torch.stack([pairs.mean(0) for pairs in of_settings.values()]).mean(0)
    for name, pairs in of_settings.items():
        expected = mean * pairs.mean(0).norm() / mean.norm()
        torch.testing.assert_close(tensors[f"{name}/{layer}"], expected, atol=1e-4, rtol=1e-4)
    assert found.cards[0]["cosines"]["SYS_POS"] == pytest.approx(1, abs=1e-5)
    # The same groups are drawn in every setting.
    _, of = pairs_at(module, layer)
    weights = CONTROLS["resampled"].of_pairs(of, 2, plan.seed)
    drawn = torch.stack([weights @ pairs for pairs in of_settings.values()]).mean(0)
    own = (weights @ of_settings["BASE"]).norm(dim=1)
    vectors = drawn * (own / drawn.norm(dim=1))[:, None]
    rows = found.sweep[found.sweep["direction"] == "resampled"]
    rows = rows[(rows["prompt_setting"] == "BASE") & (rows["vector_setting"] == "BASE")]
    expected = by_hand(module, rows, dict(enumerate(vectors)))
    np.testing.assert_allclose(rows["propensity"], expected, atol=1e-4)
    others = found.sweep[found.sweep["direction"] == "other"]
    assert set(others["maker"]) == {"mean"}


def test_a_maker_that_is_not_there_is_refused():
    with pytest.raises(Refused, match="no maker 'pca': allowed are mean, principal, logistic"):
        Plan(maker="pca")
    with pytest.raises(Refused, match="no operator 'scale': allowed are add, ablate_add, affine"):
        Plan(operator="scale")
