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
from steering.measuring.asking import asked_prompts
from steering.measuring.capped import training_groups
from steering.measuring.entries import weighted_kinds
from steering.measuring.layer import choose_layer, layer_slopes
from steering.measuring.run import RenderedPrompts, Run, questions_of, rendered_prompts
from steering.prompts.rendering import Prompt
from steering.prompts.requests import REQUESTS
from steering.remote.deferred import all_or_pending
from steering.storage import replaced, write_json
from steering.vectors.arithmetic import Vector
from steering.vectors.controls import CONTROLS, Pairs
from steering.vectors.makers import MAKERS, Contrast, Maker
from steering.vectors.making import over_settings, vectors_of
from steering.vectors.operators import OPERATORS

REPLY_MULTIPLIERS = (-1.5, 0.0, 1.5)


def contrasts(run: Run, rendered: RenderedPrompts) -> dict[str, Contrast]:
    """Return for each prompt setting what its training pairs differ in.

    The one of BASE also holds the vectors of the controls that are made from training pairs, and
    those of other settings the resampled ones that a shift of the paper starts from. Each kind of
    control is a stage of its own, and so is what a maker or an operator needs besides the mean.
    """

    def of_setting(setting: str) -> Contrast:
        prompts = rendered.prompts["train", setting]
        weights = _weights(run, rendered, prompts, setting)
        return _contrast(run, f"vectors/{setting}", prompts, weights)

    each = all_or_pending(*[partial(of_setting, setting) for setting in rendered.settings])
    found = dict(zip(rendered.settings, each, strict=True))
    return over_settings(found) if MAKERS[run.plan.maker].of_settings else found


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
    prompts = asked_prompts(prompts, run.plan.asking, run.model.tokenizer)
    fitting = [one for one in prompts if one.last_position < run.model.context]
    return _contrast(run, "vectors/other", fitting, {}) if fitting else None


def chosen_layer(validation: pd.DataFrame) -> tuple[int, dict[int, float]]:
    """Return the layer chosen by a sweep of validation items, and the mean slope of every layer."""
    by_layer = layer_slopes(validation)
    return choose_layer(by_layer), by_layer


def written_replies(
    run: Run,
    rendered: RenderedPrompts,
    layer: int,
    vector: Vector,
    origin: Vector | None = None,
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
            run.model,
            prompts,
            layer,
            vector,
            REPLY_MULTIPLIERS,
            operator=run.plan.operator,
            origin=origin,
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
    maker, made, negative = MAKERS[run.plan.maker], f"{name}/made", f"{name}/negative"
    of_pairs = [made] if maker.direction is not None else []
    of_answers = [negative] if OPERATORS[run.plan.operator].needs_origin else []
    stages = [name, *of_pairs, *of_answers, *weights]
    missing = [stage for stage in stages if not run.kept.has(stage)]
    if missing:
        lacking = {stage: rows for stage, rows in weights.items() if stage in missing}
        joined = torch.cat([torch.zeros(0, len(prompts)), *lacking.values()])
        single = of_pairs and (made in missing or bool(lacking))
        whole = contrast(
            run.model,
            prompts,
            range(run.model.depth) if single else (),
            name.replace("/", " "),
            joined,
            negative=negative in missing,
        )
        weighted = whole.weighted
        tensors = {name: {"mean": whole.mean, "residual_norm": whole.residual_norm}}
        if single:
            equal = torch.full((1, len(prompts)), 1 / len(prompts))
            vectors, weighted = _made(maker, whole, torch.cat([equal, joined]))
            tensors[made] = {"vectors": vectors}
        if whole.negative is not None:
            tensors[negative] = {"negative": whole.negative}
        parts = weighted.split([len(rows) for rows in lacking.values()])
        tensors |= {
            stage: {"weighted": part.clone()} for stage, part in zip(lacking, parts, strict=True)
        }
        for stage in missing:
            with replaced(run.kept.path(stage, "safetensors")) as temporary:
                save_file(tensors[stage], temporary)
        run.kept.add(*missing)
    kept = {stage: load_file(run.kept.path(stage, "safetensors")) for stage in stages}
    own = kept[name]
    none = own["mean"].new_zeros(0, *own["mean"].shape)
    return Contrast(
        own["mean"],
        own["residual_norm"],
        {},
        torch.cat([none, *[kept[stage]["weighted"] for stage in weights]]),
        kept[negative]["negative"] if of_answers else None,
        kept[made]["vectors"] if of_pairs else None,
    )


def _made(maker: Maker, whole: Contrast, weights: Tensor) -> tuple[Tensor, Tensor]:
    """Return the vectors of a maker at every layer: that of equal weights, and all others."""
    layers = [vectors_of(maker, pairs, weights) for pairs in whole.differences.values()]
    vectors = torch.stack(layers, dim=1)
    return vectors[0].clone(), vectors[1:]


def _weights(
    run: Run, rendered: RenderedPrompts, prompts: Sequence[Prompt], setting: str
) -> dict[str, Tensor]:
    """Return the weight of each training pair in each vector of the controls made from pairs.

    Those of other settings than BASE are resampled from the same pairs as the first ones of BASE.
    """
    groups = {item.item: item.group for item in rendered.items["train"]}
    items = [prompt.item for prompt in prompts]
    pairs = Pairs(items, [groups[item] for item in items])
    weights = {}
    for kind, count in weighted_kinds(run.plan, setting).items():
        make = CONTROLS[kind].of_pairs
        assert make is not None
        made = make(pairs, run.plan.vectors_of(kind), run.plan.seed)
        weights[f"vectors/{setting}/{kind}"] = made[:count]
    return weights
