"""The sweep: the scores of every prompt under every intervention and multiplier."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float
from tqdm import tqdm

from steering.errors import Refused
from steering.forward import passes
from steering.forward.batches import Batches, budget_of, run_all
from steering.forward.copies import Copies, Intervention, copies_of, read_answers
from steering.forward.packing import Tails
from steering.forward.routes import route_of
from steering.forward.scores import ANSWER_PROPENSITY, PROPENSITY, SCORES, Score
from steering.models.model import Model
from steering.prompts.rendering import Prompt
from steering.records.tables import SWEEP_KEY
from steering.vectors.operators import OPERATORS

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
    result = np.empty((len(scores), len(prompts), len(interventions), len(multipliers)))
    ranked = sorted(range(len(interventions)), key=lambda place: interventions[place].layer)
    copies = Copies(
        interventions,
        tuple(
            (place, at, multiplier)
            for place in ranked
            for at, multiplier in enumerate(multipliers)
            if multiplier != 0 or not OPERATORS[interventions[place].operator].identity_at_zero
        ),
    )
    values = _values(model, prompts, copies, [SCORES[name] for name in scores], bar)
    result[...] = values[..., :1, None]
    for copy, (place, at, _) in enumerate(copies.steered, start=1):
        result[:, :, place, at] = values[..., copy]
    return _finite(model, result)


def unsteered(
    model: Model, prompts: Sequence[Prompt], *, scores: Sequence[str] = (PROPENSITY,)
) -> Float[np.ndarray, "score prompt"]:
    """Return the named scores of every prompt without any vector.

    Raises Refused where a score is not finite.
    """
    values = _values(model, prompts, Copies((), ()), [SCORES[name] for name in scores], None)
    return _finite(model, values[..., 0])


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
    scores: Sequence[Score],
    bar: tqdm | None,
) -> Float[np.ndarray, "score prompt copy"]:
    ids = [prompt.unsteered_ids for prompt in prompts]
    whole = any(score.normalised for score in scores)
    tails, reading = copies_of(prompts, read_answers(prompts, scores))
    longest = reading.tails.shape[1] // 2
    counted = [_counted(prompts, score, longest) for score in scores]
    budget = budget_of(model.device)
    if whole or model.holding.secluded:
        budget = min(budget, max(1, _MOST_LOGITS // model.head.weight.shape[0]))
    route = route_of(model, [prompt.token_ids for prompt in prompts])
    result = np.empty((len(scores), len(prompts), len(copies)))
    first = np.array([prompt.positive_first for prompt in prompts])[:, None, None]

    def cut(left: list[int], budget: int) -> Batches:
        return route.cut(model, [ids[at] for at in left], len(copies), tails.size, budget)

    def run(work: Batches) -> None:
        parts = [(list(group), part) for group in work.prompts for part in work.copies]
        forwards = []
        for group, part in parts:
            behind = Tails(
                [[tails.ids[at][0]] * (part.stop - part.start) for at in group], tails.parents
            )
            packed = route.input([ids[at] for at in group], behind, work.slots)
            read = passes.Reading(reading.tails[group], reading.tokens[group], whole)
            forwards.append(passes.Pass(packed, copies.edits(part), read, route.growing))
        for (group, part), logits in zip(parts, passes.logits(model, forwards), strict=True):
            for at, score in enumerate(scores):
                # Log-probabilities, if there are any, follow the logits.
                values = logits[..., -2 * longest :] if score.normalised else logits
                values = values[..., : 2 * longest].double().numpy() * counted[at][group]
                a, b = values[..., :longest], values[..., longest:]
                positive, negative = np.where(first[group], a, b), np.where(first[group], b, a)
                result[at, group, part] = score.value(positive, negative)
        if bar is not None:
            bar.update(sum(map(len, work.prompts)))

    read = reading.tails.shape[1] * (2 if whole else 1)
    result_bytes = 4 * len(copies) * read if model.remote else None
    run_all(len(prompts), budget, cut, run, result_bytes=result_bytes)
    return result


def _counted(
    prompts: Sequence[Prompt], score: Score, longest: int
) -> Float[np.ndarray, "prompt 1 read"]:
    """Return what each token of either answer counts in a score: nothing, if it is padding."""
    lengths = np.array([[len(answer) for answer in score.answers(one)] for one in prompts])
    each = (np.arange(longest) < lengths[..., None]) / (
        lengths[..., None] if score.per_token else 1
    )
    return each.reshape(len(prompts), 1, -1)
