"""The stages of strength: there only where a plan asks for them, each with its own reasons."""

from __future__ import annotations

from dataclasses import replace

import pytest

from steering.measuring import stages_of_strength
from steering.measuring.plan import Plan
from steering.measuring.stages_of_strength import (
    CODE,
    strength_stages,
    vectors_at_point,
    wide_scores,
)


def stages(plan, added=("add", "mean")):
    return dict(strength_stages(plan, lambda kind: [kind, plan.vectors_of(kind)], list(added)))


def test_a_plan_without_neutral_texts_has_none():
    assert stages(Plan(neutral_texts=0)) == {}
    assert stages(Plan())


@pytest.mark.parametrize(("form", "mass"), [("chosen", True), ("said", False)])
def test_each_form_has_its_own_score(form, mass):
    plan = Plan(form=form)
    assert ("letter_mass" in wide_scores(plan)) == mass
    own = wide_scores(plan)[0]
    assert f"sweep/operating/own/{own}" in stages(plan)
    assert all(name.endswith(own) for name in stages(plan) if "operating" in name)


def test_controls_that_are_not_asked_for_are_not_tried():
    plan = Plan(random_vectors=0, resampled_vectors=5)
    assert vectors_at_point(plan) == {"shuffled": 20, "resampled": 5}
    assert vectors_at_point(Plan())["resampled"] == 20
    assert not any("random" in name for name in stages(plan))


def test_another_operator_is_another_stage():
    assert stages(Plan()) == stages(replace(Plan(), replies=0))
    before, after = stages(Plan()), stages(Plan(), ("clamp", "mean"))
    assert all(before[name] != after[name] for name in before)


@pytest.mark.parametrize("name", ["costs", "doses", "sampled", "strength"])
def test_other_code_that_makes_the_costs_measures_them_again(name, monkeypatch):
    """Replies were once added to the costs, and those kept before counted as done."""
    before = stages(Plan())
    known = stages_of_strength.code_hash
    monkeypatch.setattr(
        stages_of_strength,
        "code_hash",
        lambda places: known(places) + "changed" * (f"measuring/{name}" in places),
    )
    after = stages(Plan())
    assert all(before[stage] != after[stage] for stage in before)
    assert len(CODE) == len(set(CODE))


def test_another_seed_draws_other_replies():
    alone = Plan(random_vectors=0)
    assert stages(alone)["costs"] != stages(replace(alone, seed=1))["costs"]
