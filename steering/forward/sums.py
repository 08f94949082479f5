"""Sums: what is read of the answers' tokens, added up for each score, answer and steered copy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from steering.forward.scores import Score
from steering.prompts.rendering import Prompt


@dataclass(frozen=True)
class Sums:
    """The sums of all answers, which are filled in as they are read.

    Attributes:
        scores: the scores by name.
        numbers: for each bundle the numbers of its answers, −1 where it has fewer than others.
        counted: for each score what each token of an answer counts in it.
        values: for each score the sums.
        following: for each prompt the probability of what follows it.
        positive_first: whether the positive answer to a prompt is the first.
    """

    scores: Mapping[str, Score]
    numbers: Int[np.ndarray, "bundle place"]
    counted: Mapping[str, Float[np.ndarray, "answer token"]]
    values: Mapping[str, Float[np.ndarray, "answer copy"]]
    following: Float[np.ndarray, " prompt"]
    positive_first: Sequence[bool]

    def add(
        self,
        bundles: Sequence[int],
        copies: slice,
        read: Float[Tensor, "bundle copy number"],
        *,
        following: bool = False,
    ) -> int:
        """Add what a pass has read of some bundles; return how many prompts' first answers it is.

        Logits come first, and behind them log-probabilities. If `following`, there is one more copy
        and in either half one more number, behind all others, as `passes.logits` says.
        """
        numbers = self.numbers[bundles]
        rows, places = np.nonzero(numbers >= 0)
        answers = numbers[rows, places]
        logits = read
        if following:
            self.following[answers // 2] = read[:, -1, -1].double().exp().numpy()[rows]
            logits = torch.cat([half[:, :-1, :-1] for half in read.chunk(2, dim=2)], dim=2)
        for name, score in self.scores.items():
            counted = self.counted[name][answers]
            each = logits.unflatten(2, (-1, numbers.shape[1], counted.shape[1])).double().numpy()
            tokens = each[:, :, -1 if score.normalised else 0][rows, :, places]
            self.values[name][answers, copies] = (tokens * counted[:, None]).sum(-1)
        return int((answers % 2 == 0).sum())

    def of(self, name: str) -> Float[np.ndarray, "prompt copy"]:
        """Return a score of every prompt and copy; NaN where a copy lacks what it needs."""
        sums = self.values[name].reshape(len(self.positive_first), 2, -1)
        first = np.array(self.positive_first)[:, None]
        one, other = sums[:, 0], sums[:, 1]
        positive, negative = np.where(first, one, other), np.where(first, other, one)
        return self.scores[name].value(positive, negative)


def sums_of(
    prompts: Sequence[Prompt],
    scores: Mapping[str, Score],
    numbers: Int[np.ndarray, "bundle place"],
    copies: int,
) -> Sums:
    """Return sums to be filled in, of both answers to each prompt and so many copies."""
    answers = {
        name: [answer for prompt in prompts for answer in score.answers(prompt)]
        for name, score in scores.items()
    }
    longest = max(len(answer) for each in answers.values() for answer in each)
    counted = {}
    for name, score in scores.items():
        lengths = np.array([len(answer) for answer in answers[name]])[:, None]
        counted[name] = (np.arange(longest) < lengths) / (lengths if score.per_token else 1)
    values = {name: np.full((2 * len(prompts), copies), np.nan) for name in scores}
    following = np.full(len(prompts), np.nan)
    first = [one.positive_first for one in prompts]
    return Sums(scores, numbers, counted, values, following, first)
