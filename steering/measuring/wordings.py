"""Wordings, measured: the vector of BASE on the same test questions, put in other words.

The vector is made once, from the published wording, and added to prompts in every wording of every
family. In the family of fewer training pairs the questions stay as they are, and the vector is one
of those that are made from some of the training groups.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from steering.concepts import Item
from steering.errors import Refused
from steering.forward.copies import Intervention
from steering.forward.operations import Work
from steering.forward.scores import LETTER_MASS
from steering.measuring import interventions
from steering.measuring.parts import Part, work_of_copies
from steering.measuring.run import RenderedPrompts, Run
from steering.measuring.stages_of_wordings import (
    families_of,
    wording_multipliers,
    wording_scores,
    wording_task,
)
from steering.measuring.sweeps import SweepTask, kept_table, sweeps
from steering.prompts.rendering import Prompt
from steering.prompts.rewordings import (
    FAMILIES,
    PUBLISHED,
    Rewording,
    cannot_be_put,
    reworded_prompts,
)
from steering.records.directions import SUBSET, subset_size, subset_sizes
from steering.records.wordings import CONTRACT, PAIRS, write_wordings
from steering.steerability import slopes
from steering.vectors.makers import Contrast

# Of vectors of fewer training groups, those of the largest sizes are tried, so many of each.
_SIZES, _OF_SIZE = 2, 3


@dataclass(frozen=True)
class Reworded:
    """The questions of a run in other words.

    Attributes:
        prompts: by family; that of fewer training pairs has the published ones.
        left_out: a sentence for each wording that is left out, by family and name.
    """

    prompts: dict[str, list[Prompt]]
    left_out: dict[str, str]


def stage_of_wordings(run: Run, rendered: RenderedPrompts, base: Contrast, layer: int) -> None:
    """Write the slopes under every wording beside the tables of a run, if its plan asks for them.

    Kept results are not measured again; each family is a stage of its own.
    """
    asked = reworded(run, rendered)
    if not asked.prompts:
        return
    tasks = [_task(run, rendered, family, base, layer) for family in asked.prompts]
    sweeps(run, tasks, {_label(name): some for name, some in asked.prompts.items()})
    groups = {item.item: item.group for item in rendered.items["test"]}
    training = len({item.group for item in rendered.items["train"]})
    tables = []
    for family in asked.prompts:
        swept = kept_table(run, wording_task(family))
        table = _slopes(swept)
        if family == PAIRS:
            names = [f"{subset_size(number, training)}-{number}" for number in table["number"]]
            table = table.assign(wording_family=PAIRS, wording=names)
        tables.append(table.assign(group=table["item"].map(groups)))
    write_wordings(pd.concat(tables, ignore_index=True), asked.left_out, run.kept.folder)


def reworded(run: Run, rendered: RenderedPrompts) -> Reworded:
    """Return the prompts of every family that a plan measures, and what is left out of them.

    A wording is left out where the tokenizer has no token for its labels, where the chat template
    cannot express it, or where a question in it does not fit the context: so all wordings that are
    kept ask the same questions. A family of which none is left is left out as a whole.
    """
    items = items_reworded(run, rendered)
    prompts: dict[str, list[Prompt]] = {}
    left_out = {}
    for family in families_of(run.plan):
        own: list[Prompt] = []
        for wording in FAMILIES.get(family, (PUBLISHED,)):
            some, sentence = _in_wording(run, items, wording)
            own += some
            if sentence:
                left_out[f"{family}.{wording.name}"] = sentence
        if own:
            prompts[family] = own
    return Reworded(prompts, left_out)


def items_reworded(run: Run, rendered: RenderedPrompts) -> tuple[Item, ...]:
    """Return the test items that are put in other words: those of the plan's first groups."""
    plan, there = run.plan, {item.item for item in rendered.items["test"]}
    limits = [plan.wordings, *([] if plan.test_groups is None else [plan.test_groups])]
    some = run.concept.of_split("test", min(limits), plan.per_group)
    return tuple(item for item in some if item.item in there)


def part_of_wordings(run: Run, rendered: RenderedPrompts, layer: int) -> Part:
    """Return the price's part of the wordings that are not kept yet."""
    lacking = {
        family: some
        for family, some in reworded(run, rendered).prompts.items()
        if not run.kept.has(
            *(f"sweep/{wording_task(family)}/{score}" for score in wording_scores(family))
        )
    }
    points, work, count = len(wording_multipliers(run.plan)) - 1, Work(), 0
    for family, some in lacking.items():
        vectors = len(_numbers(run, rendered)) if family == PAIRS else 1
        copies = points * vectors
        whole = 0 if family == PAIRS else 1 + copies
        work += work_of_copies(run.model, some, [layer] * copies, whole)
        count += len(some)
    return Part(f"{count} prompts in other words", work)


def _in_wording(run: Run, items: tuple[Item, ...], wording: Rewording) -> tuple[list[Prompt], str]:
    """Return the prompts of a wording, or none and why not."""
    tokenizer, context = run.model.tokenizer, run.model.context
    if sentence := cannot_be_put(tokenizer, wording):
        return [], sentence
    try:
        prompts = list(reworded_prompts(run.concept, items, tokenizer, wording))
    except Refused as refused:
        return [], str(refused)
    if any(one.last_position >= context for one in prompts):
        return [], f"questions in it do not fit the context of {context} tokens."
    return prompts, ""


def _task(
    run: Run, rendered: RenderedPrompts, family: str, base: Contrast, layer: int
) -> SweepTask:
    plan = run.plan
    vectors: Sequence[Intervention] = interventions.contrastive(base, [layer], plan)
    if family == PAIRS:
        tried = interventions.controls(base, layer, plan)[SUBSET]
        vectors = [tried[number] for number in _numbers(run, rendered)]
    name, label, scores = wording_task(family), _label(family), wording_scores(family)
    return SweepTask(name, label, vectors, wording_multipliers(plan), scores, apart=True)


def _label(family: str) -> str:
    return f"wordings-{family}"


def _numbers(run: Run, rendered: RenderedPrompts) -> list[int]:
    """Return the numbers of the vectors of fewer training groups that are tried."""
    groups = len({item.group for item in rendered.items["train"]})
    largest = subset_sizes(groups)[-_SIZES:]
    numbers = range(1, run.plan.vectors_of(SUBSET))
    of_size = [[at for at in numbers if subset_size(at, groups) == size] for size in largest]
    return sorted(number for some in of_size for number in some[:_OF_SIZE])


def _slopes(swept: pd.DataFrame) -> pd.DataFrame:
    """Return the line of every curve, with the letters' probability where nothing is added."""
    lines = slopes(swept)
    key = ["wording", "number", "item", "order"]
    mass = swept[LETTER_MASS] if LETTER_MASS in swept else float("nan")
    still = swept.assign(letter_mass=mass)[swept["multiplier"] == 0]
    table = lines.merge(still[[*key, LETTER_MASS]], on=key, validate="one_to_one")
    table = table.astype(dict.fromkeys(("number", "layer", "item", "order"), "int64"))
    return table.drop(columns=[name for name in table if name not in CONTRACT.columns])
