"""Scores: which tokens are read, and what becomes of them."""

from __future__ import annotations

import numpy as np
import pytest

from steering.concepts.pairs import pairs_of
from steering.forward.scores import (
    ANSWER_PROPENSITY,
    FLUENCY,
    LETTER_MASS,
    PREFILLED,
    PROPENSITIES,
    PROPENSITY,
    SAID,
    SAID_PER_TOKEN,
    SCORES,
)
from steering.measuring.plan import Plan
from steering.prompts.forms import FORMS
from steering.prompts.rendering import render
from steering.prompts.requests import asked
from tests.support import tiny

CONCEPT = tiny.concept()
(REPLY,) = FORMS["said"].prompts(
    CONCEPT, asked(pairs_of(CONCEPT, "test"))[0], "BASE", tiny.tokenizer()
)
# Two prompts, three copies.
POSITIVE = np.arange(6.0).reshape(2, 3)
NEGATIVE = POSITIVE[::-1] * 0.5


@pytest.mark.parametrize("joined", [False, True])
def test_the_letters_or_the_whole_answers_are_read(joined):
    tokenizer, concept = tiny.tokenizer(joined), tiny.concept()
    prompt = render(concept, concept.items[1], "BASE", 0, tokenizer)
    letters = SCORES[PROPENSITY].answers(prompt)
    whole = SCORES[ANSWER_PROPENSITY].answers(prompt)
    for letter, answer, name in zip(letters, whole, "AB", strict=True):
        assert tokenizer.decode(letter).lstrip("(") == name
        assert (prompt.begun + tokenizer.decode(answer)) == f"({name})"
        assert tuple(answer[:1]) == tuple(letter)


def test_the_propensity_is_the_difference_of_the_letters():
    found = SCORES[PROPENSITY].value(POSITIVE, NEGATIVE)
    np.testing.assert_array_equal(found, POSITIVE - NEGATIVE)
    assert not SCORES[PROPENSITY].normalised


def test_whole_answers_are_differences_of_log_probabilities():
    score = SCORES[ANSWER_PROPENSITY]
    np.testing.assert_array_equal(score.value(POSITIVE, NEGATIVE), POSITIVE - NEGATIVE)
    assert score.normalised


def test_the_letters_together_and_an_answer_are_probabilities():
    positive, negative = -POSITIVE, -NEGATIVE
    found = SCORES[LETTER_MASS].value(positive, negative)
    np.testing.assert_allclose(found, np.exp(positive) + np.exp(negative))
    found = SCORES[PREFILLED].value(positive, negative)
    np.testing.assert_allclose(found, np.exp(positive))
    assert SCORES[LETTER_MASS].normalised
    assert SCORES[PREFILLED].normalised


def test_the_propensity_and_the_letters_probability_are_measured_unasked():
    of_letters = {name: score for name, score in SCORES.items() if score.form == "chosen"}
    assert [name for name, score in of_letters.items() if score.always] == [PROPENSITY, LETTER_MASS]
    assert [name for name, score in SCORES.items() if not score.of_controls] == [LETTER_MASS]
    assert Plan().scores == (PROPENSITY, LETTER_MASS)
    assert Plan(whole_answers=True).scores == (PROPENSITY, LETTER_MASS, ANSWER_PROPENSITY)


def test_replies_have_three_scores_of_whole_texts():
    of_replies = {name: score for name, score in SCORES.items() if score.form == "said"}
    assert list(of_replies) == [SAID, SAID_PER_TOKEN, FLUENCY]
    assert all(score.always and score.of_controls for score in of_replies.values())
    assert [score.per_token for score in of_replies.values()] == [False, True, True]
    for score in of_replies.values():
        assert score.normalised
        assert score.answers(REPLY) == REPLY.answer_ids


def test_what_any_push_costs_is_apart_from_what_it_says():
    difference, cost = SCORES[SAID].value, SCORES[FLUENCY].value
    pushed = POSITIVE - 3.0, NEGATIVE - 3.0
    np.testing.assert_allclose(difference(*pushed), difference(POSITIVE, NEGATIVE))
    np.testing.assert_allclose(cost(*pushed), cost(POSITIVE, NEGATIVE) - 3.0)
    swayed = POSITIVE + 1.0, NEGATIVE - 1.0
    np.testing.assert_allclose(difference(*swayed), difference(POSITIVE, NEGATIVE) + 2.0)
    np.testing.assert_allclose(cost(*swayed), cost(POSITIVE, NEGATIVE))


def test_every_form_has_its_propensity():
    assert {*PROPENSITIES} == {*FORMS} == {score.form for score in SCORES.values()}
    assert all(SCORES[name].form == form for form, name in PROPENSITIES.items())
