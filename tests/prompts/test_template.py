"""Chat templates: what they drop is refused, and a system role is asked for, not guessed."""

from __future__ import annotations

import pytest

from steering.errors import Refused
from steering.prompts.rendering import render
from steering.prompts.template import folds_system_message, has_system_role, templated
from tests.support import tiny

MESSAGES = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Who are you?"}]


def test_a_system_role_is_there_where_the_template_shows_it() -> None:
    assert has_system_role(tiny.tokenizer())
    assert not has_system_role(tiny.tokenizer(template=tiny.NO_SYSTEM))
    assert has_system_role(tiny.tokenizer(template=None))


def test_a_system_message_that_vanishes_is_refused() -> None:
    silent = "{% for m in messages if m['role'] == 'user' %}{{ m['content'] }}{% endfor %}"
    with pytest.raises(Refused, match="drops or changes the system message"):
        has_system_role(tiny.tokenizer(template=silent))


def test_without_a_template_the_plain_form_is_used() -> None:
    text = templated(MESSAGES, tiny.tokenizer(template=None))
    assert text == "Be kind.\n\nWho are you?\n\nAnswer: "


def test_without_a_system_role_its_message_is_left_out() -> None:
    text = templated(MESSAGES, tiny.tokenizer(template=tiny.NO_SYSTEM))
    assert "Who are you?" in text
    assert "Be kind." not in text


@pytest.mark.parametrize("join", ["\\n\\n", "\\n", " "])
def test_a_system_message_within_the_users_turn_is_no_system_role(join: str) -> None:
    folded = tiny.tokenizer(template=tiny.FOLDED.replace("\\n\\n", join))
    assert folds_system_message(folded)
    assert not has_system_role(folded)
    # So the user's turn is what it is without any.
    text = templated(MESSAGES, folded)
    assert text == "<|user|>Who are you?<|end|><|assistant|>"


MARKED = tiny.FOLDED.replace("= messages[0]", "= '<told>' + messages[0]")
JOINED = tiny.TEMPLATE.replace("<|end|>", "\n")


@pytest.mark.parametrize("template", [tiny.TEMPLATE, tiny.NO_SYSTEM, None, MARKED, JOINED])
def test_what_marks_a_system_message_does_not_fold_it(template: str | None) -> None:
    tokenizer = tiny.tokenizer(template=template)
    assert not folds_system_message(tokenizer)
    assert has_system_role(tokenizer) is (template != tiny.NO_SYSTEM)


@pytest.mark.parametrize(
    ("template", "sentence"),
    [
        ("{{ messages[0]['content'] }}<|assistant|>", "drops or changes the user message"),
        ("{{ raise_exception('not today') }}", "raised an error"),
        (tiny.TEMPLATE.replace("message['content']", "message['content'] | upper"), "drops or"),
    ],
)
def test_a_template_that_drops_the_question_is_refused(template, sentence):
    concept = tiny.concept()
    with pytest.raises(Refused, match=sentence):
        render(concept, concept.items[0], "BASE", 0, tiny.tokenizer(template=template))


ASKED = tiny.TEMPLATE.removesuffix("{% endif %}")
HYBRID = "{% if enable_thinking is defined and enable_thinking is false %}<think>\n\n</think>\n\n"


def test_reasoning_is_switched_off_where_the_template_can() -> None:
    can = tiny.tokenizer(template=ASKED + HYBRID + "{% endif %}{% endif %}")
    assert templated(MESSAGES, can).endswith("<|assistant|><think>\n\n</think>\n\n")


def test_a_prompt_that_ends_within_reasoning_is_refused() -> None:
    cannot = tiny.tokenizer(template=ASKED + "<think>\n{% endif %}")
    with pytest.raises(Refused, match="ends in an open <think>, also with enable_thinking=False"):
        templated(MESSAGES, cannot)
    said = [MESSAGES[0], {"role": "user", "content": "What does <think> mean?"}]
    assert "<think>" in templated(said, tiny.tokenizer())


@pytest.mark.parametrize(
    ("says", "text"),
    [
        ("{{ strftime_now('%Y-%m-%d') }}", "2024-07-26"),
        ("{{ date_string if date_string is defined else strftime_now('%d') }}", "26 Jul 2024"),
    ],
)
def test_two_days_give_one_prompt(says: str, text: str) -> None:
    assert templated(MESSAGES, tiny.tokenizer(template=says + tiny.TEMPLATE)).startswith(text)
