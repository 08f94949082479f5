"""The stages of a run except for its sweeps: vectors, the layer and replies."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from steering.forward.extraction import contrast
from steering.forward.generation import TOKENS, replies, room_for_reply
from steering.measuring.capped import training_groups
from steering.measuring.identity import pair_controls
from steering.measuring.layer import choose_layer, layer_slopes
from steering.measuring.run import RenderedPrompts, Run, questions_of, rendered_prompts
from steering.prompts.rendering import Prompt
from steering.prompts.requests import REQUESTS
from steering.records.directions import RESAMPLED
from steering.remote.deferred import all_or_pending
from steering.storage import replaced, write_json
from steering.vectors.arithmetic import Vector
from steering.vectors.controls import CONTROLS, Pairs
from steering.vectors.makers import Contrast

REPLY_MULTIPLIERS = (-1.5, 0.0, 1.5)


def contrasts(run: Run, rendered: RenderedPrompts) -> dict[str, Contrast]:
    """Return for each prompt setting what its training pairs differ in.

    The one of BASE also holds the vectors of the controls that are made from training pairs, and
    those of other settings the resampled ones that a shift of the paper starts from. Each kind of
    control is a stage of its own.
    """

    def of_setting(setting: str) -> Contrast:
        prompts = rendered.prompts["train", setting]
        weights = _weights(run, rendered, prompts, setting)
        return _contrast(run, f"vectors/{setting}", prompts, weights)

    each = all_or_pending(*[partial(of_setting, setting) for setting in rendered.settings])
    return dict(zip(rendered.settings, each, strict=True))


def other_contrast(run: Run) -> Contrast | None:
    """Return what the training pairs of the other concept differ in; None if there is no other.

    Training items whose prompts do not fit the model's context are left out.
    """
    if run.other_concept is None:
        return None
    groups = training_groups(run.plan, run.model)
    form, per_group = run.plan.form, run.plan.per_group
    asked = questions_of(run.other_concept, form, "train", groups, per_group)
    prompts = rendered_prompts(run.model, run.other_concept, asked, "BASE", form)
    fitting = [one for one in prompts if one.last_position < run.model.context]
    return _contrast(run, "vectors/other", fitting, {}) if fitting else None


def chosen_layer(validation: pd.DataFrame) -> tuple[int, dict[int, float]]:
    """Return the layer chosen by a sweep of validation items, and the mean slope of every layer."""
    by_layer = layer_slopes(validation)
    return choose_layer(by_layer), by_layer


def written_replies(
    run: Run, rendered: RenderedPrompts, layer: int, vector: Vector
) -> list[dict[str, Any]]:
    """Return the steered replies to a few test items, a row for each item and multiplier.

    They are the first items that leave room for a whole reply in the model's context. Where none
    does, replies are cut to what fits.
    """
    prompts = [one for one in rendered.prompts["test", "BASE"] if one.order == 0]
    roomy = [one for one in prompts if room_for_reply(run.model, len(one.token_ids)) >= TOKENS]
    prompts = (roomy or prompts)[: run.plan.replies]
    if not prompts:
        return []
    path = run.kept.path("replies", "json")
    if not run.kept.has("replies"):
        texts = replies(
            run.model, prompts, layer, vector, REPLY_MULTIPLIERS, operator=run.plan.operator
        )
        statements = {item.item: item.statement for item in run.concept.items}
        requests = {name: one.text for name, one in REQUESTS.items()}
        rows = [
            {
                "prompt_setting": prompt.prompt_setting,
                "item": prompt.item,
                "statement": requests.get(prompt.request, statements[prompt.item]),
                "multiplier": multiplier,
                "text": text,
            }
            for prompt, row in zip(prompts, texts, strict=True)
            for multiplier, text in zip(REPLY_MULTIPLIERS, row, strict=True)
        ]
        write_json(rows, path)
        run.kept.add("replies")
    written: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return written


def _contrast(
    run: Run, name: str, prompts: Sequence[Prompt], weights: Mapping[str, Tensor]
) -> Contrast:
    """Return what pairs differ in; `weights` holds those of further vectors, by their stages."""
    missing = [stage for stage in (name, *weights) if not run.kept.has(stage)]
    if missing:
        lacking = {stage: rows for stage, rows in weights.items() if stage in missing}
        joined = torch.cat([torch.zeros(0, len(prompts)), *lacking.values()])
        whole = contrast(run.model, prompts, label=name.replace("/", " "), weights=joined)
        parts = whole.weighted.split([len(rows) for rows in lacking.values()])
        tensors = {
            stage: {"weighted": part.clone()} for stage, part in zip(lacking, parts, strict=True)
        }
        tensors[name] = {"mean": whole.mean, "residual_norm": whole.residual_norm}
        for stage in missing:
            with replaced(run.kept.path(stage, "safetensors")) as temporary:
                save_file(tensors[stage], temporary)
        run.kept.add(*missing)
    own = load_file(run.kept.path(name, "safetensors"))
    weighted = [load_file(run.kept.path(stage, "safetensors"))["weighted"] for stage in weights]
    none = own["mean"].new_zeros(0, *own["mean"].shape)
    return Contrast(own["mean"], own["residual_norm"], {}, torch.cat([none, *weighted]))


def _weights(
    run: Run, rendered: RenderedPrompts, prompts: Sequence[Prompt], setting: str
) -> dict[str, Tensor]:
    """Return the weight of each training pair in each vector of the controls made from pairs.

    Those of other settings than BASE are resampled from the same pairs as the first ones of BASE.
    """
    shifts = run.plan.resampled_shifts
    few = max((shifts[one] for one in shifts if one[0] == setting), default=0)
    kinds = {RESAMPLED: few} if few else {}
    if setting == "BASE":
        kinds = {kind: run.plan.vectors_of(kind) for kind in pair_controls(run.plan)}
    groups = {item.item: item.group for item in rendered.items["train"]}
    items = [prompt.item for prompt in prompts]
    pairs = Pairs(items, [groups[item] for item in items])
    weights = {}
    for kind, count in kinds.items():
        make = CONTROLS[kind].of_pairs
        assert make is not None
        made = make(pairs, run.plan.vectors_of(kind), run.plan.seed)
        weights[f"vectors/{setting}/{kind}"] = made[:count]
    return weights
