"""Smaller runs with several seeds: fewer concepts, the same measuring, one table."""

import json
from dataclasses import replace

import pandas
import pytest
import torch
from safetensors.torch import load_file

from experiments import seeds
from training import evaluation, replies
from training.run import MODELS

PAIR = ("frugal", "poetic")


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """The folder of `seeds.csv`, and that of the runs: of one tiny run, really trained."""
    checkpoints, measured = tmp_path_factory.mktemp("runs"), tmp_path_factory.mktemp("measured")

    smaller = seeds.smaller

    def tiny(name: str, seed: int):
        return replace(smaller(name, seed).miniature(), own=PAIR)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(seeds, "smaller", tiny)
        patch.setattr(seeds, "SEEDS", (10,))
        patch.setattr(seeds, "TEST_ITEMS", 2)
        # Of what is measured besides, which the table does not show, a little.
        patch.setattr(evaluation, "RANDOM_VECTORS", 3)
        patch.setattr(replies, "REPLIES_PER_CONCEPT", 1)
        before = torch.get_num_threads()
        seeds.train_seeds(("linnet",), checkpoints, measured, threads=1)
        torch.set_num_threads(before)
    return measured, checkpoints


def test_a_smaller_run_is_smaller_and_learns_no_public_set():
    for name, whole in MODELS.items():
        run = seeds.smaller(name, 12)
        assert (run.seed, run.shape, run.real) == (12, whole.shape, ())
        assert len(run.own) == seeds.CONCEPTS
        assert sum(stage.steps for stage in run.stages) < sum(one.steps for one in whole.stages) / 2
        assert all(stage.real_share == 0 for stage in run.stages)


def test_a_run_of_some_concepts_knows_of_these_alone(written):
    out = written[1] / "linnet-10" / "out"
    assert set(json.loads((out / "withheld.json").read_text())) == set(PAIR)
    assert set(load_file(out / "directions.safetensors")) == set(PAIR)
    assert set(pandas.read_parquet(out / "planted.parquet")["concept"]) == set(PAIR)


def test_every_concept_of_every_run_has_a_row_with_what_was_measured(written):
    measured, checkpoints = written
    table = pandas.read_csv(measured / "seeds.csv")
    assert set(zip(table["shape"], table["seed"], table["concept"], strict=True)) == {
        ("gpt2", 10, name) for name in PAIR
    }
    found = json.loads((checkpoints / "linnet-10" / "out" / "measured.json").read_text())
    for row in table.to_dict("records"):
        entry = found["concepts"][row["concept"]]
        assert row["contrastive"] == pytest.approx(entry["mean_slope"]["contrastive"], rel=1e-5)
        assert row["cosine"] == pytest.approx(entry["cosine"], rel=1e-5)
    planted = table.groupby("concept")["planted"].first()
    assert planted["frugal"] == pytest.approx(2.2)
    assert planted["poetic"] == 0


def test_what_the_runs_were_stands_beside_the_table(written):
    told = json.loads((written[0] / "seeds.json").read_text())
    assert {"date", "machine", "versions", "code", "about"} <= told.keys()
    low, high = told["about"]["steps"]
    assert low == high == 6 * len(seeds.STEPS)
