"""The parts of strength that are priced: what is kept costs nothing, and more texts cost more."""

from __future__ import annotations

from dataclasses import replace

from steering.measuring.job import job_of
from steering.measuring.kept import Kept
from steering.measuring.measure import measure
from steering.measuring.parts import copies_at_operating_point, strengths
from steering.measuring.run import Run, render_prompts
from steering.models.loading import load_model
from tests.support import tiny
from tests.support.small import LEAST


def run_of(folder, plan, out):
    job = job_of(str(folder), tiny.concept(), plan, out)
    return Run(load_model(str(folder)), job.concept, job.plan, Kept(out, job.identity["stages"]))


def operations(run):
    return sum(part.work.operations for part in strengths(run, render_prompts(run)))


def test_more_texts_and_more_groups_cost_more(model, tmp_path):
    plan = replace(LEAST, validation_groups=3)
    least = operations(run_of(model, plan, tmp_path / "a"))
    assert operations(run_of(model, replace(plan, neutral_texts=3), tmp_path / "b")) > least
    assert operations(run_of(model, replace(plan, wide_groups=3), tmp_path / "c")) > least
    none = run_of(model, replace(plan, neutral_texts=0), tmp_path / "d")
    assert strengths(none, render_prompts(none)) == []
    assert copies_at_operating_point(none) == 0


def test_what_is_kept_costs_nothing(model, tmp_path):
    before = run_of(model, LEAST, tmp_path / "run")
    # The vector, and one of each kind of control.
    assert copies_at_operating_point(before) == 4
    measure(str(model), tiny.concept(), LEAST, tmp_path / "run")
    after = run_of(model, LEAST, tmp_path / "run")
    assert strengths(after, render_prompts(after)) == []
    assert copies_at_operating_point(after) == 0
