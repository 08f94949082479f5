"""`measure`: what it writes, and that it measures nothing that is there."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from steering.errors import Refused
from steering.measuring import identity
from steering.measuring.measure import measure
from steering.measuring.plan import Plan
from steering.prompts import template
from steering.records.results import read_results
from steering.records.tables import SETTINGS, SHIFTS, STEERABILITY_KEY, SWEEP_KEY
from tests.support import tiny
from tests.support.small import SMALL, listing, write_concept
from tests.support.written import file_of, line


def moved(monkeypatch, version="0.0.1"):
    """From now on another version of transformers is installed."""
    known = identity.version
    monkeypatch.setattr(
        identity, "version", lambda name: version if name == "transformers" else known(name)
    )


def otherwise(monkeypatch):
    """From now on the same files give another prompt."""
    known = template._applied
    monkeypatch.setattr(template, "_applied", lambda *asked: known(*asked) + " ")


def test_another_version_that_renders_alike_measures_nothing(
    model, done, counted, tmp_path, monkeypatch
):
    folder = shutil.copytree(done[0], tmp_path / "thrift")
    moved(monkeypatch)
    before = listing(folder)
    found = measure(model, tiny.concept(), SMALL, folder)
    assert not counted.anything()
    pd.testing.assert_frame_equal(found.sweep, done[1].sweep, check_exact=True)
    assert listing(folder) != before
    # It has been looked at, and is not looked at again.
    loaded = list(counted.loaded)
    before = listing(folder)
    measure(model, tiny.concept(), SMALL, folder)
    assert (counted.loaded, listing(folder)) == (loaded, before)


def test_another_version_that_renders_otherwise_is_refused_or_measures_anew(
    model, done, counted, tmp_path, monkeypatch
):
    folder = shutil.copytree(done[0], tmp_path / "thrift")
    moved(monkeypatch)
    otherwise(monkeypatch)
    before = listing(folder)
    with pytest.raises(Refused, match=r"renders differently now: name another folder.*--fresh"):
        measure(model, tiny.concept(), SMALL, folder)
    assert listing(folder) == before
    assert not counted.anything()
    found = measure(model, tiny.concept(), SMALL, folder, fresh=True)
    assert counted.pairs > 0
    assert (found.sweep["propensity"] != done[1].sweep["propensity"]).any()
    afresh = measure(model, tiny.concept(), SMALL, tmp_path / "afresh")
    pd.testing.assert_frame_equal(found.sweep, afresh.sweep, check_exact=True)
    rendered = [results.cards[0]["rendered"] for results in (done[1], found, afresh)]
    assert rendered[0] != rendered[1] == rendered[2]


def test_what_is_asked_for_besides_is_not_mixed_with_what_was_rendered_otherwise(
    model, done, counted, tmp_path, monkeypatch
):
    """The same version, the same files: a template may look at whatever it likes."""
    folder = shutil.copytree(done[0], tmp_path / "thrift")
    otherwise(monkeypatch)
    with pytest.raises(Refused, match="renders differently now"):
        measure(model, tiny.concept(), replace(SMALL, whole_answers=True), folder)
    assert not counted.anything()


def test_another_template_in_the_models_folder_is_another_model(done, model, tmp_path):
    changed = Path(shutil.copytree(model, tmp_path / "tiny-llama"))
    folder = shutil.copytree(done[0], tmp_path / "thrift")
    jinja = changed / "chat_template.jinja"
    jinja.write_text(jinja.read_text().replace("<|end|>", "<|end|> "))
    (folder / "plan.json").write_text(
        (folder / "plan.json").read_text().replace(model, str(changed))
    )
    with pytest.raises(Refused, match=r"results of another plan \(other revision\)"):
        measure(str(changed), tiny.concept(), SMALL, folder)


def test_every_table_is_there_with_its_key(done):
    folder, results = done
    assert {file.name for file in folder.iterdir()} == {
        "items.parquet", "prompts.parquet", "sweep.parquet", "steerability.parquet",
        "predictors.parquet", "vector.safetensors", "card.json", "plan.json", "stages",
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
    away = controls[controls["prompt_setting"] != "BASE"]
    shifts = away.groupby(["vector_setting", "prompt_setting"])
    assert set(shifts.groups) == set(SHIFTS)
    assert (shifts["number"].unique().map(list).map(sorted) == [[0, 1, 2, 3]] * 4).all()
    assert set(away["direction"]) == {"resampled"}
    points = prompts * len(SMALL.multipliers_of("resampled"))
    assert (away.groupby(["vector_setting", "prompt_setting", "number"]).size() == points).all()
    controls = controls[controls["prompt_setting"] == "BASE"]
    assert set(controls["vector_setting"]) == {"BASE"}
    each = controls.drop_duplicates(["direction", "number"])
    assert each["direction"].astype("str").value_counts().to_dict() == {
        "resampled": 4, "random": 3, "shuffled": 2, "perturbed": 1, "other": 1,
    }  # fmt: skip
    for _, some in each.groupby("direction"):
        assert list(some["number"]) == list(range(len(some)))
    for (kind, _), some in controls.groupby(["direction", "number"]):
        assert len(some) == prompts * len(SMALL.multipliers_of(kind))
        assert set(some["multiplier"]) == set(SMALL.multipliers_of(kind))
    assert controls["letter_mass"].isna().all()
    assert results.sweep.loc[results.sweep["direction"] == "contrastive", "letter_mass"].min() > 0
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


@pytest.mark.parametrize("count", [10, 20])
def test_a_file_of_few_statements_is_measured_from_end_to_end(count, model, tmp_path):
    """Refused before, wherever no statement's hash happened to fall to validation."""
    file = file_of(tmp_path, [line(number) for number in range(count)])
    results = measure(model, file, replace(SMALL, settings=("BASE",)), tmp_path / "run")
    groups = results.items.groupby("split")["group"].nunique()
    assert groups["train"] == min(SMALL.train_groups or count, count * 4 // 10)
    assert groups["validation"] == min(SMALL.validation_groups or count, count // 10)
    assert groups["test"] == min(SMALL.test_groups or count, count // 2)
    slopes = results.steerability.query("direction == 'contrastive'")
    assert np.isfinite(slopes["steerability"]).all()
    assert results.items["group"].nunique() == groups.sum()
