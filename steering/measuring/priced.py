"""The price of a measurement that has not begun: nothing is written, and nothing is measured."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from steering.concepts import Concept, Item
from steering.concepts.items import Split
from steering.measuring.affordable import LEAST, affordable
from steering.measuring.identity import revision_of, stages
from steering.measuring.job import Job, job_of
from steering.measuring.kept import Kept
from steering.measuring.measure import Access
from steering.measuring.plan import Plan
from steering.measuring.price import Price, price_of, speed_of
from steering.measuring.run import (
    RenderedPrompts,
    Run,
    items_of,
    questions_of,
    render_prompts,
)
from steering.prompts.requests import Asked


@dataclass(frozen=True)
class Priced:
    """A measurement with its price: its plan, the sizes that were chosen for a time, if any."""

    plan: Plan
    price: Price
    chosen: dict[str, int]


def priced(
    model: str,
    concept: str | Path | Concept,
    plan: Plan,
    out: Path | str,
    access: Access,
    *,
    data_dir: Path | str | None = None,
    seconds: float | None = None,
) -> Priced:
    """Return what a measurement takes here; where a time is given, of the sizes that fit it.

    What the folder holds already costs nothing. Raises Refused for bad input, and where not even
    the least that a verdict can rest on fits the time.
    """
    job = job_of(model, concept, plan, out, data_dir)
    plan = job.plan
    loaded = access.load(model, plan, job.folder / "parts")

    def run_of(one: Plan) -> Run:
        wanted = stages(model, job.concept, one, revision_of(model), job.other_concept)
        return Run(loaded, job.concept, one, Kept(job.folder, wanted), job.other_concept)

    whole = render_prompts(run_of(plan))
    speed = speed_of(loaded, whole.prompts["test", "BASE"])
    if seconds is None:
        return Priced(plan, price_of(run_of(plan), whole, speed), {})

    def cost(one: Plan) -> float:
        return price_of(run_of(one), fewer(whole, job, one), speed).seconds

    fitting = affordable(plan, _most(whole, plan), seconds, cost)
    chosen = {name: getattr(fitting, name) for name in LEAST}
    changed = {name: size for name, size in chosen.items() if size != getattr(plan, name)}
    rest = fewer(whole, job, fitting)
    return Priced(fitting, price_of(run_of(fitting), rest, speed), changed)


def fewer(rendered: RenderedPrompts, job: Job, plan: Plan) -> RenderedPrompts:
    """Return those of the rendered prompts that a smaller plan takes."""
    limits: dict[Split, tuple[int | None, int | None]] = {
        "train": (plan.train_groups if isinstance(plan.train_groups, int) else None, None),
        "validation": (plan.validation_groups, plan.per_group),
        "test": (plan.test_groups, plan.per_group),
    }
    kept = {
        split: {_row(one) for one in questions_of(job.concept, plan.form, split, *limit)}
        for split, limit in limits.items()
    }
    prompts = {
        (split, setting): [one for one in some if one.item in kept[cast(Split, split)]]
        for (split, setting), some in rendered.prompts.items()
    }
    items = {str(split): items_of(job.concept, prompts[split, "BASE"]) for split in limits}
    return replace(rendered, items=items, prompts=prompts)


def _row(question: Item | Asked) -> int:
    """Return the source row that names a question: of a pair that of the positive text."""
    return question.pair.item if isinstance(question, Asked) else question.item


def _most(rendered: RenderedPrompts, plan: Plan) -> dict[str, int]:
    """Return for each size how much a plan takes of what there is."""
    groups = {split: len({one.group for one in some}) for split, some in rendered.items.items()}
    map_items = len(rendered.items["test"])
    return {
        **{name: getattr(plan, name) for name in LEAST if name.endswith("_vectors")},
        "map_items": map_items if plan.map_items is None else min(plan.map_items, map_items),
        "neutral_texts": plan.neutral_texts,
        "wordings": plan.wordings,
        "train_groups": groups["train"],
        "validation_groups": groups["validation"],
        "test_groups": groups["test"],
    }
