"""The matrix: its slopes are those of plain hooks, and nothing that is there is measured again."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from steering.analysis.curves import curve_table
from steering.analysis.specificity import specificity
from steering.concepts import load_concept
from steering.errors import Refused
from steering.measuring.matrix import PAIRS, measure_matrix
from steering.measuring.matrix_runs import finished_run
from steering.measuring.measure import measure
from steering.measuring.plan import MULTIPLIERS, Plan
from steering.measuring.stand_ins import commit
from steering.models import loading
from steering.models.loading import load_model
from steering.records.matrix import matrix_file, not_compared, read_matrix, read_stored
from steering.records.results import read_results
from steering.steerability import few_multipliers
from steering.storage import locked, write_json
from steering.vectors.arithmetic import rescaled
from tests.support import oracle, tiny
from tests.support.small import LEAST, listing

NAMES = ("frugal", "thrift", "honest")
PLAN = replace(LEAST, multipliers=MULTIPLIERS, test_groups=3)


@pytest.fixture(scope="module")
def measured(model, tmp_path_factory):
    """Runs of three concepts, and their whole matrix."""
    top = tmp_path_factory.mktemp("runs") / "tiny"
    for name in NAMES:
        measure(model, tiny.concept() if name == "thrift" else load_concept(name), PLAN, top / name)
    assert measure_matrix(model, [top / name for name in NAMES]) == {}
    return top


@pytest.fixture
def runs(measured, tmp_path):
    """The same runs without a matrix, for one test alone."""
    ignored = shutil.ignore_patterns("matrix", "stages")
    shutil.copytree(measured, tmp_path / "runs" / "tiny", ignore=ignored)
    return [tmp_path / "runs" / "tiny" / name for name in NAMES]


@pytest.fixture
def loads(monkeypatch):
    """How often a model is loaded in a test."""
    names = []

    def counted(name, **options):
        names.append(name)
        return load_model(name, **options)

    monkeypatch.setattr(loading, "load_model", counted)
    return names


def same(one, other):
    key = ["concept", "vector_concept", "item", "order"]
    pd.testing.assert_frame_equal(
        one.sort_values(key, ignore_index=True), other.sort_values(key, ignore_index=True),
        rtol=1e-4, atol=1e-5,
    )  # fmt: skip


def test_every_vector_is_tried_on_all_questions_of_the_others(measured):
    folders = [measured / name for name in NAMES]
    table = read_matrix(folders)
    pairs = {(one, other) for one in NAMES for other in NAMES if one != other}
    assert set(zip(table["concept"], table["vector_concept"], strict=True)) == pairs
    assert not_compared(folders) == {}
    for folder in folders:
        run, part = finished_run(folder), table[table["concept"] == folder.name]
        assert set(part["layer"]) == {run.layer}
        asked = {(row["item"], row["order"]) for row in run.questions.to_dict("records")}
        for _, cell in part.groupby("vector_concept"):
            assert set(zip(cell["item"], cell["order"], strict=True)) == asked


@pytest.mark.parametrize("name", NAMES)
def test_a_slope_is_that_of_plain_hooks(name, measured, model):
    """At few multipliers, and at all those of the plan: curves here hardly bend."""
    module = load_model(model).module
    run, table = finished_run(measured / name), read_matrix([measured / name])
    own = torch.from_numpy(run.vector(run.layer))
    for row in table.groupby("vector_concept").head(3).to_dict("records"):
        question = run.questions.query("item == @row['item'] and order == @row['order']").iloc[0]
        other = finished_run(measured / row["vector_concept"]).vector(run.layer)
        vector = rescaled(torch.from_numpy(other), own)
        assert float(vector.norm()) == pytest.approx(float(own.norm()), rel=1e-5)

        def slope(multipliers, question=question, vector=vector):
            moved = [
                oracle.propensity(
                    module, tiny.tokenizer(), question["text"], question["positive_letter"],
                    layer=run.layer, steer=oracle.adding(times * vector),
                )
                for times in multipliers
            ]  # fmt: skip
            return np.polyfit(multipliers, moved, 1)[0]

        few = few_multipliers(PLAN.multipliers, PAIRS)
        assert len(few) == 5 < len(PLAN.multipliers)
        assert row["steerability"] == pytest.approx(slope(few), abs=2e-5)
        assert row["steerability"] == pytest.approx(slope(PLAN.multipliers), rel=0.01, abs=2e-3)


def test_what_is_there_is_not_measured_again_and_no_file_is_written(measured, model, loads):
    before = listing(measured / "matrix")
    assert measure_matrix(model, [measured / name for name in NAMES]) == {}
    assert loads == []
    assert listing(measured / "matrix") == before


def test_where_nothing_is_missing_no_torch_is_loaded(measured, model):
    folders = [str(measured / name) for name in NAMES]
    code = (
        "import sys; from pathlib import Path\n"
        "from steering.measuring.matrix import measure_matrix\n"
        f"assert measure_matrix({model!r}, [Path(one) for one in {folders!r}]) == {{}}\n"
        "assert 'torch' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_concept_that_joins_costs_its_row_and_its_column(runs, measured, model, counted, loads):
    assert measure_matrix(model, runs[:2]) == {}
    questions = [len(finished_run(run).questions) for run in runs]
    assert counted.copies == 4 * (questions[0] + questions[1])
    before = read_matrix(runs[:2])
    counted.copies = 0
    assert measure_matrix(model, runs) == {}
    assert counted.copies == 4 * (questions[0] + questions[1] + 2 * questions[2])
    assert len(loads) == 2, "once for all concepts, each time"
    whole = read_matrix(runs)
    same(whole, read_matrix([measured / name for name in NAMES]))
    kept = whole.merge(before, on=list(before.columns))
    assert len(kept) == len(before), "what was there is there bit by bit"


def test_a_concept_that_leaves_takes_its_vector_along(runs, model, counted):
    measure_matrix(model, runs)
    counted.copies = 0
    assert measure_matrix(model, runs[:2]) == {}
    assert counted.copies == 0
    assert set(read_matrix(runs[:2])["vector_concept"]) == {"frugal", "thrift"}


def test_a_run_measured_anew_with_the_same_vectors_and_questions_is_only_noted(
    runs, model, counted
):
    measure_matrix(model, runs)
    card = json.loads((runs[0] / "card.json").read_text())
    write_json(card | {"plan_hash": "with more random vectors"}, runs[0] / "card.json")
    assert read_matrix(runs[:1]).empty
    counted.copies = 0
    assert measure_matrix(model, runs) == {}
    assert counted.copies == 0
    assert len(read_matrix(runs[:1])) == 2 * len(finished_run(runs[0]).questions)


def test_a_run_that_is_not_finished_keeps_no_other_from_being_measured(runs, model):
    (runs[1] / "card.json").unlink()
    refused = measure_matrix(model, runs)
    assert list(refused) == [runs[1]]
    assert "has no card.json" in refused[runs[1]]
    assert set(read_matrix([runs[0]])["vector_concept"]) == {"honest"}
    assert not_compared(runs) == {"thrift": refused[runs[1]]}


def test_a_damaged_table_is_measured_again(runs, measured, model):
    measure_matrix(model, runs)
    matrix_file(runs[0]).write_bytes(b"damaged")
    assert measure_matrix(model, runs) == {}
    same(read_matrix(runs), read_matrix([measured / name for name in NAMES]))


def test_a_model_that_is_not_there_is_said_of_every_concept(runs, tmp_path):
    refused = measure_matrix(str(tmp_path / "no" / "model"), runs)
    assert set(refused) == set(runs)
    assert len(set(refused.values())) == 1
    assert set(not_compared(runs)) == set(NAMES)
    assert read_matrix(runs).empty


def test_other_weights_than_those_of_the_runs_are_refused(runs, tmp_path):
    other = str(tiny.save(tmp_path / "other", seed=1))
    refused = measure_matrix(other, runs)
    assert set(refused) == set(runs)
    assert all("was measured on other weights" in sentence for sentence in refused.values())


def test_vectors_of_other_weights_are_not_tried(runs, model):
    card = json.loads((runs[2] / "card.json").read_text())
    card["model"]["revision"] = "another"
    write_json(card, runs[2] / "card.json")
    refused = measure_matrix(model, runs)
    assert list(refused) == [runs[2]]
    assert "no other concept's vector was made on these weights" in refused[runs[2]]
    assert set(read_matrix(runs[:2])["vector_concept"]) == {"frugal", "thrift"}


def test_questions_that_another_vector_learned_from_are_left_out(runs, model):
    items = pd.read_parquet(runs[1] / "items.parquet")
    asked = pd.read_parquet(runs[0] / "items.parquet").query("split == 'test'").iloc[0]
    trained = items.index[items["split"] == "train"][0]
    items.loc[trained, "statement_hash"] = asked["statement_hash"]
    items.to_parquet(runs[1] / "items.parquet")
    measure_matrix(model, runs)
    table = read_matrix([runs[0]])
    under = {name: set(part["item"]) for name, part in table.groupby("vector_concept")}
    assert under["honest"] - under["thrift"] == {asked["item"]}


def test_vectors_of_committed_runs_are_tried_and_their_questions_are_not(runs, measured, model):
    kept = commit(measured / "honest", runs[0].parents[1] / "measured" / "honest")
    # What others did on its questions is committed beside it, at single precision.
    same(read_matrix([kept]), read_matrix([measured / "honest"]))
    before = listing(kept.parent)
    assert measure_matrix(model, runs[:2], [kept]) == {}
    assert listing(kept.parent) == before
    whole = read_matrix([measured / name for name in NAMES[:2]])
    same(read_matrix(runs[:2]), whole)


def test_a_folder_that_another_process_is_at_is_refused(runs, model):
    with (
        locked(matrix_file(runs[0]).parent, "held"),
        pytest.raises(Refused, match=r"are being tried in .* already"),
    ):
        measure_matrix(model, runs)
    assert not matrix_file(runs[0]).exists()


def test_the_file_names_what_it_was_measured_from(measured):
    _, about = read_stored(measured / "frugal")
    card = json.loads((measured / "frugal" / "card.json").read_text())
    assert about.run == card["plan_hash"]
    assert set(about.vectors) == {"thrift", "honest"}


PLANTED = ("tidy", "frugal", "honest", "sporty")


def test_on_our_own_concepts_the_own_vector_is_ahead_of_unrelated_ones(tmp_path):
    """Planted truth: the model was trained so that each moves the answers along its direction."""
    plan = Plan(
        settings=("BASE",), test_groups=8, train_groups=40, validation_groups=4, map_items=1,
        random_vectors=0, resampled_vectors=0, shuffled_vectors=0, perturbed_vectors=0, replies=0,
    )  # fmt: skip
    runs = [tmp_path / "wren" / name for name in PLANTED]
    for run in runs:
        measure("wren", run.name, plan, run)
    assert measure_matrix("wren", runs) == {}
    table = specificity(curve_table(read_results(runs)), read_matrix(runs))
    assert set(table["concept"]) == set(PLANTED)
    assert (table["rank"] == 1).all()
    assert (table["others"] == len(PLANTED) - 1).all()
    assert (table["ahead_low"] > 0.5 * table["own"]).all()
    assert (table["spread"] < 0.4 * table["own"]).all()


def test_a_given_vector_stands_beside_those_made_here(measured, model, tmp_path):
    """The given one on the others' questions at its own layer alone, theirs on its questions."""
    top = tmp_path / "tiny"
    shutil.copytree(measured, top, ignore=shutil.ignore_patterns("matrix", "stages", "thrift"))
    layers = {name: finished_run(top / name).layer for name in ("frugal", "honest")}
    at = layers["frugal"]
    torch.save({at: torch.linspace(-1, 1, 32)}, tmp_path / "v.pt")
    plan = replace(PLAN, vector=str(tmp_path / "v.pt"))
    measure(model, tiny.concept(), plan, top / "thrift")
    folders = [top / name for name in NAMES]
    assert measure_matrix(model, folders) == {}
    table = read_matrix(folders)
    pairs = set(zip(table["concept"], table["vector_concept"], table["maker"], strict=True))
    expected = {
        ("thrift", "frugal", "mean"), ("thrift", "honest", "mean"),
        ("frugal", "thrift", "given"), ("frugal", "honest", "mean"), ("honest", "frugal", "mean"),
    }  # fmt: skip
    if layers["honest"] == at:
        expected.add(("honest", "thrift", "given"))
    assert pairs == expected
    found = specificity(curve_table(read_results(folders)), table).set_index("concept")
    assert found.loc["thrift", "others"] == 2
    assert found.loc["frugal", "others"] == 2


def test_the_same_given_vector_is_not_held_to_itself(model, tmp_path):
    torch.save({1: torch.linspace(-1, 1, 32)}, tmp_path / "v.pt")
    plan = replace(PLAN, vector=str(tmp_path / "v.pt"), replies=0, other_concept="")
    folders = [tmp_path / "tiny" / name for name in ("frugal", "honest")]
    for folder in folders:
        measure(model, load_concept(folder.name), plan, folder)
    refused = measure_matrix(model, folders)
    assert set(refused) == set(folders)
    assert "without the vector that is given for this one" in refused[folders[0]]
