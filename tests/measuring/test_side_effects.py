"""Side effects over layers: changes are those of plain hooks, and what is kept stays kept."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from steering.concepts import load_concept
from steering.measuring import side_effects
from steering.measuring.doses import FEW_DOSES
from steering.measuring.matrix_runs import finished_run, trained_on
from steering.measuring.measure import measure
from steering.measuring.side_effects import (
    first_questions,
    layers_tried,
    measure_side_effects,
    residual_norms,
)
from steering.models import loading
from steering.models.loading import load_model
from steering.records.directions import CONTRASTIVE, RANDOM
from steering.vectors.controls import random_vectors
from tests.support import oracle, tiny
from tests.support.small import LEAST, listing

NAMES = ("frugal", "thrift", "honest")
PLAN = replace(LEAST, test_groups=3)


@pytest.fixture(scope="module")
def runs(model, tmp_path_factory):
    """Runs of three concepts."""
    top = tmp_path_factory.mktemp("runs") / "tiny"
    for name in NAMES:
        measure(model, tiny.concept() if name == "thrift" else load_concept(name), PLAN, top / name)
    return [top / name for name in NAMES]


@pytest.fixture(scope="module")
def measured(model, runs, tmp_path_factory):
    """What was measured of them, and where it is kept."""
    kept = tmp_path_factory.mktemp("kept")
    return (*measure_side_effects(model, runs, kept), kept)


@pytest.fixture
def unloaded(monkeypatch):
    """In this test no model may be loaded."""

    def load(*_, **__):
        pytest.fail("nothing is missing")

    monkeypatch.setattr(loading, "load_model", load)


def test_layers_are_spread_evenly_and_the_last_is_one_of_them():
    assert layers_tried(2) == (0, 1)
    assert layers_tried(8) == tuple(range(8))
    some = layers_tried(30)
    assert len(some) == side_effects.LAYERS
    assert some[-1] == 29
    assert {*np.diff(some)} <= {3, 4}


def test_every_vector_is_tried_on_every_concept_at_every_layer_and_dose(model, runs, measured):
    table, refused, _ = measured
    assert refused == {}
    depth = load_model(model).depth
    vectors = table[table["direction"] == CONTRASTIVE]
    assert {*zip(vectors["concept"], vectors["vector_concept"], strict=True)} == {
        (one, other) for one in NAMES for other in NAMES
    }
    assert {*table["layer"]} == {*layers_tried(depth)}
    assert {*table["dose"]} == {*FEW_DOSES}
    each = table.groupby(["concept", "layer", "dose"]).size()
    assert {*each} == {len(NAMES) + side_effects.RANDOM_VECTORS}


def test_a_change_is_that_of_plain_hooks_at_its_dose(model, runs, measured):
    """The dose is made true here: of the residual stream that plain hooks read."""
    table, _, _ = measured
    module = load_model(model).module
    run, other = (finished_run(folder) for folder in runs[:2])
    for layer, norm in residual_norms(run).items():
        own = torch.from_numpy(run.vector(layer))
        here = table[(table["concept"] == run.concept) & (table["layer"] == layer)]
        tried = {
            (CONTRASTIVE, other.concept, 0): torch.from_numpy(other.vector(layer)),
            (RANDOM, "", 1): random_vectors(2, own, PLAN.seed)[1],
        }
        for which, vector in tried.items():
            of = here.set_index(["direction", "vector_concept", "number"]).index == which
            rows = here[of]
            assert len(rows) == len(FEW_DOSES)
            for row in rows.to_dict("records"):
                push = vector * (row["dose"] * norm / float(vector.norm()))
                assert row["multiplier"] * float(vector.norm()) == pytest.approx(float(push.norm()))
                changes = [
                    moved(module, run, one, layer, push) - moved(module, run, one, layer, 0 * push)
                    for one in asked(run)
                ]
                assert row["change"] == pytest.approx(np.mean(changes), abs=2e-5)
                assert row["questions"] == len({one["item"] for one in asked(run)})


def asked(run):
    """The rows of the questions that are asked, with their text."""
    items = {(one.item, one.order) for one in first_questions(run)}
    return [one for one in run.questions.to_dict("records") if (one["item"], one["order"]) in items]


def moved(module, run, question, layer, push):
    return oracle.propensity(
        module, tiny.tokenizer(), question["text"], question["positive_letter"],
        layer=layer, steer=oracle.adding(push),
    )  # fmt: skip


def test_the_residual_stream_is_as_long_as_the_run_says(runs):
    for folder in runs:
        run = finished_run(folder)
        norms = residual_norms(run)
        assert norms[run.layer] == pytest.approx(run.card["residual_norm"], rel=1e-3)


def test_what_is_there_is_not_measured_again(model, runs, measured, unloaded):
    table, _, kept = measured
    before = listing(kept)
    again, refused = measure_side_effects(model, runs, kept)
    assert refused == {}
    assert again.equals(table)
    assert listing(kept) == before


def test_a_vector_that_was_trained_on_a_question_is_not_tried_on_it(
    model, runs, tmp_path, monkeypatch
):
    first = first_questions(finished_run(runs[0]))[0].item

    def seen(asked, other):
        there = asked.concept == NAMES[0] and other.concept == NAMES[2]
        return {first} if there else trained_on(asked, other)

    monkeypatch.setattr(side_effects, "trained_on", seen)
    table, _ = measure_side_effects(model, runs, tmp_path)
    of_first = table[(table["concept"] == NAMES[0]) & (table["direction"] == CONTRASTIVE)]
    questions = of_first.groupby("vector_concept")["questions"].unique().map(list)
    assert questions[NAMES[2]] == [questions[NAMES[0]][0] - 1]


def test_a_run_without_neutral_texts_is_refused_and_keeps_no_other_from_it(model, runs, tmp_path):
    bare = tmp_path / "curious"
    measure(model, load_concept("curious"), replace(PLAN, neutral_texts=0), bare)
    table, refused = measure_side_effects(model, [*runs[:2], bare], tmp_path / "kept")
    assert list(refused) == [bare]
    assert "measure it with neutral texts" in refused[bare]
    assert {*table["concept"]} == {*NAMES[:2]}
    alone, _ = measure_side_effects(model, runs[:1], tmp_path / "alone")
    assert alone.empty


def test_the_price_is_told_before_it_is_measured(model, runs, tmp_path):
    told = []
    measure_side_effects(model, runs, tmp_path, announce=told.append)
    (price,) = told
    assert price.seconds > 0
    assert "on the questions of 3 concepts" in price.parts[0].name
