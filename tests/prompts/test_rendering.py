"""Prompts: which tokens a model sees, which one is read, which one is steered."""

from __future__ import annotations

import pytest

from steering.errors import Refused
from steering.prompts.rendering import prompts_table, render
from steering.prompts.settings import PROMPT_SETTINGS
from steering.records.tables import CONTRACTS, SETTINGS
from tests.support import tiny

BASE = "You are a helpful, honest and concise assistant."


@pytest.mark.parametrize(
    ("setting", "system", "user"),
    [
        ("BASE", BASE, ""),
        ("SYS_POS", "You are thrifty.", ""),
        ("SYS_NEG", "You are wasteful.", ""),
        ("USER_POS", BASE, "You are thrifty.\n\n"),
        ("USER_NEG", BASE, "You are wasteful.\n\n"),
    ],
)
def test_each_setting_puts_the_persona_where_it_belongs(setting, system, user):
    concept = tiny.concept()
    item = concept.items[0]
    prompt = render(concept, item, setting, 0, tiny.tokenizer())
    assert prompt.text == (
        f"<|system|>{system}<|end|><|user|>{user}{item.user_turn(0)}<|end|><|assistant|>"
    )


@pytest.mark.parametrize(("joined", "begun"), [(False, "("), (True, "")])
def test_the_letter_is_read_and_its_predecessor_steered(joined, begun):
    tokenizer = tiny.tokenizer(joined)
    concept = tiny.concept()
    prompt = render(concept, concept.items[0], "BASE", 0, tokenizer)
    whole = tokenizer(f"{prompt.text}(A)", add_special_tokens=False)["input_ids"]
    assert whole[: prompt.read_position] == list(prompt.token_ids)
    assert prompt.steered_from == prompt.read_position - 1
    assert tokenizer.decode([whole[prompt.read_position]]) == ("(A" if joined else "A")
    assert tokenizer.decode(list(prompt.letter_ids)) == ("(A(B" if joined else "AB")
    assert tokenizer.decode([prompt.token_ids[-1]]) == ("<|assistant|>" if joined else "(")
    assert prompt.begun == begun


@pytest.mark.parametrize("order", [0, 1])
def test_positive_and_negative_letters_follow_the_order(order):
    concept = tiny.concept()
    tokenizer = tiny.tokenizer()
    for item in concept.items[:20]:
        prompt = render(concept, item, "BASE", order, tokenizer)
        letter = "A" if item.positive == order else "B"
        assert prompt.positive_letter == letter
        assert tokenizer.decode([prompt.positive_letter_id]) == letter
        assert prompt.negative_letter_id != prompt.positive_letter_id


def test_no_template_gets_the_plain_default():
    concept = tiny.concept()
    prompt = render(concept, concept.items[0], "SYS_POS", 0, tiny.tokenizer(template=None))
    assert prompt.text.startswith("You are thrifty.\n\nIs the following")
    assert prompt.text.endswith("\n\nAnswer: ")


def test_a_beginning_of_text_token_stands_there_once():
    template = "{{ bos_token }}" + tiny.TEMPLATE
    tokenizer = tiny.tokenizer(template=template)
    tokenizer.bos_token = "<|pad|>"
    concept = tiny.concept()
    prompt = render(concept, concept.items[0], "BASE", 0, tokenizer)
    assert prompt.token_ids.count(tokenizer.bos_token_id) == 1


def test_letters_that_are_one_token_are_refused():
    tokenizer = tiny.tokenizer()
    tokenizer.backend_tokenizer.normalizer = __import__("tokenizers").normalizers.Replace(
        "(B)", "(A)"
    )
    concept = tiny.concept()
    try:
        with pytest.raises(Refused, match="does not tell the answers"):
            render(concept, concept.items[0], "BASE", 0, tokenizer)
    finally:
        tiny.tokenizer.cache_clear()


def test_braces_in_a_statement_stay_as_they_are():
    messages = PROMPT_SETTINGS["USER_POS"].messages(tiny.concept(), "{persona} {question} {x}")
    assert messages[1]["content"].endswith("{x}")


def test_the_table_keeps_its_contract():
    concept = tiny.concept()
    prompts = [
        render(concept, item, setting, order, tiny.tokenizer())
        for item in concept.items[:3]
        for setting in SETTINGS
        for order in (0, 1)
    ]
    table = CONTRACTS["prompts"].validate(prompts_table(prompts, "tiny"))
    assert len(table) == 30
    assert (table["read_position"] == table["token_ids"].map(len)).all()
