"""Training pairs checked on a model before a vector is made of them.

Besides what their words give away (`concepts.leaks`): which side the model takes by itself, and
which questions' differences point against the mean of all others.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import stats

from steering.concepts import Concept
from steering.concepts.leaks import Finding, leaks, named
from steering.concepts.pairs import pairs_of
from steering.forward.activations import sides
from steering.measuring.kept import Kept
from steering.measuring.plan import Plan
from steering.measuring.predictors import by_itself, groups_of
from steering.measuring.run import Run, render_prompts
from steering.models.model import Model
from steering.prompts import said
from steering.prompts.rendering import Prompt
from steering.records.tables import TODAY
from steering.vectors import predictors as formulas

# The share of questions at which the model takes one side, from which on it is one-sided.
ONE_SIDED = 0.9
# In so many sets of questions that are alike but for noise, one is named at all.
RATE = 0.05
FEWEST = 12  # questions, below which none can be told from noise
_MOST = 0.2  # of the questions that can be named


def checked_pairs(
    model: Model, concept: Concept, *, form: str = TODAY["form"], plan: Plan | None = None
) -> tuple[Finding, ...]:
    """Return what was found in a concept's training pairs, in one form, on one model.

    Raises Refused where the concept cannot be put in the form.
    """
    run = Run(model, concept, plan or Plan(form=form, settings=("BASE",)), Kept(Path(), {}))
    rendered = render_prompts(run)
    prompts = rendered.prompts["train", "BASE"]
    pairs = pairs_of(concept, "train") if form == said.NAME else ()
    return (
        *leaks(concept, pairs),
        _of_side(by_itself(model, prompts).numpy(), prompts),
        _of_directions(model, prompts, groups_of(rendered, prompts)),
    )


def outliers(values: NDArray[np.float64], rate: float = RATE) -> list[int]:
    """Return the places of values that are too low to be of one normal distribution with the rest.

    Rosner's generalised extreme studentised deviates (Technometrics 25, 1983), on the low side
    alone: of values of one normal distribution, any is named in a share `rate` of the cases. At
    most a fifth can be named, and none of fewer than twelve.
    """
    left, taken, count = list(range(len(values))), [], 0
    if len(values) < FEWEST:
        return []
    for step in range(int(_MOST * len(values))):
        own = values[left]
        spread = float(own.std(ddof=1))
        if not spread > 0:
            break
        place = int(own.argmin())
        deviate = (own.mean() - own[place]) / spread
        taken.append(left.pop(place))
        n = len(own)
        t = stats.t.ppf(1 - rate / n, n - 2)
        if deviate > (n - 1) * t / np.sqrt((n - 2 + t * t) * n):
            count = step + 1
    return taken[:count]


def _of_side(propensities: NDArray[np.float32], prompts: Sequence[Prompt]) -> Finding:
    rows = torch.from_numpy(propensities)[:, None]
    questions = formulas.by_name(rows, [prompt.item for prompt in prompts])[:, 0].numpy()
    share = float((questions > 0).mean())
    numbers = (
        f"by itself the model takes the positive side at {(questions > 0).sum()} of "
        f"{len(questions)} questions ({share:.0%})"
    )
    alarm = max(share, 1 - share) >= ONE_SIDED
    more = ", which is nearly always the same one, so that little is left to move" if alarm else ""
    return Finding("side", f"Side: {numbers}{more}.", alarm=alarm)


def _of_directions(model: Model, prompts: Sequence[Prompt], groups: Sequence[str]) -> Finding:
    """Return which questions' differences point against the mean of the other groups'.

    Both orders of a question are first made one by their mean. It is looked at where positive and
    negative answers lie farthest apart.
    """
    layers, items = range(model.depth), [prompt.item for prompt in prompts]
    answers, divided = sides(model, prompts, layers), formulas.halves(groups)
    if not len(divided):
        return Finding("direction", "Direction: one group alone cannot be judged.", alarm=False)
    apart = {
        layer: formulas.d_prime(answers.positive[layer], answers.negative[layer], divided)
        for layer in layers
    }
    layer = max(apart, key=lambda one: apart[one])
    differences = answers.positive[layer] - answers.negative[layer]
    of = dict(zip(items, groups, strict=True))
    projected, cosines = formulas.against(
        formulas.by_name(differences, items), [of[item] for item in dict.fromkeys(items)]
    )
    return direction_finding(projected.double().numpy(), cosines.numpy(), items, layer)


def direction_finding(
    projected: NDArray[np.float64], cosines: NDArray[np.float32], items: Sequence[int], layer: int
) -> Finding:
    """Return the finding about questions that point against the mean of all others.

    Args:
        projected, cosines: of each question's difference with the mean of the other groups'.
        items: the item of each question, or of each pair in turn.
        layer: where they were read.
    """
    rows = list(dict.fromkeys(items))
    against = cosines < 0
    out = [at for at in outliers(projected) if against[at]]
    rest = np.delete(projected, out)
    expected = len(rest) * stats.norm.cdf(-rest.mean() / rest.std(ddof=1)) if len(rest) > 1 else 0
    numbers = (
        f"{against.sum()} of {len(rows)} questions' differences point against the mean of the "
        f"others at layer {layer}; noise alone lets about {expected:.0f} do so"
    )
    if not out:
        return Finding("direction", f"Direction: {numbers}.", alarm=False)
    which = tuple(sorted(rows[at] for at in out))
    return Finding(
        "direction",
        f"Direction: {numbers}. Too far off for noise: {named(which)}, with cosines from "
        f"{min(cosines[out]):.2f} to {max(cosines[out]):.2f}; look whether the labels are right.",
        alarm=True,
        items=which,
    )
