"""One layer for all concepts: the best mean over a few sets, and the paper's for its models."""

from __future__ import annotations

from dataclasses import replace

import pytest

from steering.errors import Refused
from steering.measuring import job, one_layer
from steering.measuring.kept import Kept
from steering.measuring.layer import choose_layer
from steering.measuring.measure import measure
from steering.measuring.plan import Plan, plan_of_service
from steering.measuring.run import Run
from tests.support import tiny
from tests.support.small import LEAST

PLAN = replace(LEAST, other_concept="", layers="one")


def sets():
    """Two concepts, of which the second is the other way round and half as long."""
    turned = tuple(replace(item, positive=1 - item.positive) for item in tiny.concept().items[:40])
    return tiny.concept(), replace(tiny.concept(), name="turned", items=turned)


def test_it_is_the_best_mean_over_the_sets(model, tmp_path, monkeypatch):
    monkeypatch.setattr(job, "_layer_sets", lambda *_: sets())
    found = measure(model, tiny.concept(), PLAN, tmp_path / "one").cards[0]
    sizes = {"train_groups": one_layer.TRAINED, "validation_groups": one_layer.TRIED}
    own = [
        measure(model, one, replace(PLAN, layers="auto", **sizes), tmp_path / one.name).cards[0]
        for one in sets()
    ]
    slopes = [card["validation_slopes"] for card in own]
    expected = {int(at): (slopes[0][at] + slopes[1][at]) / 2 for at in slopes[0]}
    assert {int(at): s for at, s in found["validation_slopes"].items()} == pytest.approx(
        expected, abs=1e-4
    )
    assert found["layer"] == choose_layer(expected)


def test_sets_are_swept_once_for_all_concepts_of_a_model(model, tmp_path, monkeypatch):
    monkeypatch.setattr(job, "_layer_sets", lambda *_: sets())
    measure(model, tiny.concept(), PLAN, tmp_path / "one")
    monkeypatch.setattr(one_layer, "_slopes", lambda *_: pytest.fail("swept again"))
    measure(model, tiny.concept(50), PLAN, tmp_path / "two")


class Named:
    """A model of the paper, of which only the name is looked at."""

    name, revision = "Qwen/Qwen1.5-14B-Chat@main", "main"


def test_a_model_of_the_paper_has_the_paper_s_layer(monkeypatch):
    monkeypatch.setattr(one_layer, "layer_slopes", lambda _: {20: 2.0, 21: 1.0})
    run = Run(Named, tiny.concept(), PLAN, Kept(None, {}))  # type: ignore[arg-type]
    assert one_layer.layer_chosen(run, None, range(40)) == (21, {21: 1.0})  # type: ignore[arg-type]


def test_a_service_is_not_asked_for_a_sweep_over_several_sets():
    with pytest.raises(Refused, match="layers 'one' are chosen by a sweep over several data sets"):
        plan_of_service("owner/name", Plan(layers="one"), None)


def test_a_set_that_is_not_at_hand_is_refused_before_anything_is_written(model, tmp_path):
    with pytest.raises(Refused, match="believes-abortion-should-be-illegal"):
        measure(model, tiny.concept(), PLAN, tmp_path / "run", data_dir=tmp_path)
    assert not (tmp_path / "run").exists()
