"""The sweep: the scores of every prompt under every intervention and multiplier."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from tqdm import tqdm

from steering.errors import Refused
from steering.forward import passes
from steering.forward.batches import Batches, budget_of, run_all
from steering.forward.bundles import bundles_of, numbers_of, reading_of, tails_of
from steering.forward.copies import (
    Copies,
    Curves,
    Intervention,
    copies_under,
    read_answers,
)
from steering.forward.operations import cost_of_trees
from steering.forward.routes import route_of
from steering.forward.scores import ANSWER_PROPENSITY, PROPENSITY, SCORES
from steering.forward.sums import sums_of
from steering.models.model import Model
from steering.prompts.rendering import Prompt
from steering.records.tables import SWEEP_KEY

# The most logits of one forward pass, where those of the whole vocabulary are computed.
_MOST_LOGITS = 2**28

Swept = Float[np.ndarray, "score prompt intervention multiplier"]


def propensities(
    model: Model,
    prompts: Sequence[Prompt],
    interventions: Sequence[Intervention],
    multipliers: Sequence[float],
    bar: tqdm | None = None,
) -> Float[np.ndarray, "prompt intervention multiplier"]:
    """Return logit(positive letter) − logit(negative letter) under every λ·v, in logits.

    Tan et al., section 3.2. A prompt is steered from its `steered_from` on. If an operator changes
    nothing at λ = 0, one unsteered copy of each prompt serves as λ = 0 of all curves.

    Raises Refused where a propensity is not finite.
    """
    return swept(model, prompts, interventions, multipliers, bar=bar)[0]


def answer_propensities(
    model: Model,
    prompts: Sequence[Prompt],
    interventions: Sequence[Intervention],
    multipliers: Sequence[float],
    bar: tqdm | None = None,
) -> Swept:
    """Return two scores: the letters' propensity, and that of the whole answers.

    The answers' own tokens are steered too, as in steering-bench.

    Raises Refused where a score is not finite.
    """
    both = (PROPENSITY, ANSWER_PROPENSITY)
    return swept(model, prompts, interventions, multipliers, scores=both, bar=bar)


def swept(
    model: Model,
    prompts: Sequence[Prompt],
    interventions: Sequence[Intervention],
    multipliers: Sequence[float],
    *,
    scores: Sequence[str] = (PROPENSITY,),
    bar: tqdm | None = None,
) -> Swept:
    """Return the named scores of every prompt under every intervention and λ.

    Raises Refused where a score is not finite.
    """
    curves = [Curves(interventions, multipliers, scores)]
    return swept_together(model, prompts, curves, bar)[0][0]


def swept_together(
    model: Model,
    prompts: Sequence[Prompt],
    curves: Sequence[Curves],
    bar: tqdm | None = None,
    *,
    following: bool = False,
) -> tuple[list[Swept], Float[np.ndarray, " prompt"]]:
    """Return for each of some curves its scores of every prompt, all from the same forward passes.

    The prompt itself is computed once for all of them, and so is λ = 0. If `following`, it is also
    read of each prompt how likely the first of its steered tokens is after those before it, which
    no vector changes; otherwise these probabilities are NaN.

    Raises Refused where a score is not finite.
    """
    copies = replace(copies_under(curves), following=following)
    names = dict.fromkeys(name for each in curves for name in each.scores)
    values, probability = _values(model, prompts, copies, [*names] or [PROPENSITY], bar)
    results = []
    for each in curves:
        shape = len(each.scores), len(prompts), len(each.interventions), len(each.multipliers)
        of_scores = np.stack([values[name] for name in each.scores])
        results.append(np.broadcast_to(of_scores[..., :1, None], shape).copy())
    for number, copy in enumerate(copies.steered, start=1):
        for row, name in enumerate(curves[copy.curves].scores):
            results[copy.curves][row, :, copy.place, copy.at] = values[name][:, number]
    if following:
        _finite(model, probability)
    return [_finite(model, result) for result in results], probability


def unsteered(
    model: Model, prompts: Sequence[Prompt], *, scores: Sequence[str] = (PROPENSITY,)
) -> Float[np.ndarray, "score prompt"]:
    """Return the named scores of every prompt without any vector.

    Raises Refused where a score is not finite.
    """
    copies = Copies((), any(SCORES[name].normalised for name in scores))
    values, _ = _values(model, prompts, copies, scores, None)
    return _finite(model, np.stack([values[name][:, 0] for name in scores]))


def sweep_table(
    values: Swept,
    model: str,
    prompts: Sequence[Prompt],
    interventions: Sequence[Intervention],
    multipliers: Sequence[float],
    *,
    scores: Sequence[str] = (PROPENSITY,),
) -> pd.DataFrame:
    """Return the `sweep` table.

    It has a row for each prompt, intervention and multiplier, and a column for each score.
    """
    rows, curves, points = values.shape[-3:]
    prompt = np.repeat(np.arange(rows), curves * points)
    curve = np.tile(np.repeat(np.arange(curves), points), rows)
    concepts = np.array([each.concept for each in prompts])[prompt]
    columns: dict[str, np.ndarray | str] = {"model": model}
    for name in SWEEP_KEY[1:-1]:
        of_prompts = hasattr(prompts[0], name)
        holders, places = (prompts, prompt) if of_prompts else (interventions, curve)
        columns[name] = np.array([getattr(holder, name) for holder in holders])[places]
    unnamed = columns["vector_concept"] == ""
    columns["vector_concept"] = np.where(unnamed, concepts, columns["vector_concept"])
    columns["multiplier"] = np.tile(np.array(multipliers, dtype=float), rows * curves)
    each = values.reshape(len(scores), rows * curves * points)
    return pd.DataFrame({**columns, **dict(zip(scores, each, strict=True))})


def _finite(model: Model, values: np.ndarray) -> np.ndarray:
    if not np.isfinite(values).all():
        raise Refused(
            f"model {model.name!r} gives logits that are not finite in {model.dtype}: "
            "its weights are damaged, or another dtype is needed."
        )
    return values


def _values(
    model: Model,
    prompts: Sequence[Prompt],
    copies: Copies,
    names: Sequence[str],
    bar: tqdm | None,
) -> tuple[dict[str, Float[np.ndarray, "prompt copy"]], Float[np.ndarray, " prompt"]]:
    """Return each score of every prompt and copy, and the probability of what follows the prompts.

    A score is NaN where a copy lacks what it needs.
    """
    scores = {name: SCORES[name] for name in names}
    pairs = read_answers(prompts, [*scores.values()])
    route = route_of(model, [prompt.token_ids for prompt in prompts])
    whole, most = len(copies.whole(slice(0, len(copies)))), _budget(model, copies)
    cost = cost_of_trees(model, route, len(copies), whole, budget=most)
    bundles = bundles_of(prompts, pairs, cost)
    reading, numbers = reading_of(bundles, pairs), numbers_of(bundles)
    sums = sums_of(prompts, scores, numbers, len(copies))
    first_steered = torch.tensor([prompts[one.answers[0] // 2].steered_ids[0] for one in bundles])

    def cut(left: list[int], budget: int) -> Batches:
        behind = [bundles[at].prompt for at in left]
        return route.cut(model, behind, len(copies), len(bundles[0].ids), budget)

    def run(work: Batches) -> None:
        parts = [(list(group), part) for group in work.prompts for part in work.copies]
        forwards = []
        for group, part in parts:
            some = [bundles[at] for at in group]
            tails = tails_of(some, part.stop - part.start)
            packed = route.input([one.prompt for one in some], tails, work.slots)
            # What follows the prompt is read once, beside the unsteered copy.
            after = first_steered[group] if copies.following and part.start == 0 else None
            wanted = reading.tails[group], reading.tokens[group], copies.whole(part), after
            edits = copies.edits(part)
            forwards.append(passes.Pass(packed, edits, passes.Reading(*wanted), route.growing))
        for (group, part), read in zip(parts, passes.logits(model, forwards), strict=True):
            first = part.start == 0
            done = sums.add(group, part, read, following=copies.following and first)
            if first and bar is not None:
                bar.update(done)

    read = reading.tails.shape[1] * (2 if whole or copies.following else 1)
    result_bytes = 4 * len(copies) * read if model.remote else None
    run_all(len(bundles), most, cut, run, result_bytes=result_bytes)
    return {name: sums.of(name) for name in scores}, sums.following


def _budget(model: Model, copies: Copies) -> int:
    """Return how many tokens a pass may have, so that not too many have all words' logits."""
    budget, every = budget_of(model.device), len(copies)
    # A sandbox does not show the head's weights: it computes the logits of all copies.
    whole = every if model.holding.secluded else len(copies.whole(slice(0, every)))
    whole += copies.following
    if not whole:
        return budget
    return min(budget, max(1, _MOST_LOGITS * every // (whole * model.head.weight.shape[0])))
