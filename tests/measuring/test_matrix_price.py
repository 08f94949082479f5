"""The price of the specificity matrix: nothing for what has been tried already."""

from __future__ import annotations

from dataclasses import replace

import pytest

from steering.forward.operations import work_of
from steering.measuring import matrix_price
from steering.measuring.matrix import PAIRS, measure_matrix
from steering.measuring.matrix_price import Asking, price_of_others, untried
from steering.measuring.matrix_runs import finished_run, prompts_of
from steering.measuring.measure import measure
from steering.measuring.price import Speed
from steering.models.loading import load_model
from tests.support.small import LEAST

NAMES = ("frugal", "tidy")
PLAN = replace(LEAST, other_concept="", replies=0)


@pytest.fixture
def runs(model, tmp_path):
    folders = {name: tmp_path / name for name in NAMES}
    for name, folder in folders.items():
        measure(model, name, PLAN, folder)
    return folders


def test_what_has_been_tried_is_not_counted(runs, model):
    frugal, others = runs["frugal"], {"tidy": runs["tidy"]}
    assert untried(frugal, others) == 1
    told = []
    measure_matrix(model, list(runs.values()), announce=told.append)
    assert untried(frugal, others) == 0
    assert untried(frugal, others | {"honest": None}) == 1, "it is measured anew"
    assert untried(frugal.with_name("none"), others) == 1
    # A run that has no vector is left out, as it is when the others are tried.
    assert untried(frugal, {"none": frugal.with_name("none")}) == 0
    (price,) = told
    assert price.parts[0].name == "up to 1 vectors on the questions of 2 concepts"
    measure_matrix(model, list(runs.values()), announce=told.append)
    assert len(told) == 1, "nothing is missing"


def test_the_price_is_that_of_all_copies(runs, model, monkeypatch):
    monkeypatch.setattr(matrix_price, "speed_of", lambda *_: Speed(0.0, 1e6))
    loaded, prompts = load_model(model), prompts_of(finished_run(runs["tidy"]))
    asked = [Asking(prompts, 1), Asking(prompts, 3)]
    price = price_of_others(loaded, asked, 2 * PAIRS)
    ids, layer = [one.unsteered_ids for one in prompts], loaded.depth // 2
    each = [work_of(loaded, ids, [None, *[layer] * (4 * count)]) for count in (1, 3)]
    assert price.parts[0].work == each[0] + each[1]
