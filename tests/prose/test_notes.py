"""Notes say what a reader has to know of one run, each in a sentence, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from steering.prompts.fitting import Fitted
from steering.prose.notes import notes, stands_in
from steering.records.tables import NO_PARTNER

PLAIN: dict[str, Any] = {"concept": {"name": "openness"}}
ASKED = {
    "letters_read": ["A", "(A"],
    "steered_token": "(",
    "template": "chat",
    "system_role": True,
}


def test_of_a_run_without_anything_to_know_nothing_is_said() -> None:
    assert notes(PLAIN) == []
    assert stands_in(PLAIN) == []


def test_the_tokens_that_were_read_and_steered_come_first() -> None:
    card = PLAIN | {"prompting": ASKED, "settings_left_out": ["SYS_POS", "SYS_NEG"]}
    assert notes(card) == [
        "The vector is read at the letter, “A” or “(A”, and added at the token before it, “(”.",
        "Left out, because the chat template cannot express it: SYS_POS, SYS_NEG.",
    ]


def test_weights_that_were_quantised_or_merged_are_told_of() -> None:
    model = {"quantisation": "fp8, undone", "adapter": "mine (LORA), merged into its base"}
    assert notes(PLAIN | {"model": model | {"base": "owner/base@v2"}}) == [
        "How the model's weights are stored: fp8, undone.",
        "The model is an adapter, mine (LORA), merged into its base: owner/base@v2.",
    ]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"template": "none", "system_role": False}, "has no chat template"),
        ({"system_role": False}, "has no system role"),
        ({"system_role": False, "system_folded": True}, "writes a system message into the user's"),
    ],
)
def test_a_template_that_lacks_something_is_named_once(asked: dict[str, Any], said: str) -> None:
    told = notes(PLAIN | {"prompting": ASKED | asked})
    assert len(told) == 2
    assert said in told[1]


def test_what_was_left_out_is_counted() -> None:
    skipped = {"too_long": 1, "duplicates": 2, "equal_answers": 0, "further_choices": 3}
    skipped["near_duplicates"] = 4
    concept = {"name": "openness", "as_published": False}
    assert notes({"concept": concept, "skipped": skipped}) == [
        "The data set's file is not the published one.",
        "1 item does not fit the model's context and is left out.",
        "2 rows repeat another one and are left out.",
        "3 items have a further choice within an answer and are kept.",
        "4 items say nearly the same as another one and are in one group with it.",
    ]


def test_questions_that_do_not_fit_are_named_where_the_card_names_them() -> None:
    sentence = Fitted({}, ((3, NO_PARTNER), (5, 8)), 64).left_out
    told = notes(PLAIN | {"skipped": {"too_long": 2, "duplicates": 1}, "left_out": sentence})
    assert told == [sentence, "1 row repeats another one and is left out."]
    assert "3, 5 with 8" in sentence


def test_a_run_of_ours_says_how_to_bring_its_data_set() -> None:
    card = PLAIN | {
        "date": "2026-01-02",
        "versions": {"torch": "2", "numpy": "1"},
        "committed": {"machine": {"processor": "P"}},
    }
    (said,) = stands_in(card)
    assert said.startswith("Measured by the authors on 2026-01-02, on P, with torch 2, numpy 1: ")
    assert "`steering fetch openness` brings them" in said
    long = {**card, "committed": {"machine": {"processor": "P"}, "again": "`make it`"}}
    (said,) = stands_in(long)
    assert said.endswith("without any statement, and `make it` measures it anew.")


def test_a_limit_that_nobody_asked_for_is_told() -> None:
    sentence = "The vector is made from 100 groups of training items, as for"
    capped = PLAIN | {"items": {"groups_train": 100, "train_capped": True}}
    assert any(one.startswith(sentence) for one in notes(capped))
    capped["items"]["train_capped"] = False
    assert not any(one.startswith(sentence) for one in notes(capped))
