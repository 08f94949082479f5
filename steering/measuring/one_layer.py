"""One layer for all concepts of a model, as Tan et al. chose it: by a sweep over a few data sets.

It is asked for by the plan's layers `one`. The models of the paper have the paper's own layer.
The sweep tries the mean difference, added, on the sets of the published sweep that are known here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from steering.concepts import Split
from steering.forward.apart import swept_apart
from steering.forward.copies import Curves, Intervention
from steering.forward.extraction import contrast
from steering.forward.sweep import sweep_table
from steering.measuring.allowed import ONE_LAYER
from steering.measuring.asking import asked_prompts
from steering.measuring.layer import choose_layer, layer_slopes
from steering.measuring.run import Run, questions_of, rendered_prompts
from steering.measuring.stages import chosen_layer
from steering.prompts.rendering import Prompt
from steering.records.directions import CONTRASTIVE
from steering.records.tables import TODAY
from steering.source import value_hash
from steering.steerability import few_multipliers

# Those of the paper, section 3 and appendix, counted from 0.
PUBLISHED = {
    "meta-llama/Llama-2-7b-chat-hf": 13,
    "Qwen/Qwen1.5-14B-Chat": 21,
    "google/gemma-2-2b-it": 14,
}
# The groups of each set that a vector is made of there and that it is tried on: for all sets
# together more than the choice of one concept's layer takes.
TRAINED, TRIED = 40, 20
# What has been swept in this process, which may measure many concepts of a model.
_SWEPT: dict[str, dict[int, float]] = {}


def layer_chosen(
    run: Run, validation: pd.DataFrame, layers: Sequence[int]
) -> tuple[int, dict[int, float]]:
    """Return the layer that a run is steered at, and the mean slope of each that it is chosen from.

    Where one layer is chosen for all concepts, the slopes are means over the sets of that sweep.
    """
    if run.plan.layers != ONE_LAYER:
        return chosen_layer(validation)
    published = PUBLISHED.get(run.model.name.partition("@")[0])
    if published is not None:
        return published, {published: layer_slopes(validation)[published]}
    by_layer = slopes_of_sets(run, layers)
    return choose_layer(by_layer), by_layer


def slopes_of_sets(run: Run, layers: Sequence[int]) -> dict[int, float]:
    """Return the mean slope of each layer over the sets: validation items, in logits per λ."""
    plan, sets = run.plan, run.layer_sets
    about = [run.model.name, run.model.revision, plan.dtype, plan.asking.changed, [*layers]]
    key = value_hash([about, plan.multipliers, [value_hash(repr(one)) for one in sets]])
    if key not in _SWEPT:
        each = [_slopes(replace(run, concept=one), layers) for one in sets]
        _SWEPT[key] = {at: sum(one[at] for one in each) / len(each) for at in layers}
    return _SWEPT[key]


def _slopes(run: Run, layers: Sequence[int]) -> dict[int, float]:
    model, plan = run.model, run.plan
    mean = contrast(model, _prompts(run, "train", TRAINED), label=f"layer {run.concept.name}").mean
    tried = [Intervention("BASE", CONTRASTIVE, at, mean[at]) for at in layers]
    prompts, multipliers = _prompts(run, "validation", TRIED), few_multipliers(plan.multipliers, 1)
    (values,), _ = swept_apart(model, prompts, [Curves(tried, multipliers, (plan.fitted_score,))])
    return layer_slopes(sweep_table(values, model.name, prompts, tried, multipliers))


def _prompts(run: Run, split: Split, groups: int) -> list[Prompt]:
    """Return the prompts of a set that fit the model's context."""
    some = questions_of(run.concept, TODAY["form"], split, groups, 1)
    prompts = rendered_prompts(run.model, run.concept, some, "BASE")
    asked = asked_prompts(prompts, run.plan.asking, run.model.tokenizer)
    return [one for one in asked if one.last_position < run.model.context]
