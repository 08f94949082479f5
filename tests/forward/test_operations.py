"""The count of operations, against what PyTorch counts while the passes are run."""

from __future__ import annotations

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from steering.concepts import load_concept
from steering.forward import routes
from steering.forward.apart import swept_apart
from steering.forward.copies import Curves, Intervention
from steering.forward.extraction import contrast
from steering.forward.operations import Work, work_of, work_of_answers
from steering.forward.routes import GROWING, PACKED, ROWS, Route, route_of
from steering.forward.scores import SAID
from steering.forward.sweep import swept
from steering.measuring.run import rendered_prompts
from steering.models.loading import load_model
from tests.support import tiny
from tests.support.replied import pushes, said_of


@pytest.fixture(scope="module")
def model():
    loaded = load_model("wren")
    # PyTorch counts the products of eager attention, and none of the fused one on a CPU.
    loaded.module.set_attn_implementation("eager")
    return loaded


@pytest.fixture(scope="module")
def prompts(model):
    return rendered_prompts(model, concept := tiny.concept(), concept.items[:3], "BASE")


@pytest.fixture(scope="module")
def asked(model, prompts):
    return model, prompts


def counted(run) -> int:
    with FlopCounterMode(display=False) as counter:
        run()
    return counter.get_total_flops()


def test_the_work_of_extraction_is_what_is_run(model, prompts):
    ids = [one.token_ids for one in prompts]
    route_of(model, ids)
    work = work_of(model, ids, [None], size=2)
    assert work.operations == pytest.approx(counted(lambda: contrast(model, prompts)), rel=0.02)


@pytest.mark.parametrize("route", [GROWING, PACKED, ROWS])
@pytest.mark.parametrize("scores", [("propensity",), ("propensity", "letter_mass")], ids=len)
@pytest.mark.parametrize("layers", [(0,), tuple(range(2, 8))], ids=str)
def test_the_work_of_a_sweep_is_what_is_run(asked, layers, scores, route, monkeypatch):
    model, prompts = asked
    monkeypatch.setattr("steering.forward.sweep.route_of", lambda *_: Route(route, 0.0))
    monkeypatch.setattr("steering.forward.operations.route_of", lambda *_: Route(route, 0.0))
    tried = [
        Intervention("BASE", "random", layer, torch.randn(model.width), number)
        for layer in layers
        for number in range(3)
    ]
    at = [None, *(one.layer for one in tried for _ in range(2))]
    whole = len(at) if "letter_mass" in scores else 0
    work = work_of(model, [one.unsteered_ids for one in prompts], at, whole=whole)
    run = counted(lambda: swept(model, prompts, tried, (-1.0, 0.0, 1.0), scores=scores))
    assert work.operations == pytest.approx(run, rel=0.05)


@pytest.mark.parametrize("route", [GROWING, PACKED, ROWS])
def test_the_work_of_replies_is_what_is_run(model, route, monkeypatch):
    """Their lengths differ, and two of them share a prompt."""
    monkeypatch.setattr("steering.forward.sweep.route_of", lambda *_: Route(route, 0.0))
    monkeypatch.setattr("steering.forward.operations.route_of", lambda *_: Route(route, 0.0))
    replies = said_of(load_concept("frugal"), model.tokenizer, 7)
    curves = [Curves(pushes(model, layers=(2, 5)), (-1.0, 0.0, 1.0), (SAID,))]
    work = work_of_answers(model, replies, [None, 2, 2, 5, 5], whole=5)
    run = counted(lambda: swept_apart(model, replies, curves))
    # Rows of their own are filled up to the longest of each pass.
    assert work.operations == pytest.approx(run, rel=0.3 if route == ROWS else 0.05)


def test_of_letters_the_work_is_that_of_one_token_a_copy(model, prompts):
    ids = [one.unsteered_ids for one in prompts]
    expected = work_of(model, ids, [None, 3, 3])
    assert work_of_answers(model, prompts, [None, 3, 3]) == expected


def test_every_prompt_counts_also_where_some_may_not_share_a_pass(model, prompts, monkeypatch):
    ids = [one.token_ids for one in prompts]
    together = work_of(model, ids, [None])
    halves = [list(range(0, len(ids), 2)), list(range(1, len(ids), 2))]
    left = []

    def sides(_, some, __):
        left.append(len(some))
        return halves if len(some) == len(ids) else [list(range(len(some)))]

    monkeypatch.setattr(routes, "sides", sides)
    apart = work_of(model, ids, [None])
    assert left[-1] == len(ids) - len(halves[0])
    assert apart.passes == 2 * together.passes
    assert apart.operations > together.operations


def test_work_adds_up_but_for_the_largest_pass():
    total = Work(10.0, 1, 5, 25) + Work(3.0, 2, 7, 14)
    assert total == Work(13.0, 3, 7, 25)
