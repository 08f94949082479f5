"""Sampled replies: what a model writes under each λ, scored by the same model without a vector.

No judge reads them. The model is asked the concept's questions, and writes a letter and what it has
to say about it. A reply that the positive persona would rather have written than the negative
one has a higher log-probability under the positive persona's prompt; the unsteered model says how
much higher, a token. What the vector itself does to the scoring is left out by this.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float

from steering.concepts.items import Item
from steering.forward.generation import room_for_reply, sampled_replies
from steering.forward.lengths import alike
from steering.forward.scores import FLUENCY, SAID_PER_TOKEN
from steering.forward.sweep import unsteered
from steering.measuring.plan import Plan
from steering.measuring.run import RenderedPrompts, Run, questions_of, rendered_prompts
from steering.prompts import said
from steering.prompts.positions import over_the_reply
from steering.prompts.rendering import Prompt
from steering.records.directions import CONTRASTIVE, RANDOM
from steering.records.replies import CONTRACT
from steering.records.tables import TODAY
from steering.remote.deferred import all_or_pending
from steering.storage import replaced
from steering.vectors.arithmetic import Vector
from steering.vectors.controls import CONTROLS

STAGE = "sampled"
# How many random vectors of the same norm are tried too, at the smallest and at the largest λ.
RANDOM_VECTORS = 10
# The most replies that are written at once, and the most numbers that a cache may hold for them.
MOST_ROWS = 128
MOST_CACHED = 2**29
# The most tokens of a reply: they say which side it takes, and each costs a pass.
TOKENS = 24
# λ of less than this size move a reply too little to be worth the samples.
LEAST_SIZE = 1.0
# The scores of a prompt's two answers that tell the mean log-probability of each one's tokens.
_OF_TWO = (SAID_PER_TOKEN, FLUENCY)
# The settings whose personas score a reply, in the order in which they are preferred.
_PERSONAS = (("SYS_POS", "SYS_NEG"), ("USER_POS", "USER_NEG"))


@dataclass(frozen=True)
class Push:
    """A vector, which one it is (see `records.directions`), its λ, and which sample is drawn."""

    direction: str
    number: int
    vector: Vector
    multiplier: float
    sample: int = 0


def sampled(
    run: Run, rendered: RenderedPrompts, layer: int, vector: Vector, origin: Vector | None = None
) -> pd.DataFrame:
    """Return the sampled replies of a run with their scores, see `steering.records.replies`.

    There are none where the form is not `said`, where the plan wants none, and where the prompts
    name no persona.
    """
    personas = next((two for two in _PERSONAS if {*two} <= {*rendered.settings}), None)
    if run.plan.form != said.NAME or not run.plan.sampled_replies or personas is None:
        return pd.DataFrame(columns=list(CONTRACT.columns))
    path = run.kept.path(STAGE, "parquet")
    if not run.kept.has(STAGE):
        table = _sampled(run, personas, layer=layer, vector=vector, origin=origin)
        with replaced(path) as temporary:
            table.to_parquet(temporary, index=False)
        run.kept.add(STAGE)
    return pd.read_parquet(path)


def _sampled(
    run: Run, personas: tuple[str, str], *, layer: int, vector: Vector, origin: Vector | None
) -> pd.DataFrame:
    model, plan = run.model, run.plan
    pushes = _pushes(plan, vector)
    asked = _asked(run, ("BASE", *personas))
    if not asked["BASE"]:
        return pd.DataFrame(columns=list(CONTRACT.columns))
    longest = max(len(prompt.token_ids) for prompt in asked["BASE"]) + TOKENS
    cached = 2 * model.depth * model.width * longest
    most = max(1, min(MOST_ROWS, MOST_CACHED // cached) // len(pushes))
    texts = [
        of_prompt
        for start in range(0, len(asked["BASE"]), most)
        for of_prompt in sampled_replies(
            model,
            asked["BASE"][start : start + most],
            layer,
            [(push.vector, push.multiplier) for push in pushes],
            seed=plan.seed + start,
            tokens=TOKENS,
            operator=plan.operator,
            origin=origin,
        )
    ]
    rows: list[dict[str, Any]] = []
    ids: list[tuple[int, ...]] = []
    for prompt, of_prompt in zip(asked["BASE"], texts, strict=True):
        for push, reply in zip(pushes, of_prompt, strict=True):
            ids.append(reply)
            rows.append(
                {
                    "model": model.name,
                    "concept": run.concept.name,
                    "direction": push.direction,
                    "number": push.number,
                    "item": prompt.item,
                    "order": prompt.order,
                    "multiplier": push.multiplier,
                    "sample": push.sample,
                    "tokens": len(reply),
                    "repeated": repeated_share(reply),
                    "text": str(model.tokenizer.decode(list(reply), skip_special_tokens=True)),
                }
            )
    each = len(pushes)
    for name, setting in zip(("positive", "negative"), personas, strict=True):
        prompts = [prompt for prompt in asked[setting] for _ in range(each)]
        scores = _likelihoods(run, prompts, ids)
        for row, score in zip(rows, scores, strict=True):
            row[name] = score
    return pd.DataFrame(rows)[list(CONTRACT.columns)]


def questions_put(run: Run) -> Sequence[Item]:
    """Return the questions to which replies are sampled: one of each of as many groups as pairs."""
    return questions_of(run.concept, TODAY["form"], "test", run.plan.test_groups, 1)


def _asked(run: Run, settings: Sequence[str]) -> dict[str, list[Prompt]]:
    """Return the questions that are put, with lettered answers, in each of some settings.

    They are those of test groups that leave room for a whole reply; in every second one the answers
    are swapped, so that a push towards a letter cancels.
    """
    some = questions_put(run)
    prompts = {
        setting: [
            one
            for at, item in enumerate(some)
            for one in rendered_prompts(run.model, run.concept, [item], setting)
            if one.order == at % 2
        ]
        for setting in settings
    }
    kept = [
        at
        for at in range(len(some))
        if all(
            room_for_reply(run.model, len(of_setting[at].token_ids)) > TOKENS
            for of_setting in prompts.values()
        )
    ]
    return {setting: [of_setting[at] for at in kept] for setting, of_setting in prompts.items()}


def _pushes(plan: Plan, vector: Vector) -> list[Push]:
    """Return the vector at some λ, as often as the plan says, and random ones at the ends.

    These are drawn from half as often.
    """
    multipliers = [one for one in plan.multipliers if one == 0 or abs(one) >= LEAST_SIZE]
    own = [
        Push(CONTRASTIVE, 0, vector, one, sample)
        for one in multipliers
        for sample in range(plan.sampled_replies)
    ]
    make = CONTROLS[RANDOM].of_vector
    assert make is not None
    drawn = make(RANDOM_VECTORS if plan.vectors_of(RANDOM) else 0, vector, plan.seed)
    ends = sorted({min(multipliers), max(multipliers)} - {0.0})
    return own + [
        Push(RANDOM, number, one, end, sample)
        for number, one in enumerate(drawn)
        for end in ends
        for sample in range(max(1, plan.sampled_replies // 2))
    ]


def sampled_pushes(plan: Plan) -> int:
    """Return how many replies to each question a plan samples; none where its form has none."""
    if plan.form != said.NAME or not plan.sampled_replies:
        return 0
    return len(_pushes(plan, torch.ones(1)))


def _likelihoods(
    run: Run, prompts: Sequence[Prompt], replies: Sequence[tuple[int, ...]]
) -> Float[np.ndarray, " reply"]:
    """Return the mean log-probability of the tokens of each reply to its prompt, unsteered.

    It is NaN where a reply is empty, or does not fit the context behind the prompt. Two replies to
    one prompt, which is computed once for both, are read as if they were its two answers.
    """
    scores = np.full(len(replies), np.nan)
    waiting: dict[Prompt, list[int]] = {}
    for at, (prompt, reply) in enumerate(zip(prompts, replies, strict=True)):
        if reply and len(prompt.token_ids) + len(reply) <= run.model.context:
            waiting.setdefault(prompt, []).append(at)
    pairs: list[tuple[int, int]] = []
    asked = []
    for prompt, places in waiting.items():
        places.sort(key=lambda at: len(replies[at]))
        for one, other in zip(places[::2], [*places[1::2], places[-1]], strict=False):
            pairs.append((one, other))
            asked.append(
                replace(
                    prompt,
                    form=said.NAME,
                    positions=over_the_reply(len(prompt.token_ids)),
                    positive_letter="",
                    answer_ids=(replies[one], replies[other]),
                )
            )
    groups = alike(asked)
    values = all_or_pending(
        *[
            partial(unsteered, run.model, [asked[at] for at in group], scores=_OF_TWO)
            for group in groups
        ]
    )
    for group, (difference, mean) in zip(groups, values, strict=True):
        first, second = np.transpose([pairs[at] for at in group])
        scores[first], scores[second] = mean + difference / 2, mean - difference / 2
    return scores


def repeated_share(tokens: Sequence[int]) -> float:
    """Return the share of pairs of neighbouring tokens that occurred before; NaN without pairs."""
    pairs = list(pairwise(tokens))
    return 1 - len(set(pairs)) / len(pairs) if pairs else float("nan")
