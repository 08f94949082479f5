"""The sweeps of a run: what shares its prompts is measured together, and each is kept."""

from __future__ import annotations

import pandas as pd
import pytest
import torch

from steering.errors import Pending
from steering.forward.copies import Intervention
from steering.forward.sweep import sweep_table, swept
from steering.measuring import sweeps
from steering.measuring.kept import Kept
from steering.measuring.plan import Plan
from steering.measuring.run import Run
from steering.measuring.sweeps import SweepTask
from tests.support import cases, tiny

PLAN = Plan(multipliers=cases.LAMBDAS, whole_answers=True)
SCORES = ("propensity", "letter_mass", "answer_propensity")
CASE = cases.case("Llama")
PROMPTS = {"some": CASE.prompts[:3], "others": CASE.prompts[4:]}


def vectors(kind: str, count: int, layer: int = 1) -> list[Intervention]:
    draw = torch.Generator().manual_seed(len(kind))
    return [
        Intervention("BASE", kind, layer, torch.randn(32, generator=draw), number)
        for number in range(count)
    ]


TASKS = [
    SweepTask("one", "some", vectors("random", 2)),
    SweepTask("two", "some", vectors("perturbed", 1, layer=2)),
    SweepTask("three", "others", vectors("shuffled", 1)),
]


@pytest.fixture
def run(tmp_path):
    names = [f"sweep/{task.name}/{score}" for task in TASKS for score in SCORES]
    kept = Kept(tmp_path, {name: name for name in [*names, "sweep/four/propensity"]})
    return Run(CASE.model, tiny.concept(), PLAN, kept)


@pytest.fixture
def asked(monkeypatch):
    """What `swept` was asked for: how many prompts, which directions, which scores."""
    seen: list[tuple[int, list[str], tuple[str, ...]]] = []
    whole = sweeps.swept

    def noted(model, prompts, interventions, multipliers, **options):
        directions = [one.direction for one in interventions]
        seen.append((len(prompts), directions, options["scores"]))
        return whole(model, prompts, interventions, multipliers, **options)

    monkeypatch.setattr(sweeps, "swept", noted)
    return seen


def table_of(tasks, prompts):
    """The rows of some tasks, in one sweep of all of them."""
    every = [one for task in tasks for one in task.interventions]
    values = swept(CASE.model, prompts, every, PLAN.multipliers, scores=SCORES)
    return sweep_table(values, CASE.model.name, prompts, every, PLAN.multipliers, scores=SCORES)


def same(found, expected):
    pd.testing.assert_frame_equal(found, expected, rtol=0, atol=1e-5)


def test_tasks_with_the_same_prompts_are_one_sweep(run, asked):
    first, second = sweeps.sweeps(run, TASKS, PROMPTS)
    assert asked == [
        (3, ["random", "random", "perturbed"], SCORES),
        (4, ["shuffled"], SCORES),
    ]
    same(first, table_of(TASKS[:2], PROMPTS["some"]))
    same(second, table_of(TASKS[2:], PROMPTS["others"]))


def test_what_is_done_is_read_and_only_the_rest_is_measured(run, asked):
    sweeps.sweeps(run, TASKS[1:], PROMPTS)
    asked.clear()
    first, second = sweeps.sweeps(run, TASKS, PROMPTS)
    assert asked == [(3, ["random", "random"], SCORES)]
    same(first, table_of(TASKS[:2], PROMPTS["some"]))
    asked.clear()
    again = sweeps.sweeps(run, TASKS, PROMPTS)
    assert asked == []
    for one, other in zip(again, (first, second), strict=True):
        pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_a_score_that_is_missing_is_measured_alone(run, asked, tmp_path):
    before = sweeps.sweeps(run, TASKS, PROMPTS)
    asked.clear()
    known = run.kept.wanted
    wanted = known | {name: "other" for name in known if name.endswith("/answer_propensity")}
    after = sweeps.sweeps(
        Run(CASE.model, run.concept, PLAN, Kept(tmp_path, wanted)), TASKS, PROMPTS
    )
    assert [one[2] for one in asked] == [("answer_propensity",)] * 2
    for one, other in zip(before, after, strict=True):
        assert (one["propensity"] == other["propensity"]).all()
        same(one, other[one.columns])


def test_parts_are_put_together_in_the_order_of_the_prompts(run, asked, monkeypatch):
    monkeypatch.setattr(sweeps, "PART", 2)
    first, _ = sweeps.sweeps(run, TASKS, PROMPTS)
    assert [one[0] for one in asked] == [2, 1, 2, 2]
    same(first, table_of(TASKS[:2], PROMPTS["some"]))


def test_a_part_of_another_layer_is_not_taken(run, asked, tmp_path):
    """What was measured at another layer before an interruption lies there under another name."""
    tasks = [SweepTask("one", "some", vectors("random", 2, layer=layer)) for layer in (0, 2)]
    sweeps.sweeps(run, tasks[:1], PROMPTS)
    run.kept.settle(2)
    (found,) = sweeps.sweeps(run, tasks[1:], PROMPTS)
    assert len(asked) == 2
    same(found, table_of(tasks[1:], PROMPTS["some"]))


def test_one_that_waits_for_a_service_keeps_no_other_from_being_asked(run, monkeypatch):
    seen = []

    def waits(model, prompts, *_, **__):
        seen.append(len(prompts))
        raise Pending("they are with the service.")

    monkeypatch.setattr(sweeps, "swept", waits)
    with pytest.raises(Pending):
        sweeps.sweeps(run, TASKS, PROMPTS)
    assert seen == [3, 4]
