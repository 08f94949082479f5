"""Neutral texts: what a vector does to them is what it costs, read from `neutral.toml`.

Each is the reply to a request and has nothing to do with any concept. All are in our own words.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from steering.errors import Refused
from steering.prompts.beginnings import shared
from steering.prompts.positions import at_the_letter
from steering.prompts.settings import PROMPT_SETTINGS
from steering.prompts.template import templated

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


@dataclass(frozen=True)
class Neutral:
    """A neutral text, and the request to which it is the reply."""

    name: str
    request: str
    text: str


@dataclass(frozen=True)
class NeutralText:
    """A neutral text behind its request, as a model sees it.

    Attributes:
        name: which text it is.
        token_ids: the tokens of the prompt and of the text behind it.
        steered_from: the first position that is steered: the prompt's last, which predicts the
            first token of the text.
    """

    name: str
    token_ids: tuple[int, ...]
    steered_from: int

    @property
    def tokens(self) -> int:
        """Return how many tokens the text has: those that steered positions predict."""
        return len(self.token_ids) - self.steered_from - 1


def _loaded() -> tuple[Neutral, ...]:
    file = Path(__file__).with_name("neutral.toml")
    tables = tomllib.loads(file.read_text(encoding="utf-8"))
    return tuple(Neutral(name, each["request"], each["text"]) for name, each in tables.items())


NEUTRAL = _loaded()


def render_neutral(
    one: Neutral,
    tokenizer: PreTrainedTokenizerBase,
    messages: list[dict[str, str]] | None = None,
) -> NeutralText:
    """Return a neutral text behind its request, under BASE's system prompt or behind some messages.

    Raises Refused where the template drops what it was given, or the text has fewer than two
    tokens behind it.
    """
    neutral = [
        {"role": "system", "content": PROMPT_SETTINGS["BASE"].system},
        {"role": "user", "content": one.request},
    ]
    prompt = templated(messages or neutral, tokenizer)
    alone, whole = tokenizer([prompt, prompt + one.text], add_special_tokens=False)["input_ids"]
    # A token that joins the prompt's last sign with the text's first is the text's.
    start = shared(alone, whole)
    if len(whole) < start + 2:
        raise Refused(
            f"the tokenizer {tokenizer.name_or_path!r} makes fewer than two tokens of the neutral "
            f"text {one.name!r}: a text of words is needed."
        )
    return NeutralText(one.name, tuple(whole), at_the_letter(start).steered_from)
