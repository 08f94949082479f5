"""What a plan takes from the registries, and that an entry alone decides what is measured again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from steering.measuring import identity
from steering.measuring.entries import (
    beside_the_mean,
    entry_hash,
    pair_controls,
    tried_controls,
    weighted_kinds,
)
from steering.measuring.plan import Plan
from steering.records.tables import SETTINGS
from steering.vectors import probes
from steering.vectors.makers import MAKERS
from steering.vectors.operators import OPERATORS
from tests.support import tiny

PLAN = Plan(resampled_vectors=6, resampled_shift_vectors=3, shuffled_vectors=2, subset_vectors=0)


def stages(plan, other=None):
    return identity.stages("wren", tiny.concept(), plan, "r", other)


def changed(one, other):
    return {name for name in {*one, *other} if one.get(name) != other.get(name)}


def test_controls_are_those_of_which_a_plan_wants_any():
    assert pair_controls(PLAN) == ("resampled", "shuffled")
    assert tried_controls(PLAN) == ("random", "resampled", "shuffled")
    assert pair_controls(replace(PLAN, shuffled_vectors=0)) == ("resampled",)


def test_base_has_all_controls_of_pairs_and_other_settings_those_that_shifts_start_from():
    assert weighted_kinds(PLAN, "BASE") == {"resampled": 6, "shuffled": 2}
    assert weighted_kinds(PLAN, "SYS_POS") == {"resampled": 3}
    assert weighted_kinds(PLAN, "USER_NEG") == {}
    pooled = replace(PLAN, maker="settings_mean")
    for setting in SETTINGS:
        assert weighted_kinds(pooled, setting) == {"resampled": 6, "shuffled": 2}


def test_a_default_plan_keeps_no_more_than_means_and_controls():
    names = [name for setting in SETTINGS for name in beside_the_mean(PLAN, setting)]
    assert names == [
        "vectors/BASE/resampled", "vectors/BASE/shuffled",
        "vectors/SYS_POS/resampled", "vectors/SYS_NEG/resampled",
    ]  # fmt: skip


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize("operator", OPERATORS)
def test_what_a_maker_or_an_operator_needs_is_a_stage_of_its_own(maker, operator):
    if maker == "given":
        return
    plan = replace(PLAN, maker=maker, operator=operator)
    for setting in SETTINGS:
        names = beside_the_mean(plan, setting)
        made = f"vectors/{setting}/made" in names
        assert made == (MAKERS[maker].direction is not None)
        assert (f"vectors/{setting}/negative" in names) == OPERATORS[operator].needs_origin
    alone = beside_the_mean(plan, "other", controls=False)
    assert {*alone} <= {"vectors/other/made", "vectors/other/negative"}


def test_vectors_of_the_mean_are_kept_when_another_maker_or_operator_is_asked_for():
    before = stages(PLAN)
    extracted = {name for name in before if name.startswith("vectors/")}
    assert not changed(before, stages(replace(PLAN, operator="affine"))) & extracted
    # The mean over settings needs more weighted pairs in some of them.
    of_settings = changed(before, stages(replace(PLAN, maker="settings_mean"))) & extracted
    assert of_settings == {"vectors/SYS_POS/resampled", "vectors/SYS_NEG/resampled"}
    # Of a maker of pairs the controls are others, and the mean differences are the same.
    of_pairs = changed(before, stages(replace(PLAN, maker="logistic"))) & extracted
    assert of_pairs == {name for name in extracted if name.count("/") == 2}


def test_the_model_as_it_is_has_sweeps_where_zero_is_something_else():
    for name, operator in OPERATORS.items():
        own = [one for one in stages(replace(PLAN, operator=name)) if "/unsteered/" in one]
        of_each = len(SETTINGS) * len(PLAN.scores)
        assert len(own) == (0 if operator.identity_at_zero else of_each)


def test_another_code_of_a_probe_changes_the_runs_of_that_maker_alone(monkeypatch):
    plans = {name: replace(PLAN, maker=name) for name in ("mean", "principal", "logistic")}
    before = {name: stages(plan) for name, plan in plans.items()}
    monkeypatch.setitem(MAKERS, "logistic", replace(MAKERS["logistic"], direction=probes.mass_mean))
    after = {name: stages(plan) for name, plan in plans.items()}
    assert not changed(before["mean"], after["mean"])
    assert not changed(before["principal"], after["principal"])
    different = changed(before["logistic"], after["logistic"])
    assert {"vectors/BASE/made", "vectors/BASE/resampled", "layer"} <= different
    assert "vectors/BASE" not in different


def test_the_code_of_a_function_counts_in_the_hash_of_its_entry():
    hashes = {entry_hash(one) for one in (*OPERATORS.values(), *MAKERS.values())}
    assert len(hashes) == len(OPERATORS) + len(MAKERS)
    assert entry_hash(OPERATORS["affine"]) != entry_hash(
        replace(OPERATORS["affine"], needs_origin=False)
    )
