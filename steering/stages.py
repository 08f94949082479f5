"""The stages of a measurement, each written down as soon as it is done: vectors, layer, sweep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from tqdm import tqdm

from steering.activations import Contrast, contrast
from steering.concepts import ORDERS, Concept, Item, statement_hash
from steering.errors import Refused
from steering.folders import replaced
from steering.generation import replies
from steering.models import Model
from steering.plan import Plan
from steering.prompts import Prompt, render, settings_of
from steering.steerability import slopes
from steering.sweep import Intervention, answer_propensities, propensities, sweep_table
from steering.terms import together
from steering.vectors import Vector, resampling_weights, shuffling_weights

# Prompts a part: so much work at most is lost when a run is interrupted.
PART = 100
REPLY_MULTIPLIERS = (-1.5, 0.0, 1.5)


@dataclass(frozen=True)
class Asked:
    """The prompts of a measurement, by prompt setting and split; and how many were too long."""

    settings: tuple[str, ...]
    items: dict[str, tuple[Item, ...]]
    prompts: dict[tuple[str, str], list[Prompt]]
    too_long: int

    def every(self) -> list[Prompt]:
        """Return all prompts once, training first."""
        return [prompt for prompts in self.prompts.values() for prompt in prompts]


@dataclass(frozen=True)
class Run:
    """One measurement: what is asked of which model, and where its parts are kept meanwhile."""

    model: Model
    concept: Concept
    plan: Plan
    parts: Path
    other: Concept | None = None


def ask(run: Run) -> Asked:
    """Return the prompts that a plan needs: training and test items in every setting.

    Items whose prompt does not fit the model's context are left out and counted. Raises Refused
    where a split has none left.
    """
    model, concept, plan = run.model, run.concept, run.plan
    settings = settings_of(model.tokenizer, plan.settings)
    items = {
        "train": concept.of_split("train", plan.train_items),
        "validation": concept.of_split("validation", plan.validation_items, plan.per_group),
        "test": concept.of_split("test", plan.items, plan.per_group),
    }
    context = context_of(model)
    prompts: dict[tuple[str, str], list[Prompt]] = {}
    long: set[int] = set()
    for split, chosen in items.items():
        for setting in settings if split != "validation" else ("BASE",):
            rendered = [
                render(concept, item, setting, order, model.tokenizer)
                for item in chosen
                for order in ORDERS
            ]
            long |= {one.item for one in rendered if one.read_position >= context}
            prompts[split, setting] = rendered
    prompts = {key: [one for one in some if one.item not in long] for key, some in prompts.items()}
    for split in tuple(items):
        if not prompts[split, "BASE"]:
            raise Refused(
                f"no {split} item of concept {concept.name!r} fits the context of {context} tokens "
                f"of model {model.name!r}: shorter items or another model are needed."
            )
        items[split] = tuple(item for item in items[split] if item.item not in long)
    return Asked(settings, items, prompts, len(long))


def contrasts(run: Run, asked: Asked) -> dict[str, Contrast]:
    """Return the contrastive vectors of every prompt setting, from training items only.

    BASE has the resampled and the shuffled ones besides, as `weighted`, in this order.
    """

    def made(setting: str) -> Contrast:
        prompts = asked.prompts["train", setting]
        weights = _weights(run, asked, prompts) if setting == "BASE" else None
        return _contrast(run, f"vectors-{setting}", prompts, weights)

    found = together(*[partial(made, setting) for setting in asked.settings])
    return dict(zip(asked.settings, found, strict=True))


def other_contrast(run: Run) -> Contrast | None:
    """Return the contrastive vectors of the other concept, BASE; None where there is no other.

    Its training items are used whose prompts fit the model's context.
    """
    if run.other is None:
        return None
    prompts = [
        render(run.other, item, "BASE", order, run.model.tokenizer)
        for item in run.other.of_split("train", run.plan.train_items, run.plan.per_group)
        for order in ORDERS
    ]
    fitting = [one for one in prompts if one.read_position < context_of(run.model)]
    return _contrast(run, "vectors-other", fitting) if fitting else None


def candidates(run: Run) -> tuple[int, ...]:
    """Return the layers among which one is chosen. Raises Refused for one that there is not."""
    layers, depth = run.plan.layers, run.model.depth
    if isinstance(layers, str):
        return tuple(range(depth))
    for layer in layers:
        if not 0 <= layer < depth:
            raise Refused(f"there is no layer {layer}: allowed are 0 to {depth - 1}, or auto, all.")
    return layers


def context_of(model: Model) -> int:
    """Return the most tokens of a prompt that the model was made for."""
    return getattr(model.module.config, "max_position_embeddings", None) or 10**9


def layer_slopes(sweep: pd.DataFrame) -> dict[int, float]:
    """Return the mean slope on validation items by layer, BASE→BASE."""
    by_layer = slopes(sweep).groupby("layer")["steerability"].mean()
    return {int(str(layer)): float(slope) for layer, slope in by_layer.items()}


def swept(
    run: Run, prompts: Sequence[Prompt], chosen: Sequence[Intervention], name: str
) -> pd.DataFrame:
    """Return the sweep of some prompts, part by part: what is on disk is not measured again."""
    model, multipliers = run.model, run.plan.multipliers
    bar = tqdm(total=len(prompts), desc=name, unit="prompt", delay=2, leave=False)

    def part(start: int) -> pd.DataFrame:
        path = run.parts / f"{name}-{start:05d}.parquet"
        if not path.is_file():
            some = prompts[start : start + PART]
            score = answer_propensities if run.plan.answers else propensities
            scores = score(model, some, chosen, multipliers, bar)
            with replaced(path) as temporary:
                table = sweep_table(scores, model.name, some, chosen, multipliers)
                table.to_parquet(temporary, index=False)
        return pd.read_parquet(path)

    parts = together(*[partial(part, start) for start in range(0, len(prompts), PART)])
    bar.close()
    return pd.concat(parts, ignore_index=True)


def written_replies(run: Run, asked: Asked, layer: int, vector: Vector) -> list[dict[str, Any]]:
    """Return the steered replies of a few test items, one row an item and multiplier."""
    prompts = [one for one in asked.prompts["test", "BASE"] if one.order == 0]
    prompts = prompts[: run.plan.replies]
    if not prompts:
        return []
    statements = {item.item: item.statement for item in run.concept.items}
    texts = replies(run.model, prompts, layer, vector, REPLY_MULTIPLIERS)
    return [
        {
            "prompt_setting": prompt.prompt_setting,
            "item": prompt.item,
            "statement": statements[prompt.item],
            "multiplier": multiplier,
            "text": text,
        }
        for prompt, row in zip(prompts, texts, strict=True)
        for multiplier, text in zip(REPLY_MULTIPLIERS, row, strict=True)
    ]


def items_table(concept: Concept, asked: Asked) -> pd.DataFrame:
    """Return the `items` table of the items that were measured."""
    return pd.DataFrame.from_records(
        [
            {
                "concept": concept.name,
                "item": item.item,
                "statement": item.statement,
                "statement_hash": statement_hash(item.statement),
                "group": item.group,
                "split": split,
                "question": item.question,
                "positive_answer": item.options[item.positive],
                "negative_answer": item.options[1 - item.positive],
                "feature": item.feature,
            }
            for split, items in asked.items.items()
            for item in items
        ]
    ).astype({"feature": "str"})


def _contrast(
    run: Run, name: str, prompts: Sequence[Prompt], weights: Tensor | None = None
) -> Contrast:
    path = run.parts / f"{name}.safetensors"
    if not path.is_file():
        made = contrast(run.model, prompts, label=name.replace("-", " "), weights=weights)
        tensors = {"vectors": made.vectors, "residual_norm": made.residual_norm}
        with replaced(path) as temporary:
            save_file({**tensors, "weighted": made.weighted}, temporary)
    kept = load_file(path)
    return Contrast(kept["vectors"], kept["residual_norm"], {}, kept["weighted"])


def _weights(run: Run, asked: Asked, prompts: Sequence[Prompt]) -> Tensor:
    groups = {item.item: item.group for item in asked.items["train"]}
    plan, of = run.plan, [prompt.item for prompt in prompts]
    resampled = resampling_weights([groups[item] for item in of], plan.resampled_vectors, plan.seed)
    return torch.cat([resampled, shuffling_weights(of, plan.shuffled_vectors, plan.seed)])
