"""The sweeps of a run: what shares its prompts is measured together, and each is kept."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch

from steering.concepts import load_concept, unseen
from steering.errors import Pending
from steering.forward.copies import Intervention
from steering.forward.extraction import contrast
from steering.forward.scores import PREFILLED
from steering.forward.sweep import sweep_table, swept
from steering.measuring import sweeps
from steering.measuring.kept import Kept
from steering.measuring.plan import Plan
from steering.measuring.run import Run, rendered_prompts
from steering.measuring.sweeps import SweepTask
from steering.models.catalogue import withheld
from steering.models.loading import load_model
from steering.vectors.controls import CONTROLS, Pairs
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
    names += [f"sweep/some/prefilled/{PREFILLED}"]
    kept = Kept(tmp_path, {name: name for name in [*names, "sweep/four/propensity"]})
    return Run(CASE.model, tiny.concept(), PLAN, kept)


@pytest.fixture
def asked(monkeypatch):
    """What was measured together: of how many prompts, which directions, and which scores."""
    seen: list[tuple[int, list[tuple[list[str], tuple[str, ...]]]]] = []
    whole = sweeps.swept_apart

    def noted(model, prompts, curves, *options, **more):
        each = [([one.direction for one in some.interventions], some.scores) for some in curves]
        seen.append((len(prompts), each))
        return whole(model, prompts, curves, *options, **more)

    monkeypatch.setattr(sweeps, "swept_apart", noted)
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
        (3, [(["random", "random"], SCORES), (["perturbed"], SCORES)]),
        (4, [(["shuffled"], SCORES)]),
    ]
    same(first, table_of(TASKS[:2], PROMPTS["some"]))
    same(second, table_of(TASKS[2:], PROMPTS["others"]))


FEW = (-1.0, 0.0, 1.0)
APART = [
    TASKS[0],
    SweepTask("few", "some", vectors("perturbed", 1), FEW, ("propensity",)),
    SweepTask("two", "some", vectors("perturbed", 1, layer=2)),
]


@pytest.fixture
def apart(tmp_path):
    """A run of tasks with the same prompts, of which one has fewer λ and scores."""
    names = [f"sweep/{task.name}/{score}" for task in APART for score in task.scores or SCORES]
    return Run(CASE.model, tiny.concept(), PLAN, Kept(tmp_path, {name: name for name in names}))


def test_tasks_with_other_multipliers_and_scores_share_the_passes(apart, asked):
    (found,) = sweeps.sweeps(apart, APART, PROMPTS)
    one, few, two = (
        (["random", "random"], SCORES),
        (["perturbed"], SCORES[:1]),
        (["perturbed"], SCORES),
    )
    assert asked == [(3, [one, few, two])]
    few = found["layer"].eq(1) & found["direction"].eq("perturbed")
    assert found.loc[few, list(SCORES[1:])].isna().all(axis=None)
    assert found.loc[~few, list(SCORES)].notna().all(axis=None)
    same(found[~few].reset_index(drop=True), table_of(APART[::2], PROMPTS["some"]))
    expected = swept(CASE.model, PROMPTS["some"], APART[1].interventions, FEW)
    np.testing.assert_allclose(found.loc[few, "propensity"], expected.reshape(-1), atol=1e-5)
    assert list(found.loc[few, "multiplier"]) == [*FEW] * 3
    # Prompt by prompt, and for each of them in the order of the tasks.
    kinds = ["random"] * 6 + ["perturbed"] * 6
    assert list(found["direction"]) == kinds * 3
    assert list(found["multiplier"])[6:12] == [*FEW, *cases.LAMBDAS]


@pytest.mark.parametrize("setting", ["BASE", "USER_NEG"])
def test_the_slopes_of_controls_are_nearly_those_of_all_multipliers(setting):
    """On wren: within 1 % of the mean slope where it is large, 0.01 where it is a null's."""
    model, plan = load_model("wren"), Plan()
    concept = unseen(load_concept("frugal"), withheld(model.folder).get("frugal"))
    items = concept.of_split("train", 20), concept.of_split("test", 10, 1)
    trained = rendered_prompts(model, concept, items[0], "BASE")
    asked = rendered_prompts(model, concept, items[1], setting)
    pairs = Pairs([one.item for one in trained], [one.item for one in trained])
    weights = {kind: CONTROLS[kind].of_pairs(pairs, 2, 0) for kind in ("resampled", "shuffled")}
    found = contrast(model, trained, weights=torch.cat([*weights.values()]))
    vectors = dict(zip(weights, found.weighted[:, 4].split(2), strict=True))
    vectors |= {
        kind: CONTROLS[kind].of_vector(2, found.mean[4], 0) for kind in ("random", "perturbed")
    }
    whole = np.array(plan.multipliers)
    for kind, some in vectors.items():
        chosen = [Intervention("BASE", kind, 4, one, at) for at, one in enumerate(some)]
        few = np.array(plan.multipliers_of(kind))
        slopes, expected = (
            swept(model, asked, chosen, tuple(at))[0] @ at / (at @ at) for at in (few, whole)
        )
        size = np.abs(expected.mean(0)).max()
        assert (size > 1) == (kind in ("resampled", "perturbed"))
        bound = 0.01 * size if size > 1 else 0.01
        np.testing.assert_allclose(slopes.mean(0), expected.mean(0), rtol=0, atol=bound)


def test_a_new_score_leaves_those_that_do_not_have_it_alone(apart, asked, tmp_path):
    before = sweeps.sweeps(apart, APART, PROMPTS)[0]
    asked.clear()
    wanted = {name: "other" if name.endswith("letter_mass") else name for name in apart.kept.wanted}
    after = sweeps.sweeps(
        Run(CASE.model, apart.concept, PLAN, Kept(tmp_path, wanted)), APART, PROMPTS
    )[0]
    mass = ("letter_mass",)
    assert asked == [(3, [(["random", "random"], mass), (["perturbed"], mass)])]
    same(after[before.columns], before)


def test_what_is_done_is_read_and_only_the_rest_is_measured(run, asked):
    sweeps.sweeps(run, TASKS[1:], PROMPTS)
    asked.clear()
    first, second = sweeps.sweeps(run, TASKS, PROMPTS)
    assert asked == [(3, [(["random", "random"], SCORES)])]
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
    assert [scores for _, each in asked for _, scores in each] == [("answer_propensity",)] * 3
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


def test_what_is_read_of_the_prompts_is_kept_beside_the_sweep(run, asked):
    reading = sweeps.SweepTask("some/prefilled", "some", (), scores=(PREFILLED,))
    alone = sweeps.sweeps(run, TASKS[1:2], PROMPTS)
    asked.clear()
    found = sweeps.sweeps(run, [TASKS[1], reading], PROMPTS)
    # The other task is there already: nothing is steered to read the prompts.
    assert asked == [(len(PROMPTS["some"]), [])]
    same(found[0], alone[0])
    kept = sweeps.kept_table(run, "some/prefilled")
    assert list(kept.columns) == [*sweeps.PLACE, PREFILLED]
    assert kept[PREFILLED].between(0, 1).all()


def test_one_that_waits_for_a_service_keeps_no_other_from_being_asked(run, monkeypatch):
    seen = []

    def waits(model, prompts, *_, **__):
        seen.append(len(prompts))
        raise Pending("they are with the service.")

    monkeypatch.setattr(sweeps, "swept_apart", waits)
    with pytest.raises(Pending):
        sweeps.sweeps(run, TASKS, PROMPTS)
    assert seen == [3, 4]
