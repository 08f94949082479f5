"""Copies of a prompt's last tokens: their tokens, what follows what, and what is done to which."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from steering.forward.copies import (
    Curves,
    Intervention,
    copies_under,
    origins_of,
    read_answers,
)
from steering.forward.scores import (
    ANSWER_PROPENSITY,
    LETTER_MASS,
    PROPENSITY,
    SAID,
    SCORES,
    Score,
)
from steering.vectors.operators import OPERATORS
from tests.support import cases, toys

CASE = cases.case("Llama")
PROMPT = CASE.prompts[0]
A, B = PROMPT.answer_ids
LETTERS, WHOLE = SCORES[PROPENSITY], SCORES[ANSWER_PROPENSITY]


def test_of_several_scores_the_longest_answers_are_read():
    letters = [((A[0],), (B[0],))] * len(CASE.prompts)
    assert read_answers(CASE.prompts, [LETTERS]) == letters
    assert len(A) == len(B) == 2
    whole = [prompt.answer_ids for prompt in CASE.prompts]
    assert read_answers(CASE.prompts, [LETTERS, WHOLE]) == whole
    assert read_answers(CASE.prompts, [WHOLE, LETTERS]) == whole


def test_scores_that_read_other_tokens_do_not_go_together():
    swapped = Score(lambda prompt: prompt.letter_ids[::-1], False, lambda one, other: one)
    turned = replace(swapped, answers=lambda prompt: [(one,) for one in prompt.letter_ids[::-1]])
    with pytest.raises(AssertionError, match="beginnings of the same answers"):
        read_answers([PROMPT], [LETTERS, turned])


def test_a_score_of_one_form_does_not_read_prompts_of_another():
    with pytest.raises(AssertionError, match="prompts of its own form"):
        read_answers([PROMPT], [SCORES[SAID]])
    with pytest.raises(AssertionError, match="prompts of its own form"):
        read_answers([replace(PROMPT, form="said")], [LETTERS])


def test_edits_are_one_for_each_run_of_a_block_and_operator(monkeypatch):
    monkeypatch.setitem(OPERATORS, "replacing", toys.REPLACING)
    each = [
        Intervention("BASE", "random", 0, torch.full((32,), 1.0)),
        Intervention("BASE", "random", 2, torch.full((32,), 2.0), 1),
        Intervention("BASE", "random", 2, torch.full((32,), 3.0), 2, operator="replacing"),
    ]
    copies = copies_under([Curves(each, (-1, 1))])
    assert len(copies) == 7
    edits = copies.edits(slice(0, 7))
    assert [(one.layer, one.copies) for one in edits] == [
        (0, slice(1, 3)), (2, slice(3, 5)), (2, slice(5, 7)),
    ]  # fmt: skip
    assert [one.apply for one in edits] == [OPERATORS["add"].apply] * 2 + [toys.replacing]
    assert edits[1].vectors[:, 0].tolist() == [2.0, 2.0]
    assert edits[1].multipliers.tolist() == [-1, 1]
    # Of a part of the copies, places are counted from its beginning; the first is never steered.
    part = copies.edits(slice(2, 4))
    assert [(one.layer, one.copies) for one in part] == [(0, slice(0, 1)), (2, slice(1, 2))]
    assert part[0].multipliers.tolist() == [1]
    assert copies.edits(slice(0, 1)) == ()


def test_origins_are_zeros_where_there_are_none_and_one_zero_if_none_is_needed():
    assert torch.equal(origins_of([None, None]), torch.zeros(1, 1))
    found = origins_of([None, torch.ones(4)])
    assert torch.equal(found, torch.tensor([[0.0] * 4, [1.0] * 4]))
    layer = [
        Intervention("BASE", "random", 1, torch.ones(4), at, operator="affine", origin=origin)
        for at, origin in enumerate((torch.full((4,), 2.0), None))
    ]
    (edit,) = copies_under([Curves(layer, (0.0, 1.0))]).edits(slice(0, 5))
    assert edit.origins[:, 0].tolist() == [2, 2, 0, 0]
    assert edit.multipliers.tolist() == [0, 1, 0, 1]


def test_an_unsteered_copy_is_the_zero_of_all_curves_unless_the_operator_does_something_there(
    monkeypatch,
):
    monkeypatch.setitem(OPERATORS, "replacing", toys.REPLACING)
    added, replaced_ = (
        Intervention("BASE", "random", 1, torch.ones(32), operator=name)
        for name in ("add", "replacing")
    )
    copies = copies_under([Curves([added], (0.0, 1.0)), Curves([replaced_], (0.0, 1.0))])
    places = [(one.curves, one.multiplier) for one in copies.steered]
    assert places == [(0, 1.0), (1, 0.0), (1, 1.0)]


def test_copies_of_several_curves_stand_by_layer_and_few_need_the_logits_of_all_words():
    high, low = (Intervention("BASE", "random", layer, torch.ones(32)) for layer in (2, 0))
    both = [
        Curves([high], (0.0, 1.0), (PROPENSITY, LETTER_MASS)),
        Curves([low, high], (-1.0, 0.0, 1.0)),
    ]
    copies = copies_under(both)
    assert [(one.intervention.layer, one.curves) for one in copies.steered] == [
        (0, 1), (0, 1), (2, 0), (2, 1), (2, 1),
    ]  # fmt: skip
    assert copies.whole(slice(0, 6)) == (0, 3)
    assert copies.whole(slice(2, 6)) == (1,)
    assert copies_under(both[1:]).whole(slice(0, 5)) == ()
