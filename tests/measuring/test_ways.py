"""Ways: each differs from the usual one in one thing, is measured once, and is priced before."""

from __future__ import annotations

from dataclasses import replace

import pytest

from steering.errors import Interrupted
from steering.measuring.measure import measure
from steering.measuring.plan import Plan
from steering.measuring.ways import (
    USUAL,
    Usual,
    folder_of,
    jobs_of_ways,
    measure_ways,
    other_ways,
    plan_of,
)
from steering.models import loading
from steering.models.loading import load_model
from steering.records.directions import GIVEN
from steering.records.results import read_results
from steering.records.run_card import read_card
from steering.records.strength import OPERATING, read_strength
from steering.vectors.makers import MAKERS
from steering.vectors.operators import OPERATORS
from tests.support.small import LEAST, write_concept

OPTIONS = {
    name: getattr(LEAST, name)
    for name in (
        *("test_groups", "train_groups", "validation_groups", "random_vectors"),
        *("resampled_vectors", "shuffled_vectors", "neutral_texts", "wide_groups"),
    )
} | {"settings": ("BASE", "USER_POS")}


@pytest.fixture(scope="module")
def usual(model, tmp_path_factory):
    """The run of a concept by the usual way."""
    top = tmp_path_factory.mktemp("usual")
    concept = str(write_concept(top / "thrift"))
    run = top / "runs" / "thrift"
    measure(model, concept, replace(LEAST, **OPTIONS, other_concept=""), run)
    return Usual(concept, run, OPTIONS)


@pytest.fixture(scope="module")
def measured(model, usual, tmp_path_factory):
    """All of its ways."""
    out = tmp_path_factory.mktemp("ways")
    assert measure_ways(model, [usual], out) == {}
    return out


def test_a_way_differs_from_the_usual_one_in_one_thing():
    ways = other_ways()
    assert len({*ways}) == len(ways) == len(OPERATORS) + len(MAKERS) - 3
    for operator, maker in ways:
        assert (operator == USUAL[0]) != (maker == USUAL[1])
    assert GIVEN not in {maker for _, maker in ways}


def test_the_plan_keeps_the_items_and_measures_little_else():
    plan = plan_of(("clamp", "mean"), {"test_groups": None, "settings": ("BASE", "SYS_POS")}, 3)
    assert (plan.operator, plan.maker, plan.layers) == ("clamp", "mean", (3,))
    assert (plan.test_groups, plan.settings, plan.random_vectors) == (None, ("BASE",), 20)
    assert plan.validation_groups == Plan.validation_groups
    every = plan_of(("add", "settings_mean"), {"settings": ("BASE", "SYS_POS")}, 3)
    assert every.settings == ("BASE", "SYS_POS")
    assert plan_of(("clamp", "mean"), {"random_vectors": 200}, 0).random_vectors == 20
    assert plan_of(("clamp", "mean"), {"random_vectors": 3}, 0).random_vectors == 3


def test_each_way_has_its_operating_point_at_the_layer_of_the_usual_run(usual, measured):
    layer = read_card(usual.run)["layer"]
    for way in other_ways():
        folder = folder_of(measured, way, "thrift")
        card = read_card(folder)
        assert (card["plan"]["operator"], card["plan"]["maker"]) == way
        assert card["layer"] == layer
        assert card["operating"]["multiplier"] > 0
        assert OPERATING in {*read_strength([folder], "wide")["role"]}
    both = [usual.run, folder_of(measured, other_ways()[0], "thrift")]
    asked = [{*read_results([one]).items.query("split == 'test'")["item"]} for one in both]
    assert asked[0] == asked[1]


def test_what_is_there_is_not_measured_again(model, usual, measured, monkeypatch):
    def load(*_, **__):
        pytest.fail("nothing is missing")

    monkeypatch.setattr(loading, "load_model", load)
    assert jobs_of_ways(model, usual, measured, read_card(usual.run)["layer"]) == []
    assert measure_ways(model, [usual], measured) == {}


def test_the_model_is_loaded_once_and_the_price_told_before(model, usual, tmp_path, monkeypatch):
    loads, told = [], []

    def load(*names, **options):
        loads.append(names)
        return load_model(*names, **options)

    def announce(price):
        assert not (tmp_path / "ways").exists()
        told.append(price)

    monkeypatch.setattr(loading, "load_model", load)
    monkeypatch.setattr("steering.measuring.ways.other_ways", lambda: other_ways()[:2])
    other = replace(usual, run=usual.run.parent / "missing")
    refused = measure_ways(model, [other, usual], tmp_path / "ways", announce=announce)
    assert [*refused] == [other.run]
    assert "has no card.json" in refused[other.run]
    assert len(loads) == len(told) == 1
    assert told[0].parts[0].name == "up to 2 other ways for 1 concepts"
    assert told[0].seconds > 0


def test_a_model_that_cannot_be_loaded_is_said_for_every_way(usual, tmp_path):
    refused = measure_ways("wrenn", [usual], tmp_path)
    assert all("wrenn" in sentence for sentence in refused.values())
    assert refused


def test_a_service_that_gives_no_answer_for_now_refuses_nothing(
    model, usual, tmp_path, monkeypatch
):
    def silent(*_, **__):
        raise Interrupted("no answer yet")

    monkeypatch.setattr("steering.measuring.ways.run_jobs", silent)
    with pytest.raises(Interrupted, match="no answer yet"):
        measure_ways(model, [usual], tmp_path)
