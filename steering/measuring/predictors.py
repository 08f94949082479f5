"""Predictors of a vector, measured from training items alone: a stage of a run, or before any.

The training answers are read once more, each side on its own; then a few prompts under both
personas; and, of lettered answers, which letter the unsteered model takes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from steering.concepts import Concept
from steering.forward.activations import (
    Sides,
    before_answers,
    sides,
    work_before_answers,
    work_of_sides,
)
from steering.forward.operations import Work, work_of_answers
from steering.forward.scores import PROPENSITIES
from steering.forward.sweep import unsteered
from steering.measuring.kept import Kept
from steering.measuring.layer import candidate_layers
from steering.measuring.plan import Plan
from steering.measuring.run import RenderedPrompts, Run, render_prompts
from steering.models.model import Model
from steering.prompts.rendering import Prompt
from steering.records import predictors as table
from steering.records.tables import TODAY
from steering.storage import replaced
from steering.vectors import predictors as formulas

STAGE = "predictors"
# So many prompts are read under both personas, and so many are answered without a vector: each
# question in both orders. The first is a mean and the second a share, well known by then.
OF_PERSONAS, OF_ANSWERS = 32, 100
# The positive and the negative persona; those of the user's turn where there is no system role.
PERSONAS = (("SYS_POS", "SYS_NEG"), ("USER_POS", "USER_NEG"))


def measured(
    model: Model,
    concept: Concept,
    *,
    form: str = TODAY["form"],
    layers: str | tuple[int, ...] = "auto",
    plan: Plan | None = None,
) -> pd.DataFrame:
    """Return the predictors of a concept on a model before any sweep, at every layer or at some.

    The training items are those that `measure` takes by the same plan (the default one), and so are
    the values. Raises Refused where the concept cannot be put in the form, or for a layer that the
    model does not have.
    """
    chosen = candidate_layers(layers, model.depth)
    run = Run(model, concept, plan or Plan(form=form), Kept(Path(), {}))
    return predictors(run, render_prompts(run), chosen)


def stage_of_predictors(run: Run, rendered: RenderedPrompts, layer: int) -> None:
    """Write the predictors at the layer that a run chose beside its tables: a stage of its own.

    There are none where the vector was given as a file, whose training pairs are not known, or
    where a service runs the model, which is not asked for them.
    """
    if not _is_wanted(run):
        return
    path = run.kept.path(STAGE, "parquet")
    if not run.kept.has(STAGE):
        found = predictors(run, rendered, (layer,))
        with replaced(path) as temporary:
            found.to_parquet(temporary, index=False)
        run.kept.add(STAGE)
    table.write_predictors(pd.read_parquet(path), run.kept.folder)


def work_of_predictors(run: Run, rendered: RenderedPrompts) -> Work:
    """Return the work of the stage; none where it is kept already, or not wanted."""
    if run.kept.has(STAGE) or not _is_wanted(run):
        return Work()
    prompts = rendered.prompts["train", "BASE"]
    work = work_of_sides(run.model, prompts)
    for some in _under_personas(rendered):
        work += work_before_answers(run.model, some)
    if run.plan.form == TODAY["form"]:
        work += work_of_answers(run.model, prompts[:OF_ANSWERS], [None])
    return work


def predictors(run: Run, rendered: RenderedPrompts, layers: Sequence[int]) -> pd.DataFrame:
    """Return the predictors of a run's vector at some layers, see `steering.records.predictors`."""
    prompts = rendered.prompts["train", "BASE"]
    groups = groups_of(rendered, prompts)
    answers = sides(run.model, prompts, layers)
    personas = [before_answers(run.model, some, layers) for some in _under_personas(rendered)]
    beside: dict[str, float] = {}
    if run.plan.form == TODAY["form"]:
        asked = prompts[:OF_ANSWERS]
        items = [prompt.item for prompt in asked]
        beside[table.CONSISTENCY] = formulas.consistency(by_itself(run.model, asked), items)
    rows = []
    for layer in layers:
        values = {**_of_layer(answers, layer, prompts, groups), **beside}
        if personas:
            mean = (answers.positive[layer] - answers.negative[layer]).mean(0)
            values[table.PERSONA] = formulas.persona(mean, *(one[layer] for one in personas))
        key = (run.model.name, run.concept.name, run.plan.form, layer)
        counts = len(prompts), len(set(groups))
        rows += [(*key, name, values[name], *counts) for name in table.PREDICTORS if name in values]
    return pd.DataFrame(rows, columns=list(table.CONTRACT.columns))


def by_itself(model: Model, prompts: Sequence[Prompt]) -> Float[Tensor, " pair"]:
    """Return the propensity of each prompt without any vector, in logits or nats."""
    score = PROPENSITIES[prompts[0].form]
    return torch.from_numpy(unsteered(model, prompts, scores=(score,))[0]).float()


def groups_of(rendered: RenderedPrompts, prompts: Sequence[Prompt]) -> list[str]:
    """Return the group of each training prompt."""
    known = {item.item: item.group for item in rendered.items["train"]}
    return [known[prompt.item] for prompt in prompts]


def _of_layer(
    answers: Sides, layer: int, prompts: Sequence[Prompt], groups: Sequence[str]
) -> Mapping[str, float]:
    positive, negative = answers.positive[layer], answers.negative[layer]
    differences = positive - negative
    divided = formulas.halves(groups)
    items = [prompt.item for prompt in prompts]
    return {
        table.AGREEMENT: formulas.agreement(differences),
        table.PAIRWISE: formulas.pairwise(differences, items, groups),
        table.D_PRIME: formulas.d_prime(positive, negative, divided),
        table.SPLIT_HALF: formulas.split_half(differences, divided),
        table.DOSE: formulas.dose(differences.mean(0), answers.residual_norm[layer]),
        table.SPREAD: formulas.spread(differences, groups),
    }


def _under_personas(rendered: RenderedPrompts) -> list[list[Prompt]]:
    """Return the same few training prompts under the positive and under the negative persona.

    None where a plan has no persona in its settings.
    """
    for pair in PERSONAS:
        if set(pair) <= set(rendered.settings):
            return [rendered.prompts["train", name][:OF_PERSONAS] for name in pair]
    return []


def _is_wanted(run: Run) -> bool:
    return not run.plan.vector and run.model.remote is None
