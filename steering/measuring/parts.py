"""Parts of a measurement that are priced: what the model writes, and how strongly it may be pushed.

They are counted from the prompts and the plan, before the layer and the operating point are chosen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from steering.forward.disturbance import grows_by_rows, pushes_of_pass
from steering.forward.generation import TOKENS
from steering.forward.operations import Work, work_of_answers
from steering.measuring.costs import PERSONAS, neutral_texts
from steering.measuring.doses import DOSES, FEW_DOSES, LEAST_REPLY_DOSE
from steering.measuring.given import given_vectors
from steering.measuring.layer import candidate_layers
from steering.measuring.run import RenderedPrompts, Run
from steering.measuring.sampled import STAGE as SAMPLED
from steering.measuring.sampled import questions_put, sampled_pushes
from steering.measuring.stages import REPLY_MULTIPLIERS
from steering.measuring.stages_of_strength import (
    COSTS,
    MAP_TEXTS,
    RANDOM_VECTORS,
    WIDE,
    operating_task,
    vectors_at_point,
    wide_scores,
)
from steering.measuring.strength import wide_prompts
from steering.models.model import Model
from steering.prompts.neutral import NeutralText
from steering.prompts.rendering import Prompt
from steering.records.directions import RANDOM
from steering.records.tables import TODAY


@dataclass(frozen=True)
class Part:
    """One kind of forward passes of a measurement, and their work."""

    name: str
    work: Work


def work_of_copies(
    model: Model, prompts: Sequence[Prompt], steered_at: Sequence[int], whole: int
) -> Work:
    """Return the work of prompts with an unsteered copy, and one for each block of `steered_at`.

    Of `whole` copies the logits of all words are computed.
    """
    if not steered_at:
        return Work()
    return work_of_answers(model, prompts, [None, *steered_at], whole=whole)


def texts(run: Run, rendered: RenderedPrompts) -> list[Part]:
    """Return the parts of what the model writes."""
    plan, parts = run.plan, []
    if plan.replies and not run.kept.has("replies"):
        parts.append(Part(f"{plan.replies} replies", _replies(run, rendered)))
    if pushes := sampled_pushes(plan):
        lacking_replies = not run.kept.has(SAMPLED)
        text = f"{len(questions_put(run)) * pushes} sampled replies, scored twice"
        parts.append(Part(text, _sampled(run, rendered, pushes) if lacking_replies else Work()))
    return parts


def strengths(run: Run, rendered: RenderedPrompts) -> list[Part]:
    """Return the parts of how strongly a vector may be applied, less the test items'."""
    plan, model = run.plan, run.model
    if not plan.neutral_texts:
        return []
    parts, pushes = [], 2 * len(DOSES)
    if not run.kept.has(COSTS):
        behind = neutral_texts(run)
        given = given_vectors(plan, model)
        layers = model.depth if given is None else len(given.layers)
        drawn = min(plan.vectors_of(RANDOM), RANDOM_VECTORS) * len(FEW_DOSES)
        # The layer is not chosen yet: the middle one stands for it, and for the mean of all others.
        middle = model.depth // 2
        work = _neutral(model, behind, pushes + drawn, middle)
        if layers > 1:
            others = (layers - 1) * len(FEW_DOSES)
            work += _neutral(model, behind[:MAP_TEXTS], others, middle)
        for _ in {*PERSONAS} & {*rendered.settings}:
            work += _neutral(model, behind, 0, middle)
        written = 1 + 2 * sum(dose >= LEAST_REPLY_DOSE for dose in DOSES)
        work += _written(run, rendered, len(behind[:MAP_TEXTS]), written)
        parts.append(Part(f"{len(behind)} neutral texts", work))
    scores = wide_scores(plan)
    if not run.kept.has(*(f"sweep/{WIDE}/{score}" for score in scores)):
        prompts = wide_prompts(plan, rendered)
        layers_tried = candidate_layers(plan.layers, model.depth)
        middle = layers_tried[len(layers_tried) // 2]
        whole = 1 + pushes if plan.form != TODAY["form"] or len(scores) > 1 else 0
        work = work_of_copies(model, prompts, [middle] * pushes, whole)
        parts.append(Part(f"{pushes} doses on {len(prompts)} validation prompts", work))
    return parts


def copies_at_operating_point(run: Run) -> int:
    """Return how many copies of each test prompt the operating point takes, if it is lacking."""
    plan, score = run.plan, wide_scores(run.plan)[0]
    if not plan.neutral_texts:
        return 0
    counts = {"own": 1, **vectors_at_point(plan)}
    lacking = [
        count
        for kind, count in counts.items()
        if not run.kept.has(f"sweep/{operating_task(kind)}/{score}")
    ]
    return sum(lacking)


def _neutral(model: Model, some: Sequence[NeutralText], pushes: int, layer: int) -> Work:
    """Return the work of neutral texts under so many pushes, each pass with an unsteered row."""
    total, head = Work(), 2 * model.head.weight.numel()
    grows = bool(some) and bool(pushes) and grows_by_rows(model, some)
    # What is added only at its block is computed by the blocks behind that one.
    alone, every = (layer + 1, model.depth - layer - 1) if grows else (0, model.depth)
    for text in some:
        length, most = len(text.token_ids), pushes_of_pass(model, text)
        passes = max(1, -(-pushes // most))
        rows = pushes + passes
        blocks = (alone * passes + every * rows) * model.costs.of_row(length)
        largest = 1 + min(most, pushes)
        spoken = head * rows * length
        total += Work(blocks + spoken, passes, largest * length, largest * length**2)
    return total


def _replies(run: Run, rendered: RenderedPrompts) -> Work:
    """Return the work of replies, a pass for each token, all of them at once."""
    return _written(run, rendered, run.plan.replies, len(REPLY_MULTIPLIERS))


def _sampled(run: Run, rendered: RenderedPrompts, pushes: int) -> Work:
    """Return the work of sampled replies, and of scoring each under both personas.

    A question with letters is longer than a request: twice as many tokens stand for it.
    """
    written = _written(run, rendered, 2 * len(questions_put(run)), pushes)
    return Work(2 * written.operations, 2 * written.passes)


def _written(run: Run, rendered: RenderedPrompts, count: int, each: int) -> Work:
    prompts = rendered.prompts["test", "BASE"]
    length = sum(len(one.token_ids) for one in prompts) / max(1, len(prompts))
    row = run.model.costs.of_row(length + TOKENS) * run.model.depth
    return Work(row * count * each, TOKENS)
