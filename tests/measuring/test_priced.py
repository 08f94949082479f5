"""The price of a measurement that has not begun."""

from __future__ import annotations

from dataclasses import replace

import pytest

from steering.errors import Refused
from steering.measuring import priced as module
from steering.measuring.affordable import LEAST
from steering.measuring.measure import Access
from steering.measuring.plan import Plan
from steering.measuring.price import Speed
from steering.measuring.priced import fewer, priced
from steering.measuring.run import Run, render_prompts
from tests.support import small, tiny

CONCEPT = tiny.concept(60)
PLAN = Plan(replies=0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return str(tiny.save(tmp_path_factory.mktemp("model") / "tiny"))


@pytest.fixture(autouse=True)
def steady(monkeypatch):
    """A machine that is as fast today as it was yesterday."""
    monkeypatch.setattr(module, "speed_of", lambda *_: Speed(0.0, 1e6))


def test_nothing_is_written_and_all_is_as_asked(folder, tmp_path):
    found = priced(folder, CONCEPT, PLAN, tmp_path / "run", Access())
    assert found.plan == PLAN
    assert found.chosen == {}
    assert found.price.seconds > 0
    assert not (tmp_path / "run").exists()


def test_the_sizes_that_are_chosen_fit_the_time(folder, tmp_path):
    whole = priced(folder, CONCEPT, PLAN, tmp_path / "run", Access()).price.seconds
    for share in (0.9, 0.7):
        found = priced(folder, CONCEPT, PLAN, tmp_path / "run", Access(), seconds=share * whole)
        assert found.price.seconds <= 1.001 * share * whole
        assert found.chosen == {
            name: getattr(found.plan, name)
            for name in LEAST
            if getattr(found.plan, name) != getattr(PLAN, name)
        }
        # Priced anew, from prompts rendered by the smaller plan itself, it costs the same.
        again = priced(folder, CONCEPT, found.plan, tmp_path / "run", Access())
        assert again.price.seconds == pytest.approx(found.price.seconds)


def test_less_than_the_least_is_refused(folder, tmp_path):
    with pytest.raises(Refused, match="no verdict can be had here"):
        priced(folder, CONCEPT, PLAN, tmp_path / "run", Access(), seconds=1e-6)
    assert not (tmp_path / "run").exists()


def test_fewer_prompts_are_those_that_a_smaller_plan_renders(folder, tmp_path):
    model = Access().load(folder, PLAN, tmp_path)
    job = module.job_of(folder, CONCEPT, PLAN, tmp_path / "run")

    def rendered(plan):
        return render_prompts(Run(model, job.concept, plan, module.Kept(job.folder, {})))

    for plan in (
        replace(PLAN, train_groups=5),
        replace(PLAN, test_groups=3, validation_groups=2),
        replace(small.SMALL, settings=PLAN.settings),
    ):
        assert fewer(rendered(PLAN), job, plan) == rendered(plan)


def test_fewer_pairs_are_those_that_a_smaller_plan_renders(folder, tmp_path):
    spoken = replace(PLAN, form="said", settings=("BASE", "SYS_POS"))
    model = Access().load(folder, spoken, tmp_path)
    job = module.job_of(folder, CONCEPT, spoken, tmp_path / "run")

    def rendered(plan):
        return render_prompts(Run(model, job.concept, plan, module.Kept(job.folder, {})))

    for plan in (replace(spoken, test_groups=3), replace(spoken, train_groups=4)):
        few = fewer(rendered(spoken), job, plan)
        assert few.prompts == rendered(plan).prompts
        assert few.items == rendered(plan).items
