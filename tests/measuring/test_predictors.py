"""Predictors of a run: measured beside it they are those that are told before any sweep."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
import torch

from steering.concepts import load_concept
from steering.errors import Refused
from steering.measuring import predictors as measuring
from steering.measuring.measure import measure
from steering.measuring.predictors import by_itself, measured
from steering.models.loading import load_model
from steering.prompts.rendering import render
from steering.records.predictors import CONTRACT, PREDICTORS, read_predictors
from steering.vectors.files import save_vectors
from tests.support import oracle, tiny
from tests.support.small import LEAST, SMALL


def test_those_of_a_run_are_those_told_before_it_at_its_layer(model, done):
    folder, results = done
    kept = read_predictors(folder)
    layer = results.cards[0]["layer"]
    assert list(kept["predictor"]) == list(PREDICTORS)
    assert set(kept["layer"]) == {layer}
    before = measured(load_model(model), tiny.concept(), plan=SMALL)
    CONTRACT.validate(before)
    assert set(before["layer"]) == {0, 1, 2}
    same = before[before["layer"] == layer].reset_index(drop=True)
    pd.testing.assert_frame_equal(kept, same, check_dtype=False, rtol=1e-4, atol=1e-4)
    card = results.cards[0]
    dose = card["vector_norms"]["BASE"] / card["residual_norm"]
    assert kept.set_index("predictor").loc["dose", "value"] == pytest.approx(dose, rel=1e-4)


def test_what_is_said_has_no_answer_consistency(model):
    found = measured(load_model(model), tiny.concept(), form="said", layers=(1,))
    assert list(found["predictor"]) == [name for name in PREDICTORS if name != "consistency"]


def test_without_personas_there_is_no_alignment_with_them(model, tmp_path):
    measure(model, tiny.concept(), LEAST, tmp_path / "run")
    assert "persona" not in set(read_predictors(tmp_path / "run")["predictor"])


def test_a_layer_that_the_model_lacks_is_refused(model):
    with pytest.raises(Refused, match=r"there is no layer 9: allowed are 0 to 2"):
        measured(load_model(model), tiny.concept(), layers=(9,))


def test_the_stage_is_kept_and_made_again_where_its_file_is_lost(model, tmp_path, monkeypatch):
    folder = tmp_path / "run"
    measure(model, tiny.concept(), LEAST, folder)
    before = read_predictors(folder)
    monkeypatch.setattr(measuring, "predictors", lambda *_: pytest.fail("measured again"))
    again = replace(LEAST, replies=0)
    measure(model, tiny.concept(), again, folder, fresh=True)
    pd.testing.assert_frame_equal(read_predictors(folder), before)


def test_a_given_vector_has_none_since_its_pairs_are_unknown(model, tmp_path):
    loaded = load_model(model)
    file = tmp_path / "some.safetensors"
    save_vectors({"BASE": torch.randn(3, loaded.width)}, file, {"model": "m", "layer_base": 0})
    measure(model, tiny.concept(), replace(LEAST, vector=str(file)), tmp_path / "run")
    assert read_predictors(tmp_path / "run").empty
    assert not (tmp_path / "run" / "predictors.parquet").exists()


def test_what_a_model_says_by_itself_is_what_plain_hooks_say(model):
    loaded, concept = load_model(model), tiny.concept()
    prompts = [render(concept, concept.items[at], "BASE", 1, loaded.tokenizer) for at in range(3)]
    found = by_itself(loaded, prompts)
    for value, prompt in zip(found, prompts, strict=True):
        expected = oracle.propensity(
            loaded.module,
            loaded.tokenizer,
            prompt.text,
            prompt.positive_letter,
            layer=0,
            steer=lambda hidden: hidden,
        )
        assert float(value) == pytest.approx(expected, abs=1e-4)


def test_a_planted_direction_is_foretold():
    """In our own model the directions lie behind block 3: there, and not before, all agrees."""
    model, concept = load_model("wren"), load_concept("tidy")
    table = measured(model, concept, layers=(1, 3)).pivot(
        index="predictor", columns="layer", values="value"
    )
    assert table.loc["d_prime", 3] > 3
    assert table.loc["d_prime", 1] < 1
    assert table.loc["split_half", 3] > 0.9 > table.loc["split_half", 1]
    assert table.loc["spread", 3] < 10 < table.loc["spread", 1]
    assert table.loc["pairwise", 3] > 0.3
    assert table.loc["pairwise", 1] < 0.1
