"""The two steps of a measurement: first its vectors, then the layer, sweeps, replies and tables."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pandas as pd
from safetensors import SafetensorError

from steering.errors import Interrupted, Refused
from steering.forward.copies import Intervention
from steering.measuring import interventions
from steering.measuring.given import (
    card_of,
    given_contrast,
    given_vectors,
    layers_tried,
)
from steering.measuring.identity import identity_hash
from steering.measuring.job import Job
from steering.measuring.kept import (
    CARD_FILE,
    PLAN_FILE,
    Kept,
    identity_in,
    is_without_results,
    remove_all,
    remove_parts,
    remove_results,
)
from steering.measuring.layer import candidate_layers
from steering.measuring.one_layer import layer_chosen
from steering.measuring.predictors import stage_of_predictors
from steering.measuring.prefilled import (
    begun_answers,
    measure_apart,
    prefilled_probabilities,
    prefilled_tasks,
)
from steering.measuring.run import RenderedPrompts, Run, render_prompts, rendering
from steering.measuring.run_card import run_card, vector_metadata
from steering.measuring.sampled import sampled
from steering.measuring.stages import contrasts, other_contrast, written_replies
from steering.measuring.strength import (
    card_of_strength,
    measured_strength,
    operating_rows,
    operating_tasks,
)
from steering.measuring.sweeps import SweepTask, sweeps
from steering.measuring.tables import run_tables
from steering.measuring.wordings import stage_of_wordings
from steering.models.model import Model
from steering.models.planted import planted_of
from steering.records.directions import ORIGIN, RESAMPLED, UNSTEERED
from steering.records.replies import write_replies
from steering.records.strength import write_strength
from steering.records.tables import write
from steering.remote.deferred import all_or_pending
from steering.source import value_hash
from steering.storage import write_json
from steering.vectors.files import save_vectors
from steering.vectors.given import GivenVectors, save_given
from steering.vectors.makers import MAKERS, Contrast
from steering.vectors.operators import OPERATORS


@dataclass(frozen=True)
class Begun:
    """A measurement whose vectors are made and on disk, from where they are read when needed."""

    run: Run
    rendered: RenderedPrompts
    layers: tuple[int, ...]
    truth: Intervention | None
    given: GivenVectors | None
    seconds: float


def begin(
    model: Model,
    job: Job,
    *,
    fresh: bool = True,
    rendered: RenderedPrompts | None = None,
) -> Begun:
    """Return a measurement after making its vectors. If it is refused, nothing is written.

    Its prompts are rendered here, unless they are `rendered` already. Unless `fresh`, it is refused
    where the folder holds results of prompts rendered otherwise.
    """
    started = time.time()
    kept = Kept(job.folder, job.identity["stages"])
    run = Run(model, job.concept, job.plan, kept, job.other_concept, job.layer_sets)
    truth = interventions.planted_direction(planted_of(model.folder), job.concept, job.plan)
    # Whatever may be refused is checked before anything is written to the folder.
    rendered = rendered or render_prompts(run)
    layers = candidate_layers(job.plan.layers, model.depth)
    given = given_vectors(job.plan, model)
    if given is not None:
        layers = layers_tried(given, layers, job.plan.vector)
    rendered_as = value_hash(rendering(run, rendered.settings))
    if not fresh and kept.rendered_otherwise(rendered_as):
        raise Refused(
            f"{str(job.folder)!r} holds results of prompts that the chat template or the tokenizer "
            "renders differently now: name another folder, or replace them with --fresh."
        )
    with _whole_or_gone(job):
        if identity_in(job.folder) != job.identity:
            remove_results(job.folder)
            kept.discard_stale()
            write_json(job.identity, job.folder / PLAN_FILE)
        kept.render(rendered_as)
        _contrasts(run, rendered, given)
    return Begun(run, rendered, layers, truth, given, time.time() - started)


def finish(model: Model, job: Job, begun: Begun) -> None:
    """Measure all but the vectors, and write the tables, the vectors and, last, the card."""
    started = time.time() - begun.seconds
    run, rendered, plan = begun.run, begun.rendered, job.plan
    contrasts, of_other = _contrasts(run, rendered, begun.given)
    base = contrasts["BASE"]
    with _whole_or_gone(job):
        prompts = {"validation": rendered.prompts["validation", "BASE"]}
        candidates = interventions.contrastive(base, begun.layers, plan)
        scores = plan.control_scores
        few = plan.layer_multipliers
        task = SweepTask("validation", "validation", candidates, few, scores)
        (validation,) = sweeps(run, [task], prompts)
        layer, by_layer = layer_chosen(run, validation, begun.layers)
        run.kept.settle(layer)
        most = None if plan.layers == "all" or plan.map_items is None else 2 * plan.map_items
        prompts |= {name: rendered.prompts["test", name] for name in rendered.settings}
        prompts["map"] = rendered.prompts["test", "BASE"][:most]
        vector = MAKERS[plan.maker].make(base)[layer]
        answers = begun_answers(run, rendered)
        strength = measured_strength(run, rendered, base, layer)
        at_its_best = operating_tasks(run, strength, base, layer)
        tasks = [*_tasks(begun, contrasts, of_other, layer), *prefilled_tasks(answers)]
        tables, _, replies, drawn = all_or_pending(
            lambda: sweeps(run, [*tasks, *at_its_best], prompts),
            lambda: measure_apart(run, answers),
            lambda: written_replies(run, rendered, layer, vector, base.origin(layer)),
            lambda: sampled(run, rendered, layer, vector, base.origin(layer)),
        )
        prefilled = prefilled_probabilities(run, answers)
        sweep = pd.concat([validation, *tables], ignore_index=True)
        for name, table in run_tables(model, job.concept, rendered, sweep, prefilled).items():
            write(table, job.folder, name)
        if len(drawn):
            write_replies(drawn, job.folder)
        if strength is not None:
            rows = [strength.wide, operating_rows(run, strength, at_its_best)]
            write_strength(strength.costs, job.folder, "costs")
            write_strength(pd.concat(rows, ignore_index=True), job.folder, "wide")
        stage_of_predictors(run, rendered, layer)
        stage_of_wordings(run, rendered, base, layer)
        _save(begun, contrasts, layer)
        card = run_card(run, rendered, contrasts, (layer, by_layer), begun.truth)
        # The card is written last, since a folder with a card counts as complete.
        if begun.given is not None:
            card["given"] = card_of(begun.given, plan)
        card |= card_of_strength(strength)
        write_json(card | _ending(job, replies, started), job.folder / CARD_FILE)
        remove_parts(job.folder)


def _contrasts(
    run: Run, rendered: RenderedPrompts, given: GivenVectors | None
) -> tuple[dict[str, Contrast], Contrast | None]:
    def own() -> dict[str, Contrast]:
        if given is not None:
            return {"BASE": given_contrast(run, rendered, given)}
        return contrasts(run, rendered)

    both = all_or_pending(own, lambda: other_contrast(run))
    return both[0], both[1]


def _save(begun: Begun, contrasts: dict[str, Contrast], layer: int) -> None:
    file, about = begun.run.kept.folder / "vector.safetensors", vector_metadata(begun.run, layer)
    if begun.given is not None:
        save_given(begun.given, file, about)
        return
    make = MAKERS[begun.run.plan.maker].make
    vectors = {setting: make(one) for setting, one in contrasts.items()}
    if (origins := contrasts["BASE"].negative) is not None:
        vectors[ORIGIN] = origins
    save_vectors(vectors, file, about)


def _tasks(
    begun: Begun, contrasts: dict[str, Contrast], of_other: Contrast | None, layer: int
) -> list[SweepTask]:
    """Return the sweeps of the test items: the other layers, then each prompt setting."""
    plan, base = begun.run.plan, contrasts["BASE"]
    depth = range(begun.run.model.depth) if begun.given is None else begun.given.layers
    others = [at for at in depth if at != layer]
    tried, scores = interventions.contrastive(base, others, plan), plan.control_scores
    tasks = [SweepTask("map", "map", tried, plan.layer_multipliers, scores)]
    shifts = interventions.tried_in_every_setting(contrasts, layer, plan, begun.truth)
    controls = {**interventions.controls(base, layer, plan)}
    if begun.run.other_concept is not None and of_other is not None:
        name = begun.run.other_concept.name
        controls["other"] = [interventions.of_other_concept(name, of_other, base, layer, plan)]
    resampled = interventions.resampled_in_shifts(contrasts, layer, plan)
    for setting in begun.rendered.settings:
        tasks.append(SweepTask(f"{setting}/shifts", setting, shifts))
        of_setting = controls if setting == "BASE" else {RESAMPLED: resampled.get(setting, [])}
        tasks += [
            SweepTask(f"{setting}/{kind}", setting, some, plan.multipliers_of(kind), scores)
            for kind, some in of_setting.items()
        ]
        if not OPERATORS[plan.operator].identity_at_zero:
            at_rest = [interventions.at_rest(layer)]
            tasks.append(SweepTask(f"{setting}/{UNSTEERED}", setting, at_rest, (0.0,)))
    return [task for task in tasks if task.interventions]


def _ending(job: Job, replies: list[dict[str, Any]], started: float) -> dict[str, Any]:
    return {
        "generations": replies,
        "plan": job.identity["plan"],
        "plan_hash": identity_hash(job.identity),
        "stages": job.identity["stages"],
        "seconds": round(time.time() - started, 1),
    }


@contextmanager
def _whole_or_gone(job: Job) -> Iterator[None]:
    """Remove all files of a job that is refused, but keep them if the disk or a service failed."""
    folder = job.folder
    try:
        yield
    except Interrupted:
        # If the service has never answered, there is nothing to go on from.
        if is_without_results(folder):
            remove_all(folder)
        raise
    except Refused as refused:
        if not isinstance(refused.__cause__, OSError | SafetensorError):
            remove_all(folder)
        raise
