"""Prompt settings: those of the paper, and of them those that a chat template can express."""

from __future__ import annotations

import pytest

from steering.errors import Refused
from steering.prompts.rendering import render
from steering.prompts.settings import PROMPT_SETTINGS, settings_of
from steering.records.tables import SETTINGS
from tests.support import tiny


def test_the_settings_are_those_of_the_paper():
    assert tuple(PROMPT_SETTINGS) == SETTINGS


def test_an_unknown_setting_is_refused():
    with pytest.raises(Refused, match="no prompt setting 'SYS': allowed are BASE"):
        settings_of(tiny.tokenizer(), ["BASE", "SYS"])


def test_a_template_without_a_system_role_leaves_its_settings_out():
    tokenizer = tiny.tokenizer(template=tiny.NO_SYSTEM)
    assert settings_of(tokenizer, SETTINGS) == ("BASE", "USER_POS", "USER_NEG")
    assert settings_of(tiny.tokenizer(template=tiny.FOLDED), SETTINGS) == settings_of(
        tokenizer, SETTINGS
    )
    concept = tiny.concept()
    prompt = render(concept, concept.items[0], "USER_NEG", 0, tokenizer)
    assert prompt.text.startswith("<|user|>You are wasteful.")
