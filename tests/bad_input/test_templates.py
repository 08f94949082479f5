"""Tokenizers and chat templates that cannot be used: each gets one sentence and leaves no trace."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
from tokenizers import normalizers

from tests.support import tiny
from tests.support.bench import Case, refused_in_one_sentence


def without_tokenizer(folder: Path) -> None:
    for file in folder.glob("tokenizer*"):
        file.unlink()


def same_letters(folder: Path) -> None:
    tokenizer = copy.deepcopy(tiny.tokenizer())
    tokenizer.backend_tokenizer.normalizer = normalizers.Replace("(B)", "(A)")
    tokenizer.save_pretrained(folder)


CASES: dict[str, Case] = {
    "a chat token without an embedding": (
        lambda at: at.measure(
            at.copy(lambda here: tiny.save_with_token(here, "<|im_start|>" + tiny.TEMPLATE))
        ),
        r"embeddings for 512 tokens, but its prompts hold the token '<\|im_start\|>', whose number",
    ),
    "no tokenizer": (
        lambda at: at.measure(at.copy(without_tokenizer)),
        r"model '.*' has no tokenizer",
    ),
    "a template that drops the question": (
        lambda at: at.measure(at.with_template("{{ messages[0]['content'] }}<|assistant|>")),
        "the chat template of '.*' drops or changes the user message: it must show it as it is",
    ),
    "a template that drops the system message": (
        lambda at: at.measure(
            at.with_template(
                "{% for message in messages if message['role'] == 'user' %}<|user|>"
                "{{ message['content'] }}<|end|>{% endfor %}<|assistant|>"
            )
        ),
        "the chat template of '.*' drops or changes the system message: it must show it as it is",
    ),
    "a template that raises": (
        lambda at: at.measure(at.with_template("{{ raise_exception('not today') }}")),
        r"the chat template of '.*' raised an error \(not today\): it must take a user message",
    ),
    "letters that are the same": (
        lambda at: at.measure(at.copy(same_letters)),
        r"the tokenizer '.*' does not tell the answers '\(A\)' and '\(B\)' apart at any position",
    ),
    "a vocabulary smaller than the tokenizer's": (
        lambda at: at.measure(str(tiny.save(at.folder / "model", vocab_size=300))),
        r"model '.*' has embeddings for 300 tokens, but its tokenizer has \d+: bring the tokenizer",
    ),
    "a context shorter than the items": (
        lambda at: at.measure(str(tiny.save(at.folder / "model", max_position_embeddings=20))),
        "no train item of concept 'good' fits the context of 20 tokens of model 'model': shorter",
    ),
}


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", CASES)
def test_it_gets_one_sentence(name, at, monkeypatch, capsys):
    refused_in_one_sentence(CASES[name], at, monkeypatch, capsys)
