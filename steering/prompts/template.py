"""The chat template of a model: what it makes of messages, and what it must not drop."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from steering.errors import Refused

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

# The day that templates with a date are told, so that two days give one prompt: the one that
# Llama's templates take where they are told none.
DAY = date(2024, 7, 26)
_PROBE = ("steering system probe", "steering user probe")


def has_system_role(tokenizer: PreTrainedTokenizerBase) -> bool:
    """Return whether the chat template takes a system message, and tells it from the user's.

    Raises Refused where it takes one and shows nothing of it: a persona would be lost unseen.
    """
    if tokenizer.chat_template is None:
        return True
    return _has_system_role(tokenizer, str(tokenizer.chat_template))


@lru_cache(maxsize=8)
def _has_system_role(tokenizer: PreTrainedTokenizerBase, template: str) -> bool:
    # Asked for every prompt, and the same for all of a template.
    text = _probed(tokenizer)
    return text is not None and not _folded(text, tokenizer)


def folds_system_message(tokenizer: PreTrainedTokenizerBase) -> bool:
    """Return whether the chat template writes a system message into the user's turn.

    It does where both messages look as if the user had said them in one, joined by blanks or
    breaks alone: the model can't know that it was told by anyone else. Gemma's templates do so.
    """
    text = None if tokenizer.chat_template is None else _probed(tokenizer)
    return text is not None and _folded(text, tokenizer)


def _probed(tokenizer: PreTrainedTokenizerBase) -> str | None:
    """Return what the template makes of a system and a user message; None where it raises."""
    system, user = _PROBE
    messages = [{"role": "system", "content": system}, {"role": "user", "content": user}]
    try:
        text = _applied(messages, tokenizer)
    except Exception:  # templates raise whatever they like to say that a role is not for them
        return None
    if system not in text:
        raise Refused(
            f"the chat template of {tokenizer.name_or_path!r} drops or changes the system message: "
            "it must show it as it is, or raise an error where it has no such role."
        )
    return text


def _folded(text: str, tokenizer: PreTrainedTokenizerBase) -> bool:
    system, user = _PROBE
    between = text.partition(system)[2].partition(user)[0]
    if between.strip():
        return False
    told = [{"role": "user", "content": f"{system}{between}{user}"}]
    return _applied(told, tokenizer) == text


def templated(messages: list[dict[str, str]], tokenizer: PreTrainedTokenizerBase) -> str:
    """Return a system and a user message as the model's chat template writes them.

    Without a template, the plain form is used in which base models are usually asked. Reasoning is
    switched off, and the date is the same every day. Raises Refused where the template raises an
    error, drops or changes a message, or ends within reasoning all the same.
    """
    if tokenizer.chat_template is None:
        system, user = (message["content"] for message in messages)
        return f"{tokenizer.bos_token or ''}{system}\n\n{user}\n\nAnswer: "
    if not has_system_role(tokenizer):
        messages = messages[1:]
    try:
        text = _applied(messages, tokenizer)
    except Exception as error:
        raise Refused(
            f"the chat template of {tokenizer.name_or_path!r} raised an error ({error}): "
            "it must take a user message and, if it has that role, a system message."
        ) from error
    for message in messages:
        if message["content"].strip() not in text:
            raise Refused(
                f"the chat template of {tokenizer.name_or_path!r} drops or changes the "
                f"{message['role']} message: it must show it as it is."
            )
    asked = messages[-1]["content"].strip()
    behind = text[text.rindex(asked) + len(asked) :]
    if "<think>" in behind.rpartition("</think>")[2]:
        raise Refused(
            f"the chat template of {tokenizer.name_or_path!r} ends in an open <think>, also with "
            "enable_thinking=False: the letter would be read within the model's reasoning; a "
            "template that closes it is needed."
        )
    return text


def _applied(messages: list[dict[str, str]], tokenizer: PreTrainedTokenizerBase) -> str:
    text: Any = tokenizer.apply_chat_template(
        messages,
        add_generation_prompt=True,
        tokenize=False,
        enable_thinking=False,
        date_string=DAY.strftime("%d %b %Y"),
        strftime_now=DAY.strftime,
    )
    return str(text)
