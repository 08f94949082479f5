"""Texts about several models name each of them; about one, none."""

from __future__ import annotations

from steering.prose.by_model import by_model
from tests.support.concept_runs import runs


def test_one_model_is_told_as_it_is() -> None:
    assert by_model(runs()[:1], lambda run: " A text. ") == "A text."


def test_several_are_named_and_lists_stand_below_the_name() -> None:
    texts = {"wren": "It moves.", "linnet": "- one\n- two"}
    told = by_model(runs(), lambda run: texts[run.model])
    assert told == "*In wren:* It moves.\n\n*In linnet:*\n\n- one\n- two"


def test_what_is_not_told_is_left_out() -> None:
    assert by_model(runs(), lambda run: "" if run.model == "wren" else "It.") == "*In linnet:* It."
