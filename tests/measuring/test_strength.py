"""Strength: its three stages agree with plain hooks, are measured once, and leave slopes alone."""

from __future__ import annotations

import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import load_file, save_file

from steering.forward.reference import reference_logits
from steering.measuring.doses import DOSES, LEAST_REPLY_DOSE
from steering.measuring.measure import measure
from steering.models.loading import load_model
from steering.prompts.neutral import NEUTRAL, render_neutral
from steering.prompts.rendering import render
from steering.records.directions import CONTRASTIVE
from steering.records.strength import read_strength
from tests.support import tiny
from tests.support.small import LEAST

PLAN = replace(
    LEAST, settings=("BASE", "USER_POS"), neutral_texts=2, wide_groups=2, validation_groups=3,
    random_vectors=2, shuffled_vectors=2, resampled_vectors=3, cost_limit=0.02,
)  # fmt: skip


@pytest.fixture(scope="module")
def run(model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("strength") / "run"
    return folder, measure(model, tiny.concept(), PLAN, folder)


def tables_of(folder):
    return read_strength([folder], "costs"), read_strength([folder], "wide")


def vector_of(folder, layer):
    return load_file(folder / "vector.safetensors")[f"BASE/{layer}"]


def test_doses_are_lengths_beside_the_residual_stream(run):
    folder, results = run
    card = results.cards[0]
    costs, wide = tables_of(folder)
    unit = card["vector_norms"]["BASE"] / card["residual_norm"]
    here = costs[(costs["layer"] == card["layer"]) & (costs["prompt_setting"] == "BASE")]
    assert here["dose"].to_numpy() == pytest.approx(here["multiplier"].abs() * unit, rel=1e-5)
    own = here[here["direction"] == CONTRASTIVE]
    tried = sorted({*own["dose"].round(3)} - {0.0})
    assert tried == pytest.approx(DOSES, abs=2e-3)
    swept = wide[wide["role"] == "swept"]
    assert {*swept["multiplier"]} == {*own["multiplier"]}
    assert card["operating"]["dose"] == pytest.approx(card["operating"]["multiplier"] * unit)


def test_costs_are_those_of_plain_hooks(run, model):
    folder, results = run
    loaded, layer = load_model(model), results.cards[0]["layer"]
    costs, _ = tables_of(folder)
    own = costs[(costs["direction"] == CONTRASTIVE) & (costs["prompt_setting"] == "BASE")]
    row = own[(own["layer"] == layer) & (own["text"] == NEUTRAL[1].name)].iloc[-1]
    text = render_neutral(NEUTRAL[1], loaded.tokenizer)
    vector = vector_of(folder, layer)
    start, both = text.steered_from, []
    for by in (0.0, row["multiplier"]):
        logits = reference_logits(loaded, text.token_ids, layer, vector, start, multiplier=by)
        both.append(logits[start:-1].double().log_softmax(-1))
    said = both[1].gather(-1, torch.tensor(text.token_ids[start + 1 :])[:, None]).mean()
    apart = (both[0].exp() * (both[0] - both[1])).sum(-1)
    assert row["multiplier"] > 0
    assert row["log_likelihood"] == pytest.approx(float(said), abs=1e-4)
    assert row["divergence"] == pytest.approx(float(apart.mean()), abs=1e-4)
    assert row["first"] == pytest.approx(float(apart[0]), abs=1e-4)


def test_of_some_texts_there_is_a_reply_under_each_strong_dose(run):
    folder, results = run
    costs, _ = tables_of(folder)
    drawn = costs[costs["reply_tokens"].notna()]
    assert {*drawn["layer"]} == {results.cards[0]["layer"]}
    strong = [dose for dose in DOSES if dose >= LEAST_REPLY_DOSE]
    assert len(drawn) == 2 * (1 + 2 * len(strong)), "of both texts, and without a vector"
    assert sorted({*drawn["dose"].round(2)}) == [0, *strong]
    assert {*drawn["direction"]} == {CONTRASTIVE}
    assert {*drawn["prompt_setting"]} == {"BASE"}
    assert (drawn["reply_tokens"] <= 24).all()


def test_every_layer_is_tried_and_a_persona_has_a_cost_of_its_own(run):
    folder, _ = run
    costs, _ = tables_of(folder)
    assert {*costs["layer"]} == {0, 1, 2}
    persona = costs[costs["prompt_setting"] == "USER_POS"]
    assert len(persona) == 2
    assert persona["divergence"].isna().all()
    base = costs[(costs["multiplier"] == 0) & (costs["prompt_setting"] == "BASE")]
    assert len(base) == 2, "the unsteered model stands once"
    assert not np.allclose(persona["log_likelihood"], base["log_likelihood"])
    assert {*costs.loc[costs["direction"] == "random", "number"]} == {0, 1}


def test_the_test_items_at_the_point_are_those_of_plain_hooks(run, model):
    folder, results = run
    loaded, card = load_model(model), results.cards[0]
    _, wide = tables_of(folder)
    tested = wide[wide["role"] == "operating"]
    point = card["operating"]["multiplier"]
    assert {*tested["multiplier"]} == {0.0, point}
    counts = tested.drop_duplicates(["direction", "number", "multiplier"])["direction"]
    assert dict(counts.value_counts()) == {
        "contrastive": 2, "random": 2, "shuffled": 2, "resampled": 3
    }  # fmt: skip
    row = tested[(tested["direction"] == CONTRASTIVE) & (tested["multiplier"] == point)].iloc[0]
    concept = tiny.concept()
    item = concept.items[int(row["item"])]
    prompt = render(concept, item, "BASE", int(row["order"]), loaded.tokenizer)
    layer = card["layer"]
    logits = reference_logits(
        loaded, prompt.token_ids, layer, vector_of(folder, layer), prompt.steered_from,
        multiplier=point,
    )[-1]  # fmt: skip
    own = logits[prompt.positive_letter_id] - logits[prompt.negative_letter_id]
    assert row["propensity"] == pytest.approx(float(own), abs=1e-4)


def test_the_cost_at_the_point_is_within_the_limit(run):
    folder, results = run
    point = results.cards[0]["operating"]
    costs, _ = tables_of(folder)
    own = costs[(costs["direction"] == CONTRASTIVE) & (costs["prompt_setting"] == "BASE")]
    own = own[own["layer"] == results.cards[0]["layer"]]
    means = own.groupby("multiplier")["log_likelihood"].mean()
    losses = means[0.0] - means
    below = losses[(losses.index >= 0) & (losses.index <= point["multiplier"])]
    assert (below <= point["cost_limit"] + 1e-9).all()


def test_slopes_are_what_they_are_without_it(run, model, tmp_path):
    plain = measure(model, tiny.concept(), replace(PLAN, neutral_texts=0), tmp_path / "plain")
    _, results = run
    # The copies of a prompt share other passes, which round otherwise.
    pd.testing.assert_frame_equal(plain.steerability, results.steerability, atol=1e-4)
    assert len(plain.sweep) == len(results.sweep)
    assert "operating" not in plain.cards[0]
    assert read_strength([tmp_path / "plain"], "costs").empty


def test_another_limit_leaves_the_costs(run, model, counted, tmp_path):

    folder, _ = run
    shutil.copytree(folder, tmp_path / "run")
    before = tables_of(tmp_path / "run")
    measure(model, tiny.concept(), PLAN, tmp_path / "run")
    assert not counted.anything()
    another = replace(PLAN, cost_limit=0.5)
    measure(model, tiny.concept(), another, tmp_path / "run", fresh=True)
    after = tables_of(tmp_path / "run")
    pd.testing.assert_frame_equal(after[0], before[0])
    assert counted.pairs == 0


def test_what_is_said_has_a_strength_too(model, tmp_path):
    plan = replace(PLAN, form="said", sampled_replies=0)
    results = measure(model, tiny.concept(), plan, tmp_path / "said")
    costs, wide = tables_of(tmp_path / "said")
    assert {*costs["form"]} == {*wide["form"]} == {"said"}
    assert wide["letter_mass"].isna().all()
    assert results.cards[0]["operating"]["multiplier"] >= 0
    assert wide.loc[wide["role"] == "operating", "propensity"].notna().all()


def test_a_given_vector_of_one_layer_has_a_strength_too(model, tmp_path):
    file = tmp_path / "one.safetensors"
    save_file({"vector": torch.randn(32, generator=torch.Generator().manual_seed(0))}, file)
    plan = replace(PLAN, vector=str(file), vector_layer=1)
    results = measure(model, tiny.concept(), plan, tmp_path / "given")
    costs, wide = tables_of(tmp_path / "given")
    assert {*costs["layer"]} == {1}, "no other layer has a vector"
    assert {*wide.loc[wide["role"] == "operating", "direction"]} == {CONTRASTIVE, "random"}
    assert results.cards[0]["operating"]["multiplier"] > 0
