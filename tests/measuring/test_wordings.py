"""Wordings, measured: equal to plain hooks, measured once, and the published one as everywhere."""

from __future__ import annotations

import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from safetensors.torch import load_file

from steering.forward.reference import reference_logits
from steering.measuring import wordings
from steering.measuring.measure import measure
from steering.measuring.run import Run, render_prompts
from steering.models.loading import load_model
from steering.prompts.rewordings import FAMILIES, PUBLISHED, render_reworded
from steering.records.wordings import FILE, read_run_wordings
from tests.support import tiny
from tests.support.small import LEAST

PLAN = replace(LEAST, wordings=2, test_groups=3, subset_vectors=16, train_groups=8, neutral_texts=0)


@pytest.fixture(scope="module")
def run(model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("wordings") / "run"
    return folder, measure(model, tiny.concept(), PLAN, folder)


def in_words(folder):
    return read_run_wordings(folder)[0]


def test_every_wording_has_the_same_questions_in_both_orders(run):
    table = in_words(run[0])
    kept = {family: len(some) for family, some in FAMILIES.items()}
    found = table.groupby("wording_family")["wording"].nunique().to_dict()
    pairs = found.pop("pairs")
    left_out = read_run_wordings(run[0])[1]
    for name in left_out:
        kept[name.split(".")[0]] -= 1
    assert found == {**{family: n for family, n in kept.items() if n}, "published": 1}
    assert pairs == 6, "of two sizes of fewer training groups three each"
    assert (table.groupby(["wording_family", "wording"]).size() == 4).all()
    assert table["item"].nunique() == 2


@pytest.mark.parametrize("family", ["labels", "context", "typos", "settings", "role"])
def test_slopes_are_those_of_plain_hooks(run, model, family):
    folder, results = run
    loaded, layer = load_model(model), results.cards[0]["layer"]
    vector = load_file(folder / "vector.safetensors")[f"BASE/{layer}"]
    table = in_words(folder)
    own = table[table["wording_family"] == family]
    row = own.iloc[-1]
    (wording,) = [one for one in FAMILIES[family] if one.name == row["wording"]]
    item = tiny.concept().items[int(row["item"])]
    prompt = render_reworded(tiny.concept(), item, int(row["order"]), loaded.tokenizer, wording)
    found = {}
    for by in (-1.0, 0.0, 1.0):
        logits = reference_logits(
            loaded, prompt.token_ids, layer, vector, prompt.steered_from, multiplier=by
        )[-1].double()
        found[by] = float(logits[prompt.positive_letter_id] - logits[prompt.negative_letter_id])
        if by == 0:
            both = logits.softmax(-1)[list(prompt.letter_ids)].sum()
            assert row["letter_mass"] == pytest.approx(float(both), abs=1e-4)
    slope, intercept = np.polyfit([*found], [*found.values()], 1)
    assert row["steerability"] == pytest.approx(slope, abs=1e-4)
    assert row["intercept"] == pytest.approx(intercept, abs=1e-4)
    assert abs(slope) > 1e-3


def test_the_published_wording_is_the_curve_that_every_run_has(run):
    folder, results = run
    table = in_words(folder)
    published = table[table["wording_family"] == PUBLISHED.family]
    slopes = results.steerability
    own = slopes[(slopes["direction"] == "contrastive")]
    own = own[own["layer"] == results.cards[0]["layer"]]
    both = published.merge(own, on=["item", "order"], suffixes=("", "_run"))
    assert len(both) == len(published) == 4
    np.testing.assert_allclose(both["steerability"], both["steerability_run"], atol=1e-4)


def test_vectors_of_fewer_pairs_are_those_of_the_control(run):
    folder, results = run
    table = in_words(folder)
    pairs = table[table["wording_family"] == "pairs"]
    slopes = results.steerability
    subset = slopes[slopes["direction"] == "subset"]
    both = pairs.merge(subset, on=["number", "item", "order"], suffixes=("", "_run"))
    assert len(both) == len(pairs)
    np.testing.assert_allclose(both["steerability"], both["steerability_run"], atol=1e-4)
    groups = len({item.group for item in tiny.concept().of_split("train", PLAN.train_groups)})
    sizes = {int(name.split("-")[0]) for name in pairs["wording"]}
    assert len(sizes) == 2
    assert max(sizes) == groups // 2


def test_they_are_measured_once_and_a_run_without_them_is_asked_for_them_alone(
    run, model, counted, tmp_path
):
    folder, _ = run
    shutil.copytree(folder, tmp_path / "run")
    before = in_words(tmp_path / "run")
    measure(model, tiny.concept(), PLAN, tmp_path / "run")
    assert not counted.anything()
    measure(model, tiny.concept(), replace(PLAN, wordings=0), tmp_path / "run", fresh=True)
    assert not counted.anything()
    assert not (tmp_path / "run" / FILE).exists()
    measure(model, tiny.concept(), PLAN, tmp_path / "run")
    assert counted.pairs == 0
    assert counted.copies > 0
    pd.testing.assert_frame_equal(in_words(tmp_path / "run"), before, atol=1e-4)


def test_what_cannot_be_asked_is_left_out_with_a_sentence(run, model, monkeypatch):
    loaded = load_model(model)
    concept = tiny.concept()
    some = Run(loaded, concept, PLAN, None)
    rendered = render_prompts(some)
    odd = replace(PUBLISHED, family="labels", name="odd", labels=("first", "second"))
    long = replace(PUBLISHED, family="context", name="long", before="so " * 5000)
    known = FAMILIES["labels"][0]
    monkeypatch.setitem(wordings.FAMILIES, "labels", (odd, known))
    monkeypatch.setitem(wordings.FAMILIES, "context", (long,))
    asked = wordings.reworded(some, rendered)
    assert {one.wording for one in asked.prompts["labels"]} == {known.name}
    assert "context" not in asked.prompts
    assert "no token of its own" in asked.left_out["labels.odd"]
    assert "do not fit the context of" in asked.left_out["context.long"]
    assert {*asked.left_out} == {"labels.odd", "context.long"}
