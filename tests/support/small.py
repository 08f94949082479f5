"""A small measurement, and a count of the forward passes that one takes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from torch import Tensor

from steering.forward import activations, extraction, passes, routes, sweep
from steering.measuring import stages
from steering.measuring.plan import Plan
from steering.prompts.rendering import render
from steering.records.reading import WORDS
from steering.records.tables import SWEEP_KEY
from steering.vectors.operators import add
from tests.support import oracle, tiny

SMALL = Plan(
    test_groups=4, train_groups=6, map_items=2, random_vectors=3, resampled_vectors=4,
    shuffled_vectors=2, perturbed_vectors=1, replies=1, subset_vectors=0, other_concept="bookish",
    neutral_texts=0,
)  # fmt: skip
# The least that has every stage.
LEAST = Plan(
    settings=("BASE",), multipliers=(-1.0, 0.0, 1.0), test_groups=2, train_groups=3,
    validation_groups=2, map_items=1, random_vectors=1, resampled_vectors=1, shuffled_vectors=1,
    perturbed_vectors=1, replies=1, subset_vectors=0, other_concept="bookish",
    neutral_texts=1, wide_groups=1,
)  # fmt: skip


def listing(folder: Path) -> dict[str, int]:
    """Every file of a folder, and when it was written."""
    return {str(file.relative_to(folder)): file.stat().st_mtime_ns for file in folder.rglob("*")}


def write_concept(folder: Path) -> Path:
    """The tiny concept as a folder, as a process of its own can read it."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [
        json.dumps(
            {
                "question": item.question,
                "statement": item.statement,
                "answer_matching_behavior": item.options[item.positive],
                "answer_not_matching_behavior": item.options[1 - item.positive],
            }
        )
        for item in tiny.concept().items
    ]
    (folder / "items.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return folder


@dataclass
class Counted:
    """What was asked of a model: steered copies of prompts, training pairs, replies, loadings."""

    copies: int = 0
    pairs: int = 0
    replies: int = 0
    loaded: list[str] = field(default_factory=list)

    def anything(self) -> bool:
        return bool(self.copies or self.pairs or self.replies)


def counting(monkeypatch: pytest.MonkeyPatch) -> Counted:
    """Count from now on; the route is given, so that its proof takes no passes of its own."""
    counted = Counted()
    logits, residuals, replies = passes.logits, passes.residuals, stages.replies

    def count_logits(model: Any, parts: Sequence[passes.Pass]) -> list[Tensor]:
        for one in parts:
            copies = sum(edit.copies.stop - edit.copies.start for edit in one.edits)
            counted.copies += copies * one.packed.places.shape[1]
        return logits(model, parts)

    def count_residuals(model: Any, packs: Sequence[Any], *more: Any) -> Any:
        counted.pairs += sum(packed.places.shape[1] for packed in packs)
        return residuals(model, packs, *more)

    def count_replies(*asked: Any, **options: Any) -> Any:
        counted.replies += 1
        return replies(*asked, **options)

    monkeypatch.setattr(passes, "logits", count_logits)
    monkeypatch.setattr(extraction, "residuals", count_residuals)
    monkeypatch.setattr(stages, "replies", count_replies)
    for module in (sweep, extraction, activations):
        monkeypatch.setattr(module, "route_of", lambda *_: routes.Route(routes.GROWING, 0.0))
    return counted


def same_rows(new: pd.DataFrame, old: pd.DataFrame) -> None:
    """Hold every row and column of an older sweep to be in a newer one, bit by bit."""
    key = list(SWEEP_KEY)
    # Words are categories, of which the newer one may have more.
    new, old = (one.astype(dict.fromkeys(WORDS, "str")) for one in (new, old))
    kept = new.set_index(key).loc[pd.MultiIndex.from_frame(old[key]), :]
    pd.testing.assert_frame_equal(
        kept[list(old.columns.difference(key))],
        old.set_index(key).loc[:, list(old.columns.difference(key))],
        check_exact=True,
    )


def by_hand(
    module: Any,
    rows: pd.DataFrame,
    vectors: Mapping[int, Tensor],
    apply: Any = add,
    origin: Tensor | None = None,
) -> np.ndarray:
    """The propensity of each row of a BASE sweep by plain hooks; `vectors` go by their number."""
    origin = torch.zeros(1) if origin is None else origin
    concept, tokenizer = tiny.concept(), tiny.tokenizer()

    def one(row: Any) -> float:
        prompt = render(concept, concept.items[row.item], row.prompt_setting, row.order, tokenizer)

        def steer(hidden: Tensor) -> Tensor:
            multiplier = hidden.new_tensor(row.multiplier)
            return apply(hidden, vectors[row.number], multiplier, origin)

        return oracle.propensity(
            module, tokenizer, prompt.text, prompt.positive_letter, layer=row.layer, steer=steer
        )

    return np.array([one(row) for row in rows.itertuples()])
