"""The sweep: the propensity of every prompt under every intervention, in packed forwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor
from tqdm import tqdm

from steering import passes
from steering.batches import Batches, budget_of, run_all
from steering.errors import Refused
from steering.models import Model
from steering.packing import Tails
from steering.paths import path_of
from steering.prompts import Prompt
from steering.vectors import Vector

# Whole answers need the logits of all words: so many numbers of them at most in one forward.
_MOST_LOGITS = 2**28


@dataclass(frozen=True)
class Intervention:
    """A vector added to the output of one decoder block; where it came from names its curve."""

    vector_setting: str
    direction: str
    layer: int
    vector: Vector


def propensities(
    model: Model,
    prompts: Sequence[Prompt],
    interventions: Sequence[Intervention],
    multipliers: Sequence[float],
    bar: tqdm | None = None,
) -> Float[np.ndarray, "prompt intervention multiplier"]:
    """Return logit(positive letter) − logit(negative letter) under every λ·v, in logits.

    Tan et al., section 3.2. Only the predicting position is steered. λ = 0 is one unsteered copy
    of it a prompt, shared by all curves.

    Raises Refused where a propensity is not finite.
    """
    return _swept(model, prompts, interventions, multipliers, bar, answers=False)[0]


def answer_propensities(
    model: Model,
    prompts: Sequence[Prompt],
    interventions: Sequence[Intervention],
    multipliers: Sequence[float],
    bar: tqdm | None = None,
) -> Float[np.ndarray, "score prompt intervention multiplier"]:
    """Return two scores: the letters' propensity, and that of the whole answers.

    The second is steering-bench's: the log-probability of "(A)" or "(B)" with its ")", summed over
    the answer's tokens, positive minus negative. As there, the answer's own tokens are steered
    too. What stands before the letter is the same in both answers and cancels.

    Raises Refused where a score is not finite.
    """
    return _swept(model, prompts, interventions, multipliers, bar, answers=True)


def sweep_table(
    scores: Float[np.ndarray, "*score prompt intervention multiplier"],
    model: str,
    prompts: Sequence[Prompt],
    interventions: Sequence[Intervention],
    multipliers: Sequence[float],
) -> pd.DataFrame:
    """Return the `sweep` table: one row a prompt × intervention × multiplier.

    It has the column `answer_propensity` where both scores are given.
    """
    rows, curves, points = scores.shape[-3:]
    prompt = np.repeat(np.arange(rows), curves * points)
    curve = np.tile(np.repeat(np.arange(curves), points), rows)

    def of_prompts(name: str) -> np.ndarray:
        return np.array([getattr(one, name) for one in prompts])[prompt]

    def of_curves(name: str) -> np.ndarray:
        return np.array([getattr(one, name) for one in interventions])[curve]

    columns = ("propensity", "answer_propensity")
    each = scores.reshape(-1, rows * curves * points)
    return pd.DataFrame(
        {
            "model": model,
            "concept": of_prompts("concept"),
            "vector_setting": of_curves("vector_setting"),
            "prompt_setting": of_prompts("prompt_setting"),
            "direction": of_curves("direction"),
            "layer": of_curves("layer"),
            "item": of_prompts("item"),
            "order": of_prompts("order"),
            "multiplier": np.tile(np.array(multipliers, dtype=float), rows * curves),
            **dict(zip(columns, each, strict=False)),
        }
    )


def _swept(
    model: Model,
    prompts: Sequence[Prompt],
    interventions: Sequence[Intervention],
    multipliers: Sequence[float],
    bar: tqdm | None,
    *,
    answers: bool,
) -> Float[np.ndarray, "score prompt intervention multiplier"]:
    result = np.empty((1 + answers, len(prompts), len(interventions), len(multipliers)))
    zero = [place for place, multiplier in enumerate(multipliers) if multiplier == 0]
    moved = [place for place, multiplier in enumerate(multipliers) if multiplier != 0]
    ranked = sorted(range(len(interventions)), key=lambda place: interventions[place].layer)
    edits = _Edits([interventions[place] for place in ranked], [multipliers[at] for at in moved])
    scores = _scores(model, prompts, edits, bar, answers=answers)
    result[..., zero] = scores[..., :1, None]
    steered = scores[..., 1:].reshape(*scores.shape[:2], len(ranked), len(moved))
    result[:, :, np.array(ranked, dtype=int)[:, None], moved] = steered
    if not np.isfinite(result).all():
        raise Refused(
            f"model {model.name!r} gives logits that are not finite in {model.dtype}: "
            "its weights are damaged, or another dtype is needed."
        )
    return result


@dataclass(frozen=True)
class _Edits:
    """What is added to which copy: to the first nothing, then λ after λ, by ascending layer."""

    interventions: Sequence[Intervention]
    steps: Sequence[float]

    def __len__(self) -> int:
        return 1 + len(self.interventions) * len(self.steps)

    def of(self, copies: slice) -> tuple[passes.Edit, ...]:
        """Return what is added to some of the copies, block by block."""
        by_layer: dict[int, tuple[int, list[Tensor]]] = {}
        for copy in range(max(1, copies.start), copies.stop):
            place, step = divmod(copy - 1, len(self.steps))
            one = self.interventions[place]
            _, vectors = by_layer.setdefault(one.layer, (copy - copies.start, []))
            vectors.append(self.steps[step] * one.vector)
        return tuple(
            passes.Edit(layer, slice(first, first + len(vectors)), torch.stack(vectors))
            for layer, (first, vectors) in by_layer.items()
        )


def _scores(
    model: Model, prompts: Sequence[Prompt], edits: _Edits, bar: tqdm | None, *, answers: bool
) -> Float[np.ndarray, "score prompt copy"]:
    ids = [prompt.token_ids[:-1] for prompt in prompts]
    asked = [
        prompt.answer_ids if answers else tuple((one,) for one in prompt.letter_ids)
        for prompt in prompts
    ]
    signs = np.array([[1.0 if one.positive_letter == "A" else -1.0] for one in prompts])
    longest = max(len(answer) for pair in asked for answer in pair)
    tails, reading, counted = _tree(prompts, asked, longest)
    budget = budget_of(model.device)
    if answers or model.holding.secluded:
        budget = min(budget, max(1, _MOST_LOGITS // model.head.weight.shape[0]))
    path = path_of(model, [prompt.token_ids for prompt in prompts])
    scores = np.empty((1 + answers, len(prompts), len(edits)))

    def cut(left: list[int], budget: int) -> Batches:
        return path.cut(model, [ids[at] for at in left], len(edits), tails.size, budget)

    def run(work: Batches) -> None:
        parts = [(list(group), copies) for group in work.prompts for copies in work.copies]
        asked = []
        for group, copies in parts:
            behind = Tails([[tails.ids[at][0]] * (copies.stop - copies.start) for at in group],
                           tails.parents)  # fmt: skip
            packed = path.input([ids[at] for at in group], behind, work.slots)
            read = passes.Reading(reading.tails[group], reading.tokens[group], answers)
            asked.append(passes.Pass(packed, edits.of(copies), read, path.growing))
        for (group, copies), found in zip(parts, passes.logits(model, asked), strict=True):
            values = found.double().numpy() * counted[group][:, None]
            each = values[..., :longest], values[..., longest:]
            scores[0, group, copies] = signs[group] * (each[0][..., 0] - each[1][..., 0])
            if answers:
                scores[1, group, copies] = signs[group] * (each[0].sum(-1) - each[1].sum(-1))
        if bar is not None:
            bar.update(sum(map(len, work.prompts)))

    result_bytes = 4 * len(edits) * reading.tails.shape[1] if model.remote else None
    run_all(len(prompts), budget, cut, run, result_bytes=result_bytes)
    return scores


def _tree(
    prompts: Sequence[Prompt], asked: Sequence[Sequence[Sequence[int]]], longest: int
) -> tuple[Tails, passes.Reading, Float[np.ndarray, "prompt read"]]:
    # A copy is the predicting token, and behind it all but the last token of "(A)" and of "(B)".
    # Answers that are shorter than the longest are filled up; what is read there does not count.
    ids, tokens, counted = [], [], []
    for prompt, pair in zip(prompts, asked, strict=True):
        filled = [[*answer, *[0] * (longest - len(answer))] for answer in pair]
        ids.append([[prompt.token_ids[-1], *filled[0][:-1], *filled[1][:-1]]])
        tokens.append([*filled[0], *filled[1]])
        counted.append([float(at < len(answer)) for answer in pair for at in range(longest)])
    one, other = range(1, longest), range(longest, 2 * longest - 1)
    parents = (-1, *[at - 1 for at in one], *[at - 1 if at > longest else 0 for at in other])
    read = torch.tensor([[0, *one, 0, *other]]).expand(len(prompts), -1)
    return Tails(ids, parents), passes.Reading(read, torch.tensor(tokens)), np.array(counted)
