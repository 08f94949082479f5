"""The price of a measurement: what will be run, how long it takes here, and how much memory.

Operations are counted from the prompts and the plan. How many of them this machine does in a second
comes from two forward passes of the model itself, a small and a large one, which are timed.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from steering.forward.batches import budget_of
from steering.forward.extraction import contrast
from steering.forward.lengths import alike, read_tokens
from steering.forward.operations import Work, work_of
from steering.forward.routes import route_of
from steering.forward.scores import SCORES
from steering.measuring.entries import beside_the_mean, tried_controls
from steering.measuring.given import given_vectors, layers_tried
from steering.measuring.identity import RESIDUAL
from steering.measuring.layer import candidate_layers
from steering.measuring.parts import (
    Part,
    copies_at_operating_point,
    strengths,
    texts,
    work_of_copies,
)
from steering.measuring.predictors import work_of_predictors
from steering.measuring.prefilled import STAGE, begun_answers
from steering.measuring.run import RenderedPrompts, Run
from steering.measuring.wordings import part_of_wordings
from steering.models.model import Model
from steering.prompts.rendering import Prompt
from steering.vectors.operators import OPERATORS

# The values that a block holds for a token at once, in widths of the residual stream: queries,
# keys, values, what attention gives, and three of the wider inner layer of its network.
_HELD = 16


@dataclass(frozen=True)
class Speed:
    """How fast a model runs here.

    Attributes:
        overhead: the seconds of a forward pass that do not depend on its size.
        operations: the operations in a second.
    """

    overhead: float
    operations: float

    def seconds(self, work: Work) -> float:
        """Return how long some work takes."""
        return work.passes * self.overhead + work.operations / self.operations


@dataclass(frozen=True)
class Price:
    """What a measurement will take: its parts, and the seconds and bytes of memory of them all."""

    parts: tuple[Part, ...]
    speed: Speed
    memory: int

    @property
    def seconds(self) -> float:
        """Return how long all parts take."""
        return sum(self.speed.seconds(part.work) for part in self.parts)


def price_of(run: Run, rendered: RenderedPrompts, speed: Speed) -> Price:
    """Return the price of what a run lacks, given the speed of its model."""
    parts = parts_of(run, rendered)
    largest = sum((part.work for part in parts), Work())
    return Price(parts, speed, memory_of(run.model, largest))


def memory_of(model: Model, work: Work) -> int:
    """Return how many bytes the weights and the largest pass of some work need."""
    number = model.dtype.itemsize
    weights = sum(each.numel() * each.element_size() for each in model.module.parameters())
    return int(weights + number * (work.tokens * model.width * _HELD + work.pairs))


def speed_of(model: Model, prompts: Sequence[Prompt]) -> Speed:
    """Return how fast a model runs, from one pass over a prompt and one over many.

    The many are a quarter of what one pass may hold, which keeps a processor as busy as more would.
    """
    many = prompts[: max(8, budget_of(model.device) // (4 * len(prompts[0].token_ids)))]
    # The proof of the route, and what the first pass allocates, are no part of later ones.
    route_of(model, [one.token_ids for one in prompts])
    contrast(model, prompts[:1])
    timed = []
    for some in (prompts[:1], many):
        started = time.perf_counter()
        contrast(model, some)
        timed.append((time.perf_counter() - started, _extracted(model, some)))
    (small, one), (large, all_of_them) = timed
    more = all_of_them.operations - one.operations
    operations = more / max(large - small, 0.1 * large)
    return Speed(max(0.0, small - one.operations / operations), operations)


def parts_of(run: Run, rendered: RenderedPrompts) -> tuple[Part, ...]:
    """Return the parts of a measurement that are not kept yet, before any of them is run.

    The layer is not chosen yet: one in the middle of those that it is chosen from stands for it.
    """
    parts = [*_vectors(run, rendered), *_sweeps(run, rendered)]
    parts += [*texts(run, rendered), *strengths(run, rendered)]
    parts.append(Part("predictors of the vector", work_of_predictors(run, rendered)))
    parts.append(part_of_wordings(run, rendered, run.model.depth // 2))
    return tuple(part for part in parts if part.work.passes)


def _vectors(run: Run, rendered: RenderedPrompts) -> list[Part]:
    if run.plan.vector:
        # A given vector is not extracted, but the norms of the residual stream are measured.
        asked = rendered.prompts["validation", "BASE"]
        norms = Work() if run.kept.has(RESIDUAL) else _extracted(run.model, asked)
        return [Part(f"the residual stream of {len(asked)} prompts", norms)]
    total, prompts = Work(), 0
    for setting in rendered.settings:
        of_setting = rendered.prompts["train", setting]
        if not run.kept.has(f"vectors/{setting}", *beside_the_mean(run.plan, setting)):
            total += _extracted(run.model, of_setting)
            prompts += len(of_setting)
    return [Part(f"vectors from {prompts} training prompts", total)]


def _extracted(model: Model, prompts: Sequence[Prompt]) -> Work:
    """Return the work of reading both answers to each prompt, unsteered."""
    total = Work()
    for group in alike(prompts):
        some = [prompts[place] for place in group]
        size = 2 * read_tokens(some)
        total += work_of(model, [one.token_ids for one in some], [None], size=size)
    return total


def _sweeps(run: Run, rendered: RenderedPrompts) -> list[Part]:
    plan, model = run.plan, run.model
    layers, depth = candidate_layers(plan.layers, model.depth), tuple(range(model.depth))
    given = given_vectors(plan, model)
    if given is not None:
        layers, depth = layers_tried(given, layers, plan.vector), tuple(given.layers)
    middle = layers[len(layers) // 2]
    shared = int(OPERATORS[plan.operator].identity_at_zero)  # then λ = 0 is one copy for all
    points, of_layers = len(plan.multipliers) - shared, len(plan.layer_multipliers) - shared
    of_all, of_controls = (
        any(SCORES[name].normalised for name in names)
        for names in (plan.scores, plan.control_scores)
    )

    def swept(name: str, prompts: Sequence[Prompt], at: Sequence[int], more: int = 0) -> Part:
        # `more` copies need the logits of all words though those of controls do not.
        whole = 1 + len(at) if of_controls else more
        return Part(name, work_of_copies(model, prompts, at, whole))

    def lacking(stage: str) -> bool:
        return not all(run.kept.has(f"sweep/{stage}/{score}") for score in plan.control_scores)

    parts = []
    if lacking("validation"):
        prompts = rendered.prompts["validation", "BASE"]
        at = [layer for layer in layers for _ in range(of_layers)]
        name = f"{len(layers)} layers on {len(prompts)} validation prompts"
        parts.append(swept(name, prompts, at))
    if lacking("map"):
        few = None if plan.layers == "all" or plan.map_items is None else 2 * plan.map_items
        prompts = rendered.prompts["test", "BASE"][:few]
        at = [layer for layer in depth if layer != middle for _ in range(of_layers)]
        parts.append(swept(f"all layers on {len(prompts)} prompts", prompts, at))
    for setting in rendered.settings:
        prompts = rendered.prompts["test", setting]
        vectors: dict[str, int] = {}
        copies = more = 0
        if lacking(f"{setting}/shifts"):
            tried = 1 if given is not None else len(rendered.settings)
            vectors["prompt settings'"] = tried + (tried - 1) * plan.own_norm
            copies = vectors["prompt settings'"] * points
            more = (1 + copies) * of_all
        for kind, count in _controls(run, setting).items():
            if lacking(f"{setting}/{kind}") and count:
                vectors[kind] = count
                copies += count * (len(plan.multipliers_of(kind)) - shared)
        if setting == "BASE":
            copies += copies_at_operating_point(run)
        what = ", ".join(f"{count} {kind}" for kind, count in vectors.items())
        name = f"{what} vectors on {len(prompts)} test prompts of {setting}"
        parts.append(swept(name, prompts, [middle] * copies, more))
    parts.append(_prefilled(run, rendered))
    return parts


def _prefilled(run: Run, rendered: RenderedPrompts) -> Part:
    """Return the part of the prefilled tokens whose probability no sweep tells."""
    left = [one for one in begun_answers(run, rendered).values() if not one.on_the_way]
    ids = [cut.unsteered_ids for one in left for cut in one.cut.values()]
    work = Work() if run.kept.has(STAGE) or not ids else work_of(run.model, ids, [None], whole=1)
    return Part(f"what {len(ids)} prompts begin", work)


def _controls(run: Run, setting: str) -> dict[str, int]:
    """Return how many vectors of each kind of control are measured in a prompt setting."""
    if setting == "BASE":
        kinds = {kind: run.plan.vectors_of(kind) for kind in tried_controls(run.plan)}
        return kinds | ({"other": 1} if run.other_concept else {})
    shifts = run.plan.resampled_shifts.items()
    return {"resampled": sum(count for (_, there), count in shifts if there == setting)}
