"""Scores: numbers for how much a model prefers the positive answer, each a column of `sweep`.

An entry of `SCORES` says which tokens of the two answers are read, and how the score is computed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from steering.prompts import said
from steering.prompts.rendering import Prompt
from steering.records.tables import TODAY

Read = Float[np.ndarray, "prompt copy"]


@dataclass(frozen=True)
class Score:
    """A number for each prompt and steered copy of it.

    Attributes:
        answers: returns the tokens of the answers (A) and (B) that are read, given a prompt.
        normalised: whether log-probabilities are needed, for which the logits of the whole
            vocabulary are computed; otherwise logits are read.
        value: returns the score, given the sums of what was read of the positive answer's tokens
            and of the negative one's.
        always: whether every plan measures it; otherwise a plan has to ask for it.
        of_controls: whether it is measured under controls too; otherwise it is missing there.
        form: the form of the question (`steering.prompts.forms`) that it is a score of.
        per_token: whether the mean over an answer's tokens is taken in place of their sum.
    """

    answers: Callable[[Prompt], Sequence[Sequence[int]]]
    normalised: bool
    value: Callable[[Read, Read], Float[np.ndarray, "prompt copy"]]
    always: bool = True
    of_controls: bool = True
    form: str = TODAY["form"]
    per_token: bool = False


def letters(prompt: Prompt) -> Sequence[Sequence[int]]:
    """Return the letters of (A) and (B) alone."""
    return tuple((letter,) for letter in prompt.letter_ids)


def whole_answers(prompt: Prompt) -> Sequence[Sequence[int]]:
    """Return all tokens of both answers, from the letter on, or of both replies."""
    return prompt.answer_ids


def letter_difference(positive: Read, negative: Read) -> Float[np.ndarray, "prompt copy"]:
    """Return logit(positive letter) − logit(negative letter) (Tan et al., section 3.2)."""
    return positive - negative


def answer_difference(positive: Read, negative: Read) -> Float[np.ndarray, "prompt copy"]:
    """Return the difference of both whole answers' log-probabilities, as in steering-bench.

    The tokens before the letter are the same in both answers, so they cancel.
    """
    return positive - negative


def letters_probability(positive: Read, negative: Read) -> Float[np.ndarray, "prompt copy"]:
    """Return the probability of both letters together: how much of it the model gives to a choice.

    The propensity compares the letters with each other alone, and says nothing of all other words.
    """
    return np.exp(positive) + np.exp(negative)


def answer_probability(positive: Read, _negative: Read) -> Float[np.ndarray, "prompt copy"]:
    """Return the probability of one answer's tokens, each given those before it."""
    return np.exp(positive)


def both_answers(positive: Read, negative: Read) -> Float[np.ndarray, "prompt copy"]:
    """Return the mean of both answers: what a push costs, whichever way it pushes."""
    return (positive + negative) / 2


PROPENSITY, ANSWER_PROPENSITY = "propensity", "answer_propensity"
ANSWER_LOGITS = "answer_logits"
LETTER_MASS, PREFILLED = "letter_mass", "prefilled_probability"
SAID, SAID_PER_TOKEN, FLUENCY = "said", "said_per_token", "fluency"
SCORES = {
    PROPENSITY: Score(letters, normalised=False, value=letter_difference),
    LETTER_MASS: Score(letters, normalised=True, value=letters_probability, of_controls=False),
    ANSWER_PROPENSITY: Score(whole_answers, normalised=True, value=answer_difference, always=False),
    # As in the published runs of Tan et al. (repepo): the logits of all tokens, ")" included, are
    # summed. They are not normalised, and those of the token after the letter are of two contexts.
    ANSWER_LOGITS: Score(whole_answers, normalised=False, value=answer_difference, always=False),
    # No column of `sweep`, but one of `prompts`: see `steering.measuring.prefilled`.
    PREFILLED: Score(whole_answers, normalised=True, value=answer_probability, always=False),
    # log p(positive text) − log p(negative text); the same of their means over tokens; and the
    # mean of both means.
    SAID: Score(whole_answers, normalised=True, value=answer_difference, form=said.NAME),
    SAID_PER_TOKEN: Score(
        whole_answers, normalised=True, value=answer_difference, form=said.NAME, per_token=True
    ),
    FLUENCY: Score(
        whole_answers, normalised=True, value=both_answers, form=said.NAME, per_token=True
    ),
}
# The propensity of each form: the score that curves are made of and slopes are fitted to.
PROPENSITIES = {TODAY["form"]: PROPENSITY, said.NAME: SAID}
