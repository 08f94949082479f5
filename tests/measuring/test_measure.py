"""`measure`: what it writes, and that it measures nothing that is there."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from steering.errors import Refused
from steering.measuring.measure import measure
from steering.measuring.plan import Plan
from steering.records.results import read_results
from steering.records.tables import SETTINGS, STEERABILITY_KEY, SWEEP_KEY
from tests.support import tiny
from tests.support.small import SMALL, listing, write_concept


def test_every_table_is_there_with_its_key(done):
    folder, results = done
    assert {file.name for file in folder.iterdir()} == {
        "items.parquet", "prompts.parquet", "sweep.parquet", "steerability.parquet",
        "vector.safetensors", "card.json", "plan.json", "stages",
    }  # fmt: skip
    assert not results.sweep.duplicated(list(SWEEP_KEY)).any()
    assert not results.steerability.duplicated(list(STEERABILITY_KEY)).any()
    assert set(results.items["split"]) == {"train", "validation", "test"}


def test_the_sweep_holds_all_that_the_plan_asks_for(done):
    _, results = done
    card = results.cards[0]
    chosen = results.sweep[results.sweep["layer"] == card["layer"]]
    test = set(results.items.loc[results.items["split"] == "test", "item"])
    at_test = chosen[chosen["item"].isin(test)]
    prompts = 2 * card["items"]["test"]
    pairs = at_test[at_test["direction"] == "contrastive"].groupby(
        ["vector_setting", "prompt_setting"]
    )
    assert set(pairs.groups) == {(one, other) for one in SETTINGS for other in SETTINGS}
    assert (pairs.size() == prompts * len(SMALL.multipliers)).all()
    controls = at_test[~at_test["direction"].isin(["contrastive"])]
    assert set(controls["prompt_setting"]) == set(controls["vector_setting"]) == {"BASE"}
    each = controls.drop_duplicates(["direction", "number"])
    assert each["direction"].value_counts().to_dict() == {
        "resampled": 4, "random": 3, "shuffled": 2, "perturbed": 1, "other": 1,
    }  # fmt: skip
    for _, some in each.groupby("direction"):
        assert list(some["number"]) == list(range(len(some)))
    sizes = controls.groupby(["direction", "number"]).size()
    assert (sizes == prompts * len(SMALL.multipliers)).all()
    assert card["other_concept"] == SMALL.other_concept
    of_other = controls["direction"] == "other"
    assert set(controls.loc[of_other, "vector_concept"]) == {card["other_concept"]}
    assert set(controls.loc[~of_other, "vector_concept"]) == {"thrift"}
    map_layers = results.sweep.loc[results.sweep["item"].isin(test), "layer"]
    assert set(map_layers) == {0, 1, 2}


def test_the_unsteered_model_belongs_to_every_curve(done):
    _, results = done
    zero = results.sweep[results.sweep["multiplier"] == 0]
    by_prompt = zero.groupby(["prompt_setting", "item", "order"])["propensity"]
    assert (by_prompt.max() - by_prompt.min()).max() < 1e-5


def test_a_second_call_measures_nothing_and_loads_no_torch(model, tmp_path):
    concept = write_concept(tmp_path / "concept")
    folder = tmp_path / "own"
    measure(model, concept, SMALL, folder)
    before = listing(folder)
    code = (
        "import sys; from steering import Plan, measure\n"
        f"plan = {SMALL!r}\n"
        f"measure({model!r}, {str(concept)!r}, plan, {str(folder)!r})\n"
        "assert 'torch' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    assert listing(folder) == before


def test_curves_of_random_vectors_differ_and_are_repeatable(done, model, tmp_path):
    _, results = done
    again = measure(model, tiny.concept(), SMALL, tmp_path / "again")
    np.testing.assert_array_equal(again.sweep["propensity"], results.sweep["propensity"])
    curves = results.steerability[results.steerability["direction"] == "random"]
    assert curves.groupby("number")["steerability"].mean().nunique() == SMALL.random_vectors


def test_the_other_concept_may_be_left_out_or_named(model, tmp_path):
    with pytest.raises(Refused, match="the other concept is 'frugal' itself"):
        measure(model, "frugal", replace(SMALL, other_concept="frugal"), tmp_path / "run")
    alone = measure(model, tiny.concept(), replace(SMALL, other_concept=""), tmp_path / "alone")
    assert not (alone.sweep["direction"] == "other").any()
    assert alone.cards[0]["other_concept"] is None


def test_whole_answers_are_written_where_asked_for(clone, tmp_path):
    folder = str(clone / "tests" / "fixtures" / "answers" / "model")
    plan = Plan(
        settings=("BASE",), test_groups=1, train_groups=2, validation_groups=1, map_items=1,
        random_vectors=1, replies=0, whole_answers=True,
    )  # fmt: skip
    sweep = measure(folder, tiny.concept(), plan, tmp_path / "run").sweep
    assert np.isfinite(sweep["answer_propensity"]).all()
    assert (sweep["answer_propensity"] != sweep["propensity"]).any()


def test_results_of_several_runs_are_read_as_one(done):
    folder, results = done
    twice = read_results([folder, folder])
    assert len(twice.sweep) == 2 * len(results.sweep)
    assert len(twice.items) == len(results.items)
    assert len(twice.cards) == 2
