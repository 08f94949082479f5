"""Sweeps apart: replies that differ much in length are not padded to the longest of them all."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from jaxtyping import Float
from tqdm import tqdm

from steering.forward.copies import Curves
from steering.forward.lengths import alike
from steering.forward.sweep import Swept, swept_together
from steering.models.model import Model
from steering.prompts.rendering import Prompt
from steering.remote.deferred import all_or_pending


def swept_apart(
    model: Model,
    prompts: Sequence[Prompt],
    curves: Sequence[Curves],
    bar: tqdm | None = None,
    *,
    following: bool = False,
) -> tuple[list[Swept], Float[np.ndarray, " prompt"]]:
    """Return what `swept_together` returns, from a sweep for each length of the replies.

    Prompts whose answers are alike in length, as all lettered ones are, are one sweep.

    Raises Refused where a score is not finite.
    """
    groups = alike(prompts)

    def of_group(group: list[int]) -> tuple[list[Swept], np.ndarray]:
        some = [prompts[at] for at in group]
        return swept_together(model, some, curves, bar, following=following)

    parts = all_or_pending(*[partial(of_group, group) for group in groups])
    order = np.argsort(np.concatenate(groups))
    results = [
        np.ascontiguousarray(np.concatenate([of[number] for of, _ in parts], axis=1)[:, order])
        for number in range(len(curves))
    ]
    return results, np.concatenate([probability for _, probability in parts])[order]
