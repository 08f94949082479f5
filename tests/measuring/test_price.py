"""The price of a measurement: it counts the passes that are run then, and no others."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from steering.forward import passes
from steering.forward.operations import Work
from steering.measuring import measure, price
from steering.measuring.job import job_of
from steering.measuring.kept import Kept
from steering.measuring.parts import Part
from steering.measuring.plan import Plan
from steering.measuring.price import Price, Speed, memory_of, parts_of, price_of, speed_of
from steering.measuring.run import Run, render_prompts
from steering.models.loading import load_model
from steering.vectors.files import save_vectors
from tests.support import small, tiny

PLAN = replace(small.SMALL, perturbed_vectors=0, replies=0, other_concept="")
SPEED = Speed(overhead=0.5, operations=100.0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny.save(tmp_path_factory.mktemp("model") / "tiny")


@pytest.fixture(scope="module")
def model(folder):
    return load_model(str(folder))


def run_of(folder, model, plan, out) -> Run:
    job = job_of(str(folder), tiny.concept(), plan, out)
    return Run(model, job.concept, job.plan, Kept(job.folder, job.identity["stages"]))


def test_seconds_are_those_of_the_passes_and_of_the_operations():
    assert SPEED.seconds(Work(operations=200.0, passes=4)) == 0.5 * 4 + 2.0
    parts = (Part("one", Work(200.0, 4)), Part("other", Work(100.0, 2)))
    assert Price(parts, SPEED, 0).seconds == 4.0 + 2.0


@pytest.mark.parametrize("given", [False, True], ids=["made here", "given"])
def test_all_passes_that_are_run_were_counted(given, folder, model, tmp_path, monkeypatch):
    plan = PLAN
    if given:
        vectors = torch.randn(model.depth, model.width, generator=torch.Generator().manual_seed(0))
        file = tmp_path / "some.safetensors"
        save_vectors({"BASE": vectors}, file, {"model": "of others", "layer_base": 0})
        plan = replace(PLAN, vector=str(file))
    run = run_of(folder, model, plan, tmp_path / "run")
    counted = sum(part.work.passes for part in parts_of(run, render_prompts(run)))
    ran = {"passes": 0}

    def counting(function):
        def call(of, some, *more, **named):
            ran["passes"] += len(some)
            return function(of, some, *more, **named)

        return call

    steering_measure = measure.measure
    # The proof of the route is run once a model.
    monkeypatch.setattr(measure.Access, "load", lambda *_: model)
    monkeypatch.setattr(passes, "logits", counting(passes.logits))
    counted_residuals = counting(passes.residuals)
    monkeypatch.setattr("steering.forward.extraction.residuals", counted_residuals)
    monkeypatch.setattr("steering.forward.activations.residuals", counted_residuals)
    steering_measure(str(folder), tiny.concept(), plan, tmp_path / "run")
    assert ran["passes"] == counted


def test_the_tokens_of_replies_are_counted_as_they_are_packed(folder, model, tmp_path, monkeypatch):
    """The operations of a run are those of the inputs that it then packs, token by token."""
    plan = replace(PLAN, form="said", sampled_replies=0)
    run = run_of(folder, model, plan, tmp_path / "run")
    parts = parts_of(run, render_prompts(run))
    counted, ran = sum(part.work.passes for part in parts), []

    def counting(function, packed_of):
        def call(of, some, *more, **named):
            ran.extend((name, packed_of(one).input_ids.shape) for one in some)
            return function(of, some, *more, **named)

        name = function.__name__
        return call

    monkeypatch.setattr(measure.Access, "load", lambda *_: model)
    monkeypatch.setattr(passes, "logits", counting(passes.logits, lambda one: one.packed))
    residuals = counting(passes.residuals, lambda one: one)
    monkeypatch.setattr("steering.forward.extraction.residuals", residuals)
    monkeypatch.setattr("steering.forward.activations.residuals", residuals)
    measure.measure(str(folder), tiny.concept(), plan, tmp_path / "run")
    assert len(ran) == counted
    largest = max(rows * columns for _, (rows, columns) in ran)
    assert max(part.work.tokens for part in parts) == largest
    after = run_of(folder, model, plan, tmp_path / "run")
    assert parts_of(after, render_prompts(after)) == ()


def test_longer_replies_cost_more_and_so_does_what_is_said(folder, model, tmp_path):
    run = run_of(folder, model, replace(PLAN, form="said"), tmp_path / "nothing")
    rendered = render_prompts(run)
    longer = {
        place: [replace(one, answer_ids=tuple(2 * reply for reply in one.answer_ids))
                for one in prompts]
        for place, prompts in rendered.prompts.items()
    }  # fmt: skip
    short, long = (parts_of(run, one) for one in (rendered, replace(rendered, prompts=longer)))
    assert [part.name for part in short] == [part.name for part in long]
    assert all(
        one.work.operations < other.work.operations
        for one, other in zip(short, long, strict=True)
        if "replies" not in one.name
    )
    assert not any("begin" in part.name for part in short), "nothing is prefilled"


def test_what_is_kept_costs_nothing(folder, model, tmp_path):
    out = tmp_path / "run"
    whole = run_of(folder, model, PLAN, out)
    before = price_of(whole, render_prompts(whole), SPEED)
    measure.measure(str(folder), tiny.concept(), PLAN, out)
    after = price_of(whole, render_prompts(whole), SPEED)
    assert before.seconds > 0
    assert after.parts == ()
    more = replace(PLAN, random_vectors=PLAN.random_vectors + 4)
    run = run_of(folder, model, more, out)
    (part,) = price_of(run, render_prompts(run), SPEED).parts
    assert part.name.startswith(f"{more.random_vectors} random vectors on ")


def test_more_of_anything_costs_more(folder, model, tmp_path):
    def seconds(**changes) -> float:
        run = run_of(folder, model, replace(PLAN, **changes), tmp_path / "nothing")
        return price_of(run, render_prompts(run), SPEED).seconds

    base = seconds()
    for change in (
        {"train_groups": 12}, {"test_groups": 8}, {"random_vectors": 40}, {"map_items": 4},
        {"resampled_vectors": 40}, {"shuffled_vectors": 40}, {"replies": 2},
    ):  # fmt: skip
        assert seconds(**change) > base, change
    assert seconds(resampled_shift_vectors=0) < base


def test_memory_holds_the_weights_and_the_largest_pass(model):
    weights = sum(one.numel() * 4 for one in model.module.parameters())
    assert memory_of(model, Work()) == weights
    assert memory_of(model, Work(tokens=10, pairs=100)) > weights + 4 * 100


def test_a_slower_model_is_slower(model, monkeypatch):
    run = Run(model, tiny.concept(), Plan(settings=("BASE",), test_groups=20), Kept(None, {}))
    prompts = render_prompts(run).prompts["test", "BASE"]
    passed = iter([0.0, 1.0, 10.0, 14.0])
    monkeypatch.setattr(price.time, "perf_counter", lambda: next(passed))
    speed = speed_of(model, prompts)
    one = price.work_of(model, [prompts[0].token_ids], [None], size=2)
    many = prompts[: max(8, 2048 // (4 * len(prompts[0].token_ids)))]
    more = price.work_of(model, [each.token_ids for each in many], [None], size=2)
    # The small pass took a second and the large one four.
    assert speed.seconds(more) - speed.seconds(one) == pytest.approx(3.0)
    assert speed.seconds(one) == pytest.approx(1.0)
